"""Looks at a switch when all is over: what is still open, waits, is taken or was put aside.

It reads the files of node and desk itself, and asks rtpengine and the bus: an auditor does not
ask the books who keeps them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from switch.demo.standing import StandingSwitch
from switch.desk import asker
from switch.errors import SwitchError
from tests.chaos.verdict import Thread

_ANY_TIME: Final = ""
_LOOKS_EVERY_S: Final = 0.5
_MOST_MEDIA: Final = 1000
_LOCKED_S: Final = 10.0
_ANSWERS_WITHIN_S: Final = 1.0
_MOST_BYTES: Final = 65_536
_AVAILABLE: Final = "available"


@dataclass(slots=True, kw_only=True)
class Aftermath:
    """Is what one look has found."""

    threads: list[Thread] = field(default_factory=list)
    stuck: dict[str, str] = field(default_factory=dict)
    """Reps who are not available, and what they are instead."""
    media: list[str] = field(default_factory=list)
    """What rtpengine still relays."""
    unsent: int = 0
    """Rows of the outbox that wait for the broker."""
    kept: list[str] = field(default_factory=list)
    """Calls that the node believes to be up."""
    aside: list[str] = field(default_factory=list)
    """Why rows were put aside by the node, and messages by the desk."""
    behind: list[str] = field(default_factory=list)
    """Legs of which the store does not have what was published."""
    away: list[str] = field(default_factory=list)
    """Programs that do not run, or do not answer."""

    @property
    def problems(self) -> list[str]:
        """What is not as it must be when all phones are quiet."""
        return [
            *(f"{rep} is {state}" for rep, state in self.stuck.items()),
            *(f"rtpengine still has call {call}" for call in self.media),
            *([f"{self.unsent} rows of the outbox are not sent"] if self.unsent else []),
            *(f"the node still has call {call}" for call in self.kept),
            *(f"put aside: {why}" for why in self.aside),
            *(f"{what} is away" for what in self.away),
        ]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is open or missing."""
        closed = all(thread["ended_at"] for thread in self.threads)
        return closed and not self.problems and not self.behind


async def settled(switch: StandingSwitch, reps: Collection[str], within_s: float) -> Aftermath:
    """Look until nothing is open any more, or for so long; return the last look."""
    deadline_s = time.monotonic() + within_s
    while True:
        found = await _look(switch, reps)
        if found.is_quiet:
            found.behind = await asyncio.to_thread(_behind, switch)
        if found.is_quiet or time.monotonic() > deadline_s:
            return found
        await asyncio.sleep(_LOOKS_EVERY_S)


async def _look(switch: StandingSwitch, reps: Collection[str]) -> Aftermath:
    found = Aftermath()
    expected = {"broker", "media", "edge", "node", "desk"}
    found.away += sorted(expected - switch.supervisor.pids.keys())
    try:
        states = await asker.states(switch.bus, reps)
        found.stuck = {
            rep: states.get(rep, "unknown") for rep in reps if states.get(rep) != _AVAILABLE
        }
    except SwitchError as error:
        found.away.append(f"bus ({error})")
    try:
        found.media = await asyncio.to_thread(_media, switch)
    except OSError as error:
        found.away.append(f"rtpengine ({error})")
    await asyncio.to_thread(_look_into_files, switch, found)
    try:
        found.threads = await switch.threads(_ANY_TIME)
    except SwitchError as error:
        found.away.append(f"store ({error})")
    return found


def _media(switch: StandingSwitch) -> list[str]:
    """Return the calls that rtpengine has, asked in its own protocol."""
    media = switch.config.media
    question = msgspec.json.encode({"command": "list", "limit": _MOST_MEDIA})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(_ANSWERS_WITHIN_S)
        line.connect((media.ng_host, media.ng_port))
        line.send(secrets.token_hex(6).encode() + b" " + question)
        answer = msgspec.json.decode(line.recv(_MOST_BYTES).partition(b" ")[2])
    return [str(call) for call in answer["calls"]]


def _ledger(switch: StandingSwitch) -> Path:
    return switch.config.switch.data_dir / "node.sqlite"


def _store(switch: StandingSwitch) -> Path:
    return switch.config.switch.data_dir / "threads.sqlite"


def _look_into_files(switch: StandingSwitch, found: Aftermath) -> None:
    ledger = _ledger(switch)
    sent = "(SELECT ifnull(max(through), 0) FROM sent)"
    found.unsent = len(_rows(ledger, f"SELECT 1 FROM outbox WHERE seq > {sent}"))
    found.kept += [call for (call,) in _rows(ledger, "SELECT conversation_id FROM call")]
    found.aside += [f"by the node: {why}" for (why,) in _rows(ledger, "SELECT why FROM aside")]
    letters = _rows(_store(switch), "SELECT * FROM dead_letter")
    found.aside += [f"by the desk: {letter}" for letter in letters]


def published(switch: StandingSwitch) -> list[dict[str, Any]]:
    """Return all leg records of the outbox, sent or not, in their order."""
    of_legs = "SELECT payload FROM outbox WHERE topic LIKE 'softswitch/v1/leg/%' ORDER BY seq"
    return [msgspec.json.decode(payload)["data"] for (payload,) in _rows(_ledger(switch), of_legs)]


def stored(switch: StandingSwitch) -> dict[str, int]:
    """Return the newest revision of each leg in the store."""
    return dict(_rows(_store(switch), "SELECT leg_id, revision FROM leg_record"))


def _behind(switch: StandingSwitch) -> list[str]:
    newest: dict[str, int] = {}
    for record in published(switch):
        newest[record["leg_id"]] = max(newest.get(record["leg_id"], 0), record["revision"])
    has = stored(switch)
    return [
        f"leg {leg_id}: revision {revision} was published, the store has {has.get(leg_id, 'none')}"
        for leg_id, revision in newest.items()
        if has.get(leg_id, 0) < revision
    ]


def _rows(file: Path, query: str) -> list[Any]:
    """Return what a query finds in a file; a table that is not there has no rows."""
    if not file.is_file():
        return []
    file_uri = f"{file.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(file_uri, uri=True, timeout=_LOCKED_S)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
