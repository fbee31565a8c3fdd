"""Decides what becomes of each request the edge asks about: dialplan, worker, plan."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import time
from collections.abc import Callable
from typing import Final

import structlog

from dialplan import (
    Dialplan,
    OutsideRoute,
    Refusal,
    RepSource,
    Route,
    TrunkSource,
    to_e164,
)
from switch.call.target import Party, Target
from switch.config import ResponseTimes
from switch.node.asking import Asking
from switch.node.outside import Outside
from switch.node.plans import relay, reply
from switch.node.pool import Pool
from switch.node.pooled import USUAL_HOPS, Memory, PooledWorker
from switch.node.referrals import Referrals
from switch.node.refused import RefusedCall
from switch.node.routes import presented, rep_party, target_of, trunk_media
from switch.node.ways import Ways
from switch.records.leg import Direction
from switch.sip.address import parse_name_addr
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest, parse_request
from switch.sip.sdp import TRANSCODABLE, has_common_codec, parse_sdp
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan
from switch.wire.errors import WireError
from switch.wire.worker import Expect

_LOG = structlog.get_logger()
_MOST_HOPS: Final = 255
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RouterSettings:
    """Is what the operator has set for new calls."""

    domains: frozenset[str]
    """The hosts of a URI that mean us."""
    codecs: tuple[str, ...]
    """What the switch offers to whom no list of his own is set."""
    transcode: bool
    """Whether it joins two who have no codec in common."""
    ring_s: float
    """How long a callee may ring."""
    response: ResponseTimes
    """How long a transfer target may ring."""


class Router:
    """Answers the edge: one method for each kind of question."""

    def __init__(
        self,
        settings: RouterSettings,
        *,
        dialplan: Dialplan,
        pool: Pool,
        asking: Asking,
        ways: Ways,
        referrals: Referrals,
        outside: Outside,
        refused: Callable[[RefusedCall], None],
    ) -> None:
        """Join what its decisions stand on.

        Args:
            settings: what the operator has set.
            dialplan: who rings for what is dialled.
            pool: gives a worker to each new conversation.
            asking: asks a worker and waits for its answer.
            ways: plans the legs that workers place.
            referrals: answers REFERs.
            outside: whose numbers we show outside, and who is denied what.
            refused: is told of each call that was refused here, so that it is recorded.
        """
        self._dialplan = dialplan
        self._pool = pool
        self._domains = settings.domains
        self._settings = settings
        self._ring_s = settings.ring_s
        self._response = settings.response
        self._refused = refused
        self._asking = asking
        self._ways = ways
        self._referrals = referrals
        self._outside = outside

    async def plan(self, asked: Asked) -> Plan:
        """Return what shall become of a request."""
        try:
            request = parse_request(asked.raw())
            if asked.event == "refer":
                return await self._referrals.plan(asked, request)
            if asked.event == "bye":
                await self._referrals.settled(request.call_id)
                return relay(asked, "pass")
            if asked.source == "worker":
                return await self._ways.plan(asked, request)
            return await self._allocate(asked, request)
        except (SipParseError, WireError) as error:
            _LOG.warning("request.unreadable", source=asked.source, why=str(error))
            return reply(asked, 400)

    # ------------------------------------------------------------ a new call

    async def _allocate(self, asked: Asked, invite: SipRequest) -> Plan:
        """Find out whom a call from outside the switch is for, and give it a worker."""
        caller = self._caller(asked, invite)
        conversation_id = new_conversation_id()
        dialled = _user_of(invite)
        route = self._route_of(asked, invite)
        if isinstance(route, Refusal):
            _LOG.info("call.refused", conversation=conversation_id, status=route.status)
            _LOG.debug("call.refused", conversation=conversation_id, why=route.why)
            if route.denied is not None:
                self._outside.denied(asked.name, route.denied)
            return self._refuse(asked, caller, dialled, conversation_id, route.status)
        if invite.body and not self._can_take(caller, invite.body):
            _LOG.info("call.no_common_codec", conversation=conversation_id)
            return self._refuse(asked, caller, dialled, conversation_id, 488)
        worker = await self._pool.take(conversation_id)
        if worker is None:
            _LOG.error("call.no_worker", conversation=conversation_id, **self._pool.counts)
            return self._refuse(asked, caller, dialled, conversation_id, 503)
        worker.memory = _memory(asked, invite, caller, dialled)
        target = self._target(route, worker)
        worker.allow(target.user, route)
        expect = Expect(
            conversation_id=conversation_id,
            call_id=invite.call_id,
            caller=caller,
            presented=presented(caller, target),
            dialled=dialled,
            target=target,
            ring_s=self._ring_s,
            response_s=self._response.longest_s,
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

    def _target(self, route: Route, worker: PooledWorker) -> Target:
        memory = worker.memory
        shown = None
        if isinstance(route, OutsideRoute) and memory is not None and not memory.private:
            shown = self._outside.shown(route, rep=memory.caller.rep, worker=worker)
        return target_of(self._dialplan, route, response=self._response, shown=shown)

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
            media=trunk_media(self._dialplan, asked.name),
        )

    def _route_of(self, asked: Asked, invite: SipRequest) -> Route | Refusal:
        uri = invite.uri
        if isinstance(uri, SipUri) and uri.host not in self._domains:
            return Refusal(status=403, reason="Forbidden", why="the domain is not ours")
        if asked.source == "trunk":
            return self._dialplan.route_call(
                TrunkSource(name=asked.name), uri.dialled or "", diverted=_diverted(invite)
            )
        return self._dialplan.route_call(RepSource(name=asked.name), uri.dialled or "")

    def _can_take(self, caller: Party, body: bytes) -> bool:
        """Whether an offer has audio that we can join; one that cannot be read has none."""
        codecs = caller.media.codecs or self._settings.codecs
        if self._settings.transcode and not caller.media.codecs:
            codecs += TRANSCODABLE
        try:
            return has_common_codec(parse_sdp(body), codecs)
        except SipParseError:
            return False

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


def _memory(asked: Asked, invite: SipRequest, caller: Party, dialled: str) -> Memory:
    """Return what is to be remembered of a call."""
    privacy = ";".join(invite.all("Privacy")).lower().replace(" ", "").split(";")
    private = bool({"id", "user", "header"} & set(privacy)) or caller.number is None
    memory = Memory(
        caller=caller,
        dialled=dialled,
        max_forwards=_hops_left(invite),
        private=private,
    )
    if asked.source == "rep":
        memory.owners[invite.call_id] = asked.name
    return memory


def _hops_left(invite: SipRequest) -> int:
    """Return how many proxies a call may still pass (RFC 3261 §20.22)."""
    found = (_DIGITS.fullmatch(value) for value in invite.all("Max-Forwards"))
    return next((min(int(digits[0]), _MOST_HOPS) for digits in found if digits), USUAL_HOPS)


def _diverted(invite: SipRequest) -> list[str]:
    """Return the numbers at which a call has been before it came to us."""
    users = []
    for entry in (*invite.all("Diversion"), *invite.all("History-Info")):
        with contextlib.suppress(SipParseError):
            users.append(parse_name_addr(entry).uri.dialled or "")
    return users


def _user_of(invite: SipRequest) -> str:
    return invite.uri.dialled or ""


def new_conversation_id() -> str:
    """Return a name that sorts by time, can be read aloud, and that nobody can guess."""
    at = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return f"{at}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
