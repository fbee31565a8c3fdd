"""Decides what becomes of each request the edge asks about: dialplan, worker, plan."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable
from typing import Final

import structlog

from dialplan import (
    Dialplan,
    OutsideRoute,
    Refusal,
    RepRoute,
    RepSource,
    Route,
    TrunkSource,
    to_e164,
)
from switch.call.target import Party, Target
from switch.call.target import Refusal as RefusedTarget
from switch.node.asking import Asking
from switch.node.plans import relay, reply
from switch.node.pool import Pool
from switch.node.pooled import PooledWorker
from switch.node.refer import ReferRefused, read_refer
from switch.node.refused import RefusedCall
from switch.node.routes import presented, refused_target, rep_party, target_of
from switch.records.leg import Direction
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest, parse_request
from switch.sip.sdp import has_common_codec, parse_sdp
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan, Replied
from switch.wire.errors import WireError
from switch.wire.worker import Expect, Refer, ReferReplied

_LOG = structlog.get_logger()
_REPLIED_WITHIN_S: Final = 2.0
_SIP_PORT: Final = 5060
_REDIRECTION: Final = 300
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"


class Router:
    """Answers the edge: one method for each kind of question."""

    def __init__(
        self,
        *,
        dialplan: Dialplan,
        pool: Pool,
        domains: frozenset[str],
        codecs: tuple[str, ...],
        ring_s: float,
        response_s: float,
        refused: Callable[[RefusedCall], None],
        asking: Asking,
    ) -> None:
        """Join what its decisions stand on.

        Args:
            dialplan: who rings for what is dialled.
            pool: gives a worker to each new conversation.
            domains: the hosts of a URI that mean us.
            codecs: what the switch can join.
            ring_s: how long a callee may ring.
            response_s: how long a transfer target may ring.
            refused: is told of each call that was refused here, so that it is recorded.
            asking: asks a worker and waits for its answer.
        """
        self._dialplan = dialplan
        self._pool = pool
        self._domains = domains
        self._codecs = codecs
        self._ring_s = ring_s
        self._response_s = response_s
        self._refused = refused
        self._asking = asking
        self._refer_ids = itertools.count(1)
        self._accepted: dict[tuple[int, int], tuple[PooledWorker, str]] = {}

    async def plan(self, asked: Asked) -> Plan:
        """Return what shall become of a request."""
        try:
            request = parse_request(asked.raw())
            if asked.event == "refer":
                return await self._refer(asked, request)
            if asked.source == "worker":
                return self._route(asked, request)
            return await self._allocate(asked, request)
        except (SipParseError, WireError) as error:
            _LOG.warning("request.unreadable", source=asked.source, why=str(error))
            return reply(asked, 400)

    def replied(self, replied: Replied) -> None:
        """Let a worker send the NOTIFYs of a REFER: its 202 is on the wire."""
        accepted = self._accepted.pop((replied.index, replied.label), None)
        if accepted is not None:
            worker, refer_id = accepted
            worker.tell(ReferReplied(refer_id=refer_id))

    # ------------------------------------------------------------ a new call

    async def _allocate(self, asked: Asked, invite: SipRequest) -> Plan:
        """Find out whom a call from outside the switch is for, and give it a worker."""
        caller = self._caller(asked, invite)
        conversation_id = _new_conversation_id()
        dialled = _user_of(invite)
        route = self._route_of(asked, invite)
        if isinstance(route, Refusal):
            _LOG.info("call.refused", conversation=conversation_id, status=route.status)
            _LOG.debug("call.refused", conversation=conversation_id, why=route.why)
            return self._refuse(asked, caller, dialled, conversation_id, route.status)
        if invite.body and not _can_join(invite.body, self._codecs):
            _LOG.info("call.no_common_codec", conversation=conversation_id)
            return self._refuse(asked, caller, dialled, conversation_id, 488)
        worker = await self._pool.take(conversation_id)
        if worker is None:
            _LOG.error("call.no_worker", conversation=conversation_id, **self._pool.counts)
            return self._refuse(asked, caller, dialled, conversation_id, 503)
        target = target_of(route)
        worker.routes[target.user] = route
        expect = Expect(
            conversation_id=conversation_id,
            call_id=invite.call_id,
            caller=caller,
            presented=presented(self._dialplan, caller, target),
            dialled=dialled,
            target=target,
            ring_s=self._ring_s,
            response_s=self._response_s,
        )
        if await self._asking.ask(worker, conversation_id, expect) is None:
            self._pool.dismiss(worker)
            return self._refuse(asked, caller, dialled, conversation_id, 503)
        _LOG.info(
            "call.allocated",
            conversation=conversation_id,
            worker=worker.name,
            source=asked.source,
            name=asked.name,
            kind=target.kind,
        )
        return relay(asked, "worker", uri=f"sip:127.0.0.1:{worker.port}")

    def _caller(self, asked: Asked, invite: SipRequest) -> Party:
        if asked.source == "rep":
            return rep_party(self._dialplan, asked.name)
        sender = invite.from_
        user = sender.uri.dialled
        anonymous = user is None or user.lower() == "anonymous"
        return Party(
            role="customer",
            number=None if anonymous else to_e164(user or "", self._dialplan.country) or user,
            name=None if anonymous else sender.display_name,
            trunk=asked.name,
        )

    def _route_of(self, asked: Asked, invite: SipRequest) -> Route | Refusal:
        uri = invite.uri
        if isinstance(uri, SipUri) and uri.host not in self._domains:
            return Refusal(status=403, reason="Forbidden", why="the domain is not ours")
        if asked.source == "trunk":
            return self._dialplan.route_call(TrunkSource(name=asked.name), uri.dialled or "")
        return self._dialplan.route_call(RepSource(name=asked.name), uri.dialled or "")

    def _direction(self, caller: Party, dialled: str) -> Direction:
        if caller.role != "rep":
            return "inbound"
        is_number = to_e164(dialled, self._dialplan.country) is not None
        return "outbound" if is_number else "internal"

    def _refuse(
        self, asked: Asked, caller: Party, dialled: str, conversation_id: str, sip_status: int
    ) -> Plan:
        self._refused(
            RefusedCall(
                conversation_id=conversation_id,
                caller=caller,
                dialled=dialled,
                direction=self._direction(caller, dialled),
                sip_status=sip_status,
                at_s=time.time(),
            )
        )
        return reply(asked, sip_status)

    # ------------------------------------------------------------ a worker's leg

    def _route(self, asked: Asked, invite: SipRequest) -> Plan:
        """Find the way to whom a worker calls.

        It may call only whom the dialplan has found for its conversation: a worker gone
        wrong, or somebody who pretends to be one, reaches nobody.
        """
        worker = self._worker_at(asked.address)
        uri = invite.uri
        if worker is None or worker.conversation_id is None:
            _LOG.warning("route.stranger")
            return reply(asked, 403)
        if not isinstance(uri, SipUri) or uri.host not in self._domains:
            return reply(asked, 403)
        match worker.routes.get(uri.user or ""):
            case RepRoute(rep=rep):
                return relay(asked, "rep", user=rep)
            case OutsideRoute(number=number, trunk=name):
                trunk = self._dialplan.trunk(name)
                assert trunk is not None
                hop = f"{trunk.address}:{trunk.port or _SIP_PORT}"
                return relay(asked, "trunk", ruri=f"sip:{number}@{hop}", uri=f"sip:{hop}")
            case None:
                _LOG.warning("route.unasked", conversation=worker.conversation_id)
                return reply(asked, 403)

    def _worker_at(self, address: str) -> PooledWorker | None:
        _host, _colon, port = address.rpartition(":")
        return self._pool.at(int(port)) if port.isdigit() else None

    # ------------------------------------------------------------ a transfer

    async def _refer(self, asked: Asked, request: SipRequest) -> Plan:
        """Ask the worker that owns the dialog what it makes of a REFER."""
        uri = request.uri
        worker = self._pool.at(uri.port or 0) if isinstance(uri, SipUri) else None
        if worker is None or worker.conversation_id is None:
            return reply(asked, 481)
        try:
            refer = read_refer(request, domains=self._domains)
        except ReferRefused as error:
            _LOG.info("refer.refused", status=error.sip_status, why=error.why)
            return reply(asked, error.sip_status)
        refer_id = str(next(self._refer_ids))
        # Who transfers is for the worker to say: it knows whose dialog this is.
        route = self._dialplan.route_transfer(None, refer.user)
        if isinstance(route, Refusal):
            target: Target | RefusedTarget = refused_target(route, refer.user)
        else:
            target = target_of(route)
            worker.routes[target.user] = route
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
                target=target,
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


def _can_join(body: bytes, codecs: tuple[str, ...]) -> bool:
    """Whether an offer has audio in a codec of ours; one that cannot be read has none."""
    try:
        return has_common_codec(parse_sdp(body), codecs)
    except SipParseError:
        return False


def _user_of(invite: SipRequest) -> str:
    return invite.uri.dialled or ""


def _new_conversation_id() -> str:
    """Return a name that sorts by time, can be read aloud, and that nobody can guess."""
    at = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return f"{at}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
