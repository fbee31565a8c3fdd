"""Has conversations recorded for those who ask: by command, or by SIP INFO of their phone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final, get_args

import structlog

from switch.call.recording import Wish
from switch.node.asking import Asking
from switch.node.plans import reply
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.records.commands import RecordCommand
from switch.sip.errors import SipParseError
from switch.sip.message import parse_request
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan
from switch.wire.errors import WireError
from switch.wire.recording import Record

_LOG = structlog.get_logger()
_OK: Final = 200
_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403
_NO_SUCH_CALL: Final = 481
_UNAVAILABLE: Final = 503
_SILENT: Final = 504
_HEADER: Final = "Record"
_WISHES: Final[dict[str, Wish]] = {wish: wish for wish in get_args(Wish)}
_CANNOT: Final = 500
_WHY: Final = {
    _NO_SUCH_CALL: "the call is over, or nothing of it is recorded",
    _CANNOT: "it cannot be recorded; the log says why",
    _UNAVAILABLE: "there is no room for another recording; softswitch doctor says more",
}


class Recordings:
    """What is wanted of recordings, on its way to the workers."""

    def __init__(
        self,
        *,
        pool: Pool,
        asking: Asking,
        talking_in: Callable[[str], list[str]],
    ) -> None:
        """Join what is needed.

        Args:
            pool: knows which worker has which conversation.
            asking: asks a worker and waits for its answer.
            talking_in: returns the reps who talk in a conversation.
        """
        self._pool = pool
        self._asking = asking
        self._talking_in = talking_in
        self._questions = itertools.count(1)

    async def command(self, worker: PooledWorker, command: RecordCommand) -> tuple[int, str]:
        """Carry out a command; returns its status and, if it was not done, why."""
        reps = self._talking_in(worker.conversation_id or "")
        if command.rep is not None and command.rep not in reps:
            return _FORBIDDEN, f"{command.rep} does not talk in it"
        record = Record(question=self._question(), wish=command.action)
        status = await self._asking.ask(worker, record.question, record)
        if status is None:
            return _SILENT, "the worker that has the call does not answer"
        return status, "" if status == _OK else _WHY.get(status, f"refused with {status}")

    async def plan(self, asked: Asked) -> Plan:
        """Return the answer to an INFO with ``Record:`` that came in the dialog of a phone."""
        try:
            info = parse_request(asked.raw())
        except (SipParseError, WireError) as error:
            _LOG.warning("request.unreadable", source=asked.source, why=str(error))
            return reply(asked, _BAD_REQUEST)
        values = info.all(_HEADER)
        wish = _WISHES.get(values[0].strip().lower()) if len(values) == 1 else None
        if wish is None:
            return reply(asked, _BAD_REQUEST)
        uri = info.uri
        worker = self._pool.at(uri.port or 0) if isinstance(uri, SipUri) else None
        if worker is None or worker.conversation_id is None:
            return reply(asked, _NO_SUCH_CALL)
        record = Record(
            question=self._question(),
            wish=wish,
            call_id=info.call_id,
            from_tag=info.from_tag or "",
            to_tag=info.to_tag or "",
        )
        status = await self._asking.ask(worker, record.question, record)
        _LOG.info("record.info", conversation=worker.conversation_id, wish=wish, status=status)
        return reply(asked, _UNAVAILABLE if status is None else status)

    def _question(self) -> str:
        return f"record {next(self._questions)}"
