"""The processes of one switch, whoever their parent is by now: they inherit a mark from us."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_MARK: Final = "SOFTSWITCH_CHAOS"
_OF_THE_PARTIES: Final = ("sipp", "setpriv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Is one process of the switch."""

    pid: int
    parent: int
    argv: tuple[str, ...]

    @property
    def is_of_workers(self) -> bool:
        """Whether it is a worker or the nursery: a fork has the arguments of its parent."""
        return any(word.startswith("switch.worker") for word in self.argv)


@dataclass(frozen=True, slots=True)
class Family:
    """All processes that were started while the mark was in our environment."""

    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    def begin(self) -> None:
        """Put the mark into our environment: whatever we start from now on has it."""
        os.environ[_MARK] = self.mark

    def end(self) -> None:
        """Take it away again."""
        os.environ.pop(_MARK, None)

    def members(self) -> list[Relative]:
        """Return those that live; parties are none of them."""
        return [one for one in self._marked() if Path(one.argv[0]).name not in _OF_THE_PARTIES]

    def victims(self, programs: Mapping[str, int]) -> dict[str, list[int]]:
        """Return the processes of each program that there is, by its name.

        Args:
            programs: the process ids of the supervisor's own children.
        """
        found = {name: [pid] for name, pid in programs.items()}
        ours = [one for one in self.members() if one.is_of_workers]
        nurseries = {programs.get("nursery")} - {None} or {
            one.pid for one in ours if one.parent == programs.get("node")
        }
        found["nursery"] = sorted(pid for pid in nurseries if pid is not None)
        found["worker"] = sorted(one.pid for one in ours if one.pid not in nurseries)
        return {name: pids for name, pids in found.items() if pids}

    def _marked(self) -> Iterator[Relative]:
        wanted = f"{_MARK}={self.mark}".encode()
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                    continue
                argv = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                stat = (folder / "stat").read_text()
            except OSError:  # It is gone, or nobody's business of ours.
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state != "Z" and argv != [b""]:
                yield Relative(
                    pid=int(folder.name),
                    parent=int(parent),
                    argv=tuple(word.decode(errors="replace") for word in argv),
                )
