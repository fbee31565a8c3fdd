"""Answers REFERs: asks the dialplan for the target, and the worker whether it will."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

import structlog

from dialplan import Dialplan, OutsideRoute, Refusal, Route
from switch.call.target import Refusal as RefusedTarget
from switch.call.target import Target
from switch.node.asking import Asking
from switch.node.outside import Outside
from switch.node.plans import reply
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.refer import ReferRefused, read_refer
from switch.node.routes import refused_target, target_of
from switch.sip.message import SipRequest
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan, Replied
from switch.wire.worker import Refer, ReferReplied

_LOG = structlog.get_logger()
_REPLIED_WITHIN_S: Final = 2.0
_REDIRECTION: Final = 300


class Referrals:
    """Answers the edge's questions about REFERs."""

    def __init__(
        self,
        *,
        dialplan: Dialplan,
        pool: Pool,
        asking: Asking,
        outside: Outside,
        domains: frozenset[str],
        response_s: float,
    ) -> None:
        """Join what its decisions stand on.

        Args:
            dialplan: who rings for what a phone asks.
            pool: knows which worker has which conversation.
            asking: asks a worker and waits for its answer.
            outside: whose numbers we show outside, and who is denied what.
            domains: the hosts of a URI that mean us.
            response_s: how long a transfer target may ring.
        """
        self._dialplan = dialplan
        self._pool = pool
        self._asking = asking
        self._outside = outside
        self._domains = domains
        self._response_s = response_s
        self._ids = itertools.count(1)
        self._accepted: dict[tuple[int, int], tuple[PooledWorker, str]] = {}

    async def plan(self, asked: Asked, request: SipRequest) -> Plan:
        """Return the answer to a REFER, as the worker that owns its dialog gave it."""
        uri = request.uri
        worker = self._pool.at(uri.port or 0) if isinstance(uri, SipUri) else None
        if worker is None or worker.conversation_id is None or worker.memory is None:
            return reply(asked, 481)
        try:
            refer = read_refer(request, domains=self._domains)
        except ReferRefused as error:
            _LOG.info("refer.refused", status=error.sip_status, why=error.why)
            return reply(asked, error.sip_status)
        refer_id = str(next(self._ids))
        transferor = worker.memory.owners.get(request.call_id)
        route = self._dialplan.route_transfer(transferor, refer.user)
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
                target=self._target(worker, route, refer.user, transferor),
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

    def _target(
        self, worker: PooledWorker, route: Route | Refusal, user: str, transferor: str | None
    ) -> Target | RefusedTarget:
        """Return whom the worker shall call, and let it."""
        if isinstance(route, Refusal):
            if route.denied is not None:
                self._outside.denied(transferor or "nobody", route.denied)
            return refused_target(route, user)
        shown = None
        if isinstance(route, OutsideRoute) and worker.memory and not worker.memory.private:
            shown = self._outside.shown(route, rep=transferor, worker=worker)
        target = target_of(self._dialplan, route, response_s=self._response_s, shown=shown)
        worker.routes[target.user] = route
        return target
