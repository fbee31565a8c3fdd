"""Answers REFERs: asks the dialplan for the target, and the worker whether it will."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

import structlog

from switch.node.asking import Asking
from switch.node.plans import reply
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.refer import ReferRefused, read_refer
from switch.node.targets import Targets
from switch.sip.message import SipRequest
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan, Replied
from switch.wire.worker import Refer, ReferReplied

_LOG = structlog.get_logger()
_REPLIED_WITHIN_S: Final = 2.0
_REDIRECTION: Final = 300
_CANNOT: Final = 500


class Referrals:
    """Answers the edge's questions about REFERs."""

    def __init__(
        self,
        *,
        pool: Pool,
        asking: Asking,
        targets: Targets,
        domains: frozenset[str],
        orphaned: Callable[[int], bool] = lambda _port: False,
    ) -> None:
        """Join what its decisions stand on.

        Args:
            pool: knows which worker has which conversation.
            asking: asks a worker and waits for its answer.
            targets: knows whom a phone means.
            domains: the hosts of a URI that mean us.
            orphaned: tells of a port whether its worker is dead, and somebody answers for it.
        """
        self._orphaned = orphaned
        self._pool = pool
        self._asking = asking
        self._targets = targets
        self._domains = domains
        self._ids = itertools.count(1)
        self._settling: dict[str, asyncio.Event] = {}
        self._accepted: dict[tuple[int, int], tuple[PooledWorker, str]] = {}

    async def plan(self, asked: Asked, request: SipRequest) -> Plan:
        """Return the answer to a REFER, as the worker that owns its dialog gave it."""
        settled = self._settling.setdefault(request.call_id, asyncio.Event())
        try:
            return await self._answer(asked, request)
        finally:
            self._settling.pop(request.call_id, None)
            settled.set()

    async def settled(self, call_id: str) -> None:
        """Return when no REFER of that Call-ID waits for its answer."""
        settling = self._settling.get(call_id)
        if settling is not None:
            await settling.wait()

    async def _answer(self, asked: Asked, request: SipRequest) -> Plan:
        uri = request.uri
        port = uri.port or 0 if isinstance(uri, SipUri) else 0
        if self._orphaned(port):
            # Refused, and the call goes on: 481 or 503 would say more than is true.
            _LOG.info("refer.orphaned")
            return reply(asked, _CANNOT)
        worker = self._pool.at(port)
        if worker is None or worker.conversation_id is None or worker.memory is None:
            return reply(asked, 481)
        try:
            refer = read_refer(request, domains=self._domains)
        except ReferRefused as error:
            _LOG.info("refer.refused", status=error.sip_status, why=error.why)
            return reply(asked, error.sip_status)
        refer_id = str(next(self._ids))
        transferor = worker.memory.owners.get(request.call_id)
        status = await self._asking.ask(
            worker,
            refer_id,
            Refer(
                refer_id=refer_id,
                call_id=request.call_id,
                from_tag=request.from_tag or "",
                to_tag=request.to_tag or "",
                cseq=request.cseq.number,
                notifies=refer.notifies,
                target=self._targets.find(worker, refer.user, transferor=transferor),
                fallbacks=self._targets.fallbacks(worker, transferor),
            ),
        )
        if status is None:
            return reply(asked, 503)
        if status < _REDIRECTION:
            key = asked.index, asked.label
            self._accepted[key] = (worker, refer_id)
            asyncio.get_running_loop().call_later(_REPLIED_WITHIN_S, self._accepted.pop, key, None)
        headers = "" if refer.notifies else "Refer-Sub: false\r\n"
        return reply(asked, status, headers if status < _REDIRECTION else "")

    def replied(self, replied: Replied) -> None:
        """Let a worker send the NOTIFYs of a REFER: its 202 is on the wire."""
        accepted = self._accepted.pop((replied.index, replied.label), None)
        if accepted is not None:
            worker, refer_id = accepted
            worker.tell(ReferReplied(refer_id=refer_id))
