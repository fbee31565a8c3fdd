"""Carries out what transferors choose, and knows what each can choose just now.

A choice comes as a command over the bus, or as digits in the recall menu. What a REFER asks is
answered by :mod:`switch.node.referrals`; both find the target in the same way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from switch.call.choice import Choice
from switch.call.target import Refusal
from switch.node.asking import Asking
from switch.node.control import Control
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.recordings import Recordings
from switch.node.targets import Targets
from switch.records.commands import (
    Answer,
    CallsCommand,
    RecordCommand,
    ResumeCommand,
    TransferCommand,
)
from switch.wire.worker import AskingBack, AskingTransfer, Back, Choosing, Resume, Transfer

_LOG = structlog.get_logger()
_OK: Final = 200
_FORBIDDEN: Final = 403
_CONFLICT: Final = 409
_NO_SUCH_CALL: Final = 481
_UNAVAILABLE: Final = 503
_SILENT: Final = 504
_ORPHANED: Final = "its worker has died: the two talk on, and whoever hangs up ends the call"
_MOST_NAMED: Final = 5
_WAITING: Final = frozenset({"asking", "waiting"})
_NOT_TRANSFERRED: Final = {
    _FORBIDDEN: "who talks in it is no rep, and only reps transfer",
    _NO_SUCH_CALL: "the call is over, or nobody talks in it who could transfer it",
    482: "a rep cannot transfer a call to himself",
    491: "a transfer is under way: resume it, or wait for its end",
}
_NOT_RESUMED: Final = {
    404: "the transferor is nobody whom the dialplan knows",
    _NO_SUCH_CALL: "there is nothing to resume: no transfer is under way",
}


class Reps(Protocol):
    """What choices must know of the reps."""

    def is_elsewhere(self, rep: str, conversation_id: str) -> bool:
        """Tell whether a rep is on another call than this, or is rung for one."""

    def talking_in(self, conversation_id: str) -> list[str]:
        """Return the reps who talk in a conversation."""


class Choices:
    """What the transferors of this node can choose, and what they chose."""

    def __init__(
        self,
        *,
        pool: Pool,
        asking: Asking,
        targets: Targets,
        reps: Reps,
        recordings: Recordings,
        control: Control,
        publish: Callable[[str, Choice | None], None],
        unattended: Callable[[str], str | None] = lambda _beginning: None,
    ) -> None:
        """Join what choosing needs.

        Args:
            pool: knows which worker has which conversation.
            asking: asks a worker and waits for its answer.
            targets: knows whom a rep means.
            reps: knows who is on which call.
            recordings: has conversations recorded.
            control: has them held, muted and hung up.
            publish: is told what the transferor of a conversation can choose; None: nothing.
            unattended: returns the id of a conversation for which nobody can signal, by its
                beginning.
        """
        self._unattended = unattended
        self._pool = pool
        self._asking = asking
        self._targets = targets
        self._reps = reps
        self._recordings = recordings
        self._control = control
        self._publish = publish
        self._choices: dict[str, Choice] = {}
        self._barred: dict[str, tuple[PooledWorker, AskingBack]] = {}
        self._questions = itertools.count(1)

    # ------------------------------------------------------------ commands

    async def handle(self, command: CallsCommand) -> Answer | None:
        """Carry out a command and return what became of it; None: it is about no call here."""
        conversation = command.conversation
        having = self._pool.having(conversation)
        if not having:
            orphan = self._unattended(conversation)
            if orphan is None:
                return None
            return Answer(status=_UNAVAILABLE, problem=_ORPHANED, conversation=orphan)
        if len(having) > 1:
            return Answer(status=_CONFLICT, problem=_which(conversation, having))
        (worker,) = having
        conversation_id = worker.conversation_id
        if isinstance(command, TransferCommand):
            status, problem = await self._transfer(worker, command.target, command.rep)
        elif isinstance(command, RecordCommand):
            status, problem = await self._recordings.command(worker, command)
        elif isinstance(command, ResumeCommand):
            status, problem = await self._resume(worker, command.rep)
        else:
            status, problem = await self._control.command(worker, command)
        return Answer(status=status, problem=problem or None, conversation=conversation_id)

    async def _transfer(self, worker: PooledWorker, user: str, rep: str | None) -> tuple[int, str]:
        owners = self._owners(worker.conversation_id or "")
        if rep is None and len(owners) > 1:
            both = " and ".join(owners)
            return _CONFLICT, f"{both} talk with each other: say who of them transfers"
        transferor = rep or next(iter(owners), None)
        if transferor is None:
            return _NO_SUCH_CALL, _NOT_TRANSFERRED[_NO_SUCH_CALL]
        if transferor not in owners:
            return _FORBIDDEN, _not_his(transferor, owners)
        target = self._targets.find(worker, user, transferor=transferor)
        if isinstance(target, Refusal):
            return target.sip_status, target.why
        question = self._question()
        transfer = Transfer(
            question=question,
            rep=transferor,
            target=target,
            fallbacks=self._targets.fallbacks(worker, transferor),
        )
        status = await self._asking.ask(worker, question, transfer)
        return _told(status, _NOT_TRANSFERRED)

    async def _resume(self, worker: PooledWorker, rep: str | None) -> tuple[int, str]:
        choice = self._choices.get(worker.conversation_id or "")
        if choice is None:
            return _NO_SUCH_CALL, _NOT_RESUMED[_NO_SUCH_CALL]
        owner = choice.transferor.rep
        if rep not in {None, owner}:
            return _FORBIDDEN, _not_his(rep or "", [owner or ""])
        question = self._question()
        status = await self._asking.ask(worker, question, Resume(question=question, rep=owner))
        return _told(status, _NOT_RESUMED)

    def _owners(self, conversation_id: str) -> list[str]:
        """Return the reps who may transfer a call: who has transferred it, or who talks."""
        choice = self._choices.get(conversation_id)
        if choice is None:
            return self._reps.talking_in(conversation_id)
        return [choice.transferor.rep] if choice.transferor.rep is not None else []

    def _question(self) -> str:
        return f"choice {next(self._questions)}"

    # ------------------------------------------------------------ from the workers

    def heard(self, worker: PooledWorker, message: AskingBack | AskingTransfer | Choosing) -> None:
        """Take what a worker says of a choice."""
        match message:
            case Choosing():
                self._choosing(worker, message)
            case AskingBack():
                self._asking_back(worker, message)
            case AskingTransfer():
                self._asking_transfer(worker, message)

    def _choosing(self, worker: PooledWorker, news: Choosing) -> None:
        """Take what a transferor can choose now."""
        if worker.conversation_id != news.conversation_id:
            return
        conversation_id, choice = news.conversation_id, news.choice
        if choice is None or choice.state not in _WAITING:
            self._barred.pop(conversation_id, None)
        if choice is None:
            self._choices.pop(conversation_id, None)
        else:
            self._choices[conversation_id] = choice
        self._publish(conversation_id, choice)

    def _asking_back(self, worker: PooledWorker, asked: AskingBack) -> None:
        """Answer whether a transferor may be called back; if not, so later, when he may."""
        barred = self._reps.is_elsewhere(asked.rep, asked.conversation_id)
        if barred:
            _LOG.info("recall.waits", conversation=asked.conversation_id, rep=asked.rep)
            self._barred[asked.conversation_id] = (worker, asked)
        else:
            self._barred.pop(asked.conversation_id, None)
        worker.tell(Back(conversation_id=asked.conversation_id, rep=asked.rep, allowed=not barred))

    def _asking_transfer(self, worker: PooledWorker, asked: AskingTransfer) -> None:
        """Tell a worker whom the digits mean that a rep dialled in the recall menu.

        A refusal is told too: he hears that it leads nowhere. Nobody waits for the answer.
        """
        target = self._targets.find(worker, asked.dialled, transferor=asked.rep)
        fallbacks = self._targets.fallbacks(worker, asked.rep)
        worker.tell(
            Transfer(
                question=self._question(),
                rep=asked.rep,
                target=target,
                fallbacks=fallbacks,
                dialled=True,
            )
        )

    # ------------------------------------------------------------ from elsewhere

    def reps_changed(self) -> None:
        """Let those be called back who were on another call and are free now."""
        for conversation_id, (worker, asked) in list(self._barred.items()):
            if not self._reps.is_elsewhere(asked.rep, conversation_id):
                del self._barred[conversation_id]
                worker.tell(Back(conversation_id=conversation_id, rep=asked.rep, allowed=True))

    def conversation_over(self, conversation_id: str) -> None:
        """Forget a conversation; whatever could be chosen in it is gone."""
        self._barred.pop(conversation_id, None)
        if self._choices.pop(conversation_id, None) is not None:
            self._publish(conversation_id, None)


def _told(status: int | None, words: dict[int, str]) -> tuple[int, str]:
    """Return a worker's answer with its words."""
    if status is None:
        return _SILENT, "the worker that has the call does not answer"
    if status == _OK:
        return _OK, ""
    return status, words.get(status, f"the call refuses it with {status}")


def _not_his(rep: str, owners: Sequence[str]) -> str:
    whose = f"{' and '.join(owners)}'s" if owners else "nobody's now"
    return f"it is no call of {rep}'s to transfer: it is {whose}"


def _which(beginning: str, workers: Sequence[PooledWorker]) -> str:
    """Return whose ids begin so."""
    found = sorted(worker.conversation_id or "" for worker in workers)
    more = ", or more" if len(found) > _MOST_NAMED else ""
    named = ", ".join(found[:_MOST_NAMED])
    return f"{beginning!r} may mean {named}{more}: say more of it"
