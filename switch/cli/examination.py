"""Compares outbox, broker, store and workers; ``softswitch doctor`` prints what comes of it.

Rules of this file:

* What is on its way is not lost: what seems to be missing or dangling is looked at once more a
  moment later, and counts if it still is.
* Nothing is changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec
import psutil

from switch.config import Config
from switch.desk import asker
from switch.desk.asker import Bus
from switch.desk.store import Store, open_store
from switch.errors import SwitchError
from switch.node import keeping
from switch.node.entries import Outgoing
from switch.node.keeping import Fill
from switch.node.ledger import KeptCall, Ledger
from switch.recording.room import Room, SpoolFill, measure
from switch.records import codec
from switch.records.errors import MessageError

_ROWS_AT_ONCE: Final = 1000
_MOST_OPEN: Final = 10_000
_MOST_KEPT: Final = 10_000_000
_LOOKED_AT_AGAIN_S: Final = 2.0


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Is a leg record that was sent and that the store does not have."""

    conversation_id: str
    leg_id: str
    revision: int
    """The newest that was sent."""
    stored: int | None
    """The newest in the store; None: it has none of that leg."""
    sent_at_s: float | None
    """When it was sent, about."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """Is all that was seen."""

    path: str
    """Of the outbox."""
    most_bytes: int
    fill: Fill | None = None
    """How full the outbox is; None: see ``problems``."""
    at_s: float = 0.0
    """When it was looked at."""
    nodes: dict[str, bool] | None = None
    """Which nodes the bus knows of, and which of them are up; None: it cannot be reached."""
    compared: int = 0
    """Records that were sent and are kept: so many were looked for in the store."""
    missing: list[Missing] = field(default_factory=list)
    """What it lacks of them, by leg."""
    dangling: list[str] = field(default_factory=list)
    """Conversations that are open in the store and that nobody has."""
    letters: int = 0
    """Messages that the desk could not read."""
    calls: int = 0
    """Those that are up, as the node knows."""
    unattended: list[str] = field(default_factory=list)
    """Those of them whose worker has died."""
    spool: SpoolFill | None = None
    """How full the spool of recordings is; None: there is none."""
    no_recording: str | None = None
    """Why no new recording may start; None: one may."""
    failed_recordings: list[str] = field(default_factory=list)
    """Conversations whose recordings could not be converted."""
    unreachable: dict[str, str] = field(default_factory=dict)
    """What could not be looked at, and why."""


def examine(config: Config, *, wait: Callable[[float], None] = time.sleep) -> Findings:
    """Look at all of it.

    Args:
        config: whose switch.
        wait: waits so many seconds.
    """
    found = Findings(
        path=str(config.ledger_path),
        most_bytes=config.outbox.most_mb * 1024 * 1024,
        at_s=time.time(),
    )
    _look_at_spool(found, config)
    bus = config.bus
    try:
        address = Bus(host=bus.host, port=bus.port, username=bus.username, password=bus.password)
        found.nodes = asyncio.run(asker.nodes(address))
    except SwitchError as error:
        found.unreachable["broker"] = str(error)
    with contextlib.ExitStack() as opened:
        ledger = store = None
        try:
            ledger = Ledger.open_to_read(config.ledger_path)
            opened.callback(ledger.close)
            found.fill = keeping.measure(ledger)
            _look_at_calls(found, ledger.calls())
        except SwitchError as error:
            found.unreachable["outbox"] = str(error)
        try:
            store = open_store(config.store_url)
            opened.callback(store.close)
            found.letters = len(store.letters(limit=_MOST_OPEN))
        except SwitchError as error:
            found.unreachable["store"] = str(error)
        if ledger is not None and store is not None and not found.unreachable.keys() - {"broker"}:
            try:
                _compare(found, ledger, store, node=config.switch.node, wait=wait)
            except SwitchError as error:
                found.unreachable["comparison"] = str(error)
    return found


def _look_at_spool(found: Findings, config: Config) -> None:
    spool, recording = config.spool_dir, config.recording
    if not spool.is_dir():
        return  # Nothing has ever run here.
    try:
        found.spool = measure(spool)
    except OSError as error:
        found.unreachable["spool"] = str(error)
        return
    room = Room(
        spool=spool,
        spool_most_mb=recording.spool_most_mb,
        keep_free_mb=recording.keep_free_mb,
    )
    found.no_recording = room.why_no_other()
    found.failed_recordings = sorted(path.stem for path in (spool / "plans").glob("*.failed"))


def _look_at_calls(found: Findings, calls: list[KeptCall]) -> None:
    found.calls = len(calls)
    found.unattended = sorted(one.conversation_id for one in calls if not _is_alive(one.pid))


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _compare(
    found: Findings, ledger: Ledger, store: Store, *, node: str, wait: Callable[[float], None]
) -> None:
    suspects = _missing(found, ledger, store)
    dangling = _dangling(found, ledger, store, node)
    if suspects or dangling:
        wait(_LOOKED_AT_AGAIN_S)
        still = _dangling(found, ledger, store, node)
        found.dangling = [one for one in dangling if one in still]
        found.missing = _still_missing(suspects, store)


def _missing(found: Findings, ledger: Ledger, store: Store) -> list[Missing]:
    """Return what was sent and is not in the store, a page of the outbox after the other."""
    missing: dict[tuple[str, str], Missing] = {}
    after = 0
    while rows := keeping.sent_rows(ledger, after_seq=after, limit=_ROWS_AT_ONCE):
        after = rows[-1].seq
        newest: dict[tuple[str, str], tuple[int, int]] = {}
        for row in rows:
            if keeping.conversation_of(row.topic) is None:
                continue
            try:
                record = codec.decode(row.payload)
            except MessageError:
                continue
            found.compared += 1
            leg = (record.conversation_id, record.leg_id)
            newest[leg] = max(newest.get(leg, (0, 0)), (record.revision, row.seq))
        ids = {one for one, _leg in newest}
        stored = store.revisions(ids)
        ids -= store.gone(ids)
        for leg, (revision, seq) in newest.items():
            if leg[0] in ids and stored.get(leg, 0) < revision:
                missing[leg] = Missing(
                    conversation_id=leg[0],
                    leg_id=leg[1],
                    revision=revision,
                    stored=stored.get(leg),
                    sent_at_s=keeping.sent_at(ledger, seq),
                )
    return list(missing.values())


def _still_missing(suspects: list[Missing], store: Store) -> list[Missing]:
    still = []
    for start in range(0, len(suspects), _ROWS_AT_ONCE):
        some = suspects[start : start + _ROWS_AT_ONCE]
        stored = store.revisions({one.conversation_id for one in some})
        still += [
            one for one in some if stored.get((one.conversation_id, one.leg_id), 0) < one.revision
        ]
    return still


def _dangling(found: Findings, ledger: Ledger, store: Store, node: str) -> list[str]:
    """Return conversations that are open in the store, and neither up nor on their way."""
    unsent = {keeping.conversation_of(row.topic) for row in _unsent(ledger)}
    up = {one.conversation_id for one in ledger.calls()}
    others = {name for name, is_up in (found.nodes or {}).items() if is_up} - {node}
    dangling = [one for one in store.open_threads(limit=_MOST_OPEN) if one not in up | unsent]
    if others and dangling:  # what this node has no record of may be a call of theirs
        ours = set(keeping.conversations(ledger, "", limit=_MOST_KEPT))
        dangling = [one for one in dangling if one in ours]
    return dangling


def _unsent(ledger: Ledger) -> Iterator[Outgoing]:
    after = 0
    while rows := ledger.unsent(after, _ROWS_AT_ONCE):
        after = rows[-1].seq
        yield from rows
