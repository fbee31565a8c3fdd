"""Asks a worker something and waits for its answer, within bounds."""

from __future__ import annotations

import asyncio
from typing import Final, TypeAlias

import structlog

from switch.node.pooled import PooledWorker
from switch.wire.control import HangUp, Hold, Mute, Summon
from switch.wire.recording import Record
from switch.wire.survival import Rescue
from switch.wire.worker import (
    Answered,
    Attempts,
    Expect,
    Expecting,
    Noted,
    Refer,
    ReferAnswered,
    Resume,
    Transfer,
)

_LOG = structlog.get_logger()
_WITHIN_S: Final = 2.0
_OK: Final = 200
_NOT_AT_ALL: Final = 0

Question: TypeAlias = (
    Expect | Summon | Rescue | Refer | Attempts | Transfer | Resume | Record | HangUp | Hold | Mute
)


class Asking:
    """The questions to workers that are not answered yet."""

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Future[int]] = {}

    async def ask(self, worker: PooledWorker, question: str, message: Question) -> int | None:
        """Tell a worker something and return its answer, or None if it gives none in time.

        Args:
            worker: who is asked.
            question: names it; no two have the same name.
            message: what it is told.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[int] = loop.create_future()
        self._answers[question] = answer
        patience = loop.call_later(_WITHIN_S, self._give_up, worker, question)
        worker.tell(message)
        try:
            return await answer or None
        finally:
            patience.cancel()
            del self._answers[question]

    def _give_up(self, worker: PooledWorker, question: str) -> None:
        _LOG.error("worker.silent", worker=worker.name)
        self.answered(question, _NOT_AT_ALL)

    def heard(self, message: Expecting | ReferAnswered | Noted | Answered) -> None:
        """Take a worker's answer, whatever the question was."""
        match message:
            case Expecting(conversation_id=question) | Noted(question=question):
                self.answered(question, _OK)
            case ReferAnswered(refer_id=question, sip_status=sip_status):
                self.answered(question, sip_status)
            case Answered(question=question, sip_status=sip_status):
                self.answered(question, sip_status)

    def answered(self, question: str, sip_status: int) -> None:
        """Take a worker's answer; one that nobody waits for any more is dropped."""
        waiting = self._answers.get(question)
        if waiting is not None and not waiting.done():
            waiting.set_result(sip_status)

    def forsake(self, question: str) -> bool:
        """Wait no longer for an answer, because who was asked is dead; False: nobody waited."""
        is_asked = question in self._answers
        self.answered(question, _NOT_AT_ALL)
        return is_asked
