"""Has reps hang up, hold and be muted by command, and operators end calls."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, Protocol

from switch.node.asking import Asking
from switch.node.pooled import PooledWorker
from switch.records.commands import HangUpCommand, HoldCommand, MuteCommand
from switch.wire.control import HangUp, Hold, Mute

_OK: Final = 200
_FORBIDDEN: Final = 403
_CONFLICT: Final = 409
_NO_SUCH_CALL: Final = 481
_SILENT: Final = 504
_NOT_HELD: Final = "no rep talks in it just now: it rings, is being transferred, or is over"


class Reps(Protocol):
    """What must be known of the reps."""

    def talking_in(self, conversation_id: str) -> list[str]:
        """Return the reps who talk in a conversation."""

    def all_in(self, conversation_id: str) -> list[str]:
        """Return the reps who are in a conversation, also those who are rung."""


class Control:
    """What is wanted of calls that go on, on its way to the workers."""

    def __init__(self, *, asking: Asking, reps: Reps) -> None:
        """Join what is needed.

        Args:
            asking: asks a worker and waits for its answer.
            reps: knows who is in which call.
        """
        self._asking = asking
        self._reps = reps
        self._questions = itertools.count(1)

    async def command(
        self, worker: PooledWorker, command: HangUpCommand | HoldCommand | MuteCommand
    ) -> tuple[int, str]:
        """Carry out a command; returns its status and, if it was not done, why."""
        rep, conversation_id = command.rep, worker.conversation_id or ""
        question = f"control {next(self._questions)}"
        message: HangUp | Hold | Mute
        if isinstance(command, HangUpCommand):
            reps = self._reps.all_in(conversation_id)
            why, message = "the call is over", HangUp(question=question, rep=rep)
        else:
            reps = self._reps.talking_in(conversation_id)
            if rep is None and len(reps) > 1:
                return _CONFLICT, f"{' and '.join(reps)} talk in it: say for whom"
            kind = Hold if isinstance(command, HoldCommand) else Mute
            why, message = _NOT_HELD, kind(question=question, rep=rep, on=command.action == "on")
        if rep is not None and rep not in reps:
            return _FORBIDDEN, _not_his(rep, reps)
        status = await self._asking.ask(worker, question, message)
        if status is None:
            return _SILENT, "the worker that has the call does not answer"
        return status, "" if status == _OK else _words(status, why)


def _words(status: int, why: str) -> str:
    return why if status == _NO_SUCH_CALL else f"the call refuses it with {status}"


def _not_his(rep: str, reps: Sequence[str]) -> str:
    whose = f"{' and '.join(reps)}'s" if reps else "no rep's now"
    return f"it is no call of {rep}'s: it is {whose}"
