"""What a worker has said that the node must know, whichever node it is.

A node may be gone before it has heard something, or before it has written it down. Two kinds of
things are kept here and said again to the next: records, until they are confirmed
(:class:`~switch.wire.survival.Kept`); and how it stands with the conversation that is up.
Both are left in a file too, for a node that finds the worker dead (:mod:`switch.bequest`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, Protocol

import msgspec

from switch.wire.survival import AdoptedEnded, EndAdopted, Salvaged, Standing
from switch.wire.worker import (
    AskingBack,
    AskingTransfer,
    Back,
    Changed,
    Choosing,
    FromWorker,
    Resting,
    ToWorker,
    Transfer,
    encode,
)

_WAITING: Final = frozenset({"asking", "waiting"})
"""States of a choice in which it is still asked whether its transferor may be called back."""

_PATIENT: Final = (Standing, Salvaged, Resting)
"""What may wait for company: it is left behind, so it reaches the node whatever becomes of us. How
a leg has changed is left behind too, but whether a rep can be called hangs on it."""


class Left(Protocol):
    """What takes what is left behind."""

    def add(self, line: bytes) -> None:
        """Append a line."""

    def clear(self) -> None:
        """Take all of it back."""


class Send(Protocol):
    """What sends a line to the node."""

    def __call__(self, line: bytes, *, may_wait: bool, about: str | None) -> None:
        """Send it, if there is a node: at once, or soon, in the place of an older one."""


class Saying:
    """Says what is to be said, and keeps what may have to be said again."""

    def __init__(self, send: Send, left: Left | None = None) -> None:
        """Begin with nothing said.

        Args:
            send: sends a line to the node, if there is one.
            left: takes what a node is to find if the worker dies; None: nothing is.
        """
        self._send = send
        self._left = left
        self._is_over = False
        self._number = 0
        self._unkept: dict[int, Changed] = {}
        self._all_kept = asyncio.Event()
        self._all_kept.set()
        self._standing: dict[str, Standing] = {}
        self._salvaged: Salvaged | None = None
        self._choosing: Choosing | None = None
        self._asking: dict[type[FromWorker], AskingBack | AskingTransfer | EndAdopted] = {}

    def say(self, message: FromWorker) -> None:
        """Tell the node something."""
        match message:
            case Changed():
                self._number += 1
                message = msgspec.structs.replace(message, number=self._number)
                self._unkept[self._number] = message
                self._all_kept.clear()
            case Standing():
                self._standing[message.leg_id] = message
            case Salvaged():
                self._salvaged = message
            case Choosing(choice=choice):
                self._choosing = message
                if choice is None or choice.state not in _WAITING:
                    self._asking.pop(AskingBack, None)
            case AskingBack() | AskingTransfer() | EndAdopted():
                self._asking[type(message)] = message
            case Resting():
                self._standing.clear()
                self._asking.clear()
                self._salvaged = self._choosing = None
            case _:
                pass
        line = encode(message)
        self._leave(message, line)
        about = message.leg_id if isinstance(message, Standing) else None
        may_wait = self._left is not None and isinstance(message, _PATIENT)
        self._send(line, may_wait=may_wait, about=about)

    def _leave(self, message: FromWorker, line: bytes) -> None:
        """Leave a message behind, if it says how the conversation stands."""
        match message:
            case Changed() | Standing() | Salvaged():
                self._is_over = False
            case Resting():
                self._is_over = True
            case _:
                return
        if self._left is not None:
            self._left.add(line)
            self._leave_no_more_than_needed()

    def _leave_no_more_than_needed(self) -> None:
        # What the node has of a call that is over, it finds out by itself that it is.
        if self._left is not None and self._is_over and not self._unkept:
            self._left.clear()

    def again(self) -> list[FromWorker]:
        """Return what a node must be told that may not have heard it."""
        how_it_stands = (self._salvaged, self._choosing)
        return [
            *self._standing.values(),
            *self._unkept.values(),
            *(message for message in how_it_stands if message is not None),
            *self._asking.values(),
        ]

    def heard(self, message: ToWorker) -> None:
        """Take an answer: what was asked is not asked again."""
        match message:
            case Back(allowed=True):  # A no is only for now: the next node must know who waits.
                self._asking.pop(AskingBack, None)
            case Transfer(dialled=True):
                self._asking.pop(AskingTransfer, None)
            case AdoptedEnded():
                self._asking.pop(EndAdopted, None)
            case _:
                pass

    def kept(self, number: int) -> None:
        """Take that the records up to this one are on disk."""
        for one in [one for one in self._unkept if one <= number]:
            del self._unkept[one]
        if not self._unkept:
            self._all_kept.set()
            self._leave_no_more_than_needed()

    async def until_all_kept(self, within_s: float) -> None:
        """Wait so long until every record is on disk."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_kept.wait(), within_s)
