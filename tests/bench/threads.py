"""``make bench-threads``: how many records a second are folded and stored, and in what memory.

Messages are opened and stored in batches as the desk does it, each batch a transaction that
waits for the disk. What it costs to make them up is not counted.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from switch.desk.letters import read
from switch.desk.store import make_store
from tests.bench.calls import messages
from tests.contract.store.server import serving

_BATCH = 256
"""As the assembler's."""
_LOOKS = 100
_SHOWN = 5
_RESULT = Path("var/bench/threads.json")
_MB = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Run:
    """Is what was measured of one database."""

    store: str
    records: int
    seconds: float = 0.0
    conversations: int = 0
    cpu_s: float = 0.0
    stored_mb: float = 0.0
    rss_mb: list[float] = field(default_factory=list)
    """Of the process that stores, at even distances."""

    @property
    def per_s(self) -> float:
        return self.records / self.seconds

    @property
    def peak_mb(self) -> float:
        return max(self.rss_mb)


def main() -> int:
    """Measure both, print a table, and write the JSON."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    only = sys.argv[2:] or ["sqlite", "postgresql"]
    runs = []
    for kind in only:
        with _place(kind) as (url, folder):
            runs.append(_measured(kind, url, folder, records))
    _print(runs)
    _RESULT.parent.mkdir(parents=True, exist_ok=True)
    told = [{**asdict(run), "per_s": round(run.per_s), "peak_mb": run.peak_mb} for run in runs]
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    _RESULT.write_text(json.dumps({"machine": machine, "batch": _BATCH, "runs": told}, indent=2))
    print(f"\n{_RESULT}")
    return 0


@contextmanager
def _place(kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the URL of an empty store, and the folder it grows in; both go afterwards."""
    if kind == "postgresql":
        with serving(safe=True) as server:
            yield server.fresh(), server.folder
        return
    folder = Path(tempfile.mkdtemp(prefix="softswitch-bench-", dir=_bench_folder()))
    try:
        yield f"sqlite:///{folder}/threads.sqlite", folder
    finally:
        shutil.rmtree(folder)


def _bench_folder() -> Path:
    """Return a folder on the disk that the switch would use: /tmp may be memory."""
    _RESULT.parent.mkdir(parents=True, exist_ok=True)
    return _RESULT.parent


def _measured(kind: str, url: str, folder: Path, records: int) -> Run:
    """Store so many records, and return what that took."""
    run = Run(store=kind, records=records)
    own = psutil.Process()
    stream = messages(records)
    store = make_store(url)
    every = max(1, records // _BATCH // _LOOKS)
    cpu_before = sum(own.cpu_times()[:2])
    making_s = 0.0
    for number in itertools.count():
        began = time.perf_counter()
        batch = list(itertools.islice(stream, _BATCH))
        making_s += time.perf_counter() - began
        if not batch:
            break
        began = time.perf_counter()
        store.add([read(topic, payload) for topic, payload in batch])
        run.seconds += time.perf_counter() - began
        if number % every == 0:
            run.rss_mb.append(round(own.memory_info().rss / _MB, 1))
            _progress(run, (number * _BATCH + len(batch)) / records)
    run.cpu_s = round(sum(own.cpu_times()[:2]) - cpu_before - making_s, 1)
    run.seconds = round(run.seconds, 2)
    run.conversations = store.count()
    store.close()
    run.stored_mb = round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / _MB, 1)
    print(file=sys.stderr)
    return run


def _progress(run: Run, done: float) -> None:
    if not sys.stderr.isatty():
        return
    bar = "█" * round(30 * done)
    rate = done * run.records / run.seconds
    print(
        f"\r  {run.store:10} {bar:30} {done:4.0%}  {rate:6.0f} records/s  {run.rss_mb[-1]:.0f} MB ",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _print(runs: list[Run]) -> None:
    print(f"\n{runs[0].records:,} records, {_BATCH} a transaction, each waits for the disk\n")
    print(f"{'store':12}{'records/s':>10}{'seconds':>9}{'CPU s':>8}{'calls':>9}{'stored MB':>11}"
          f"{'peak MB':>9}   memory in MB on the way")  # fmt: skip
    for run in runs:
        steps = [run.rss_mb[round(i * (len(run.rss_mb) - 1) / (_SHOWN - 1))] for i in range(_SHOWN)]
        print(f"{run.store:12}{run.per_s:10,.0f}{run.seconds:9.1f}{run.cpu_s:8.1f}"
              f"{run.conversations:9,}{run.stored_mb:11.1f}{run.peak_mb:9.1f}   "
              f"{' '.join(f'{step:.0f}' for step in steps)}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
