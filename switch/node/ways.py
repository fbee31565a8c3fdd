"""Finds the way to whom a worker calls: a rep's phones, a hunt, or a trunk."""

from __future__ import annotations

import structlog

from dialplan import OutsideRoute, RepRoute, TerritoryRoute
from switch.node.hunts import Hunts
from switch.node.outside import Outside
from switch.node.plans import relay, reply
from switch.node.pool import Pool
from switch.node.pooled import Memory, PooledWorker
from switch.sip.address import parse_name_addr
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest
from switch.sip.uri import SipUri
from switch.wire.edge import Asked, Plan

_LOG = structlog.get_logger()


class Ways:
    """Answers the edge's questions about the legs that workers place."""

    def __init__(
        self, *, pool: Pool, hunts: Hunts, outside: Outside, domains: frozenset[str]
    ) -> None:
        """Join what its decisions stand on.

        Args:
            pool: knows which worker has which conversation.
            hunts: rings territories.
            outside: knows trunks and who may use them.
            domains: the hosts of a URI that mean us.
        """
        self._pool = pool
        self._hunts = hunts
        self._outside = outside
        self._domains = domains

    async def plan(self, asked: Asked, invite: SipRequest) -> Plan:
        """Return the way to whom a worker calls.

        It may call only whom the dialplan has found for its conversation: a worker gone
        wrong, or somebody who pretends to be one, reaches nobody.
        """
        worker = self._worker_at(asked.address)
        uri = invite.uri
        if worker is None or worker.conversation_id is None or worker.memory is None:
            _LOG.warning("route.stranger")
            return reply(asked, 403)
        if not isinstance(uri, SipUri) or uri.host not in self._domains:
            return reply(asked, 403)
        transferor = _transferor(invite)
        match worker.routes.get(uri.user or ""):
            case RepRoute(rep=rep):
                worker.owns(invite.call_id, rep)
                return relay(asked, "rep", user=rep)
            case TerritoryRoute() as route:
                return await self._hunts.begin(
                    asked,
                    worker,
                    route,
                    call_id=invite.call_id,
                    # Whoever calls his own territory is not rung by it either.
                    without={transferor or worker.memory.caller.rep or "", *_decliners(invite)},
                    transferor=transferor,
                )
            case OutsideRoute() as route:
                return self._outside.plan(asked, worker, route, transferor)
            case None if uri.user and uri.user in _reps_of(worker.memory):
                # Whoever has been in the call may be called back to it.
                worker.owns(invite.call_id, uri.user)
                return relay(asked, "rep", user=uri.user)
            case None:
                _LOG.warning("route.unasked", conversation=worker.conversation_id)
                return reply(asked, 403)

    def _worker_at(self, address: str) -> PooledWorker | None:
        _host, _colon, port = address.rpartition(":")
        return self._pool.at(int(port)) if port.isdigit() else None


def _transferor(invite: SipRequest) -> str | None:
    """Return the rep who transferred: the worker itself says so in Referred-By."""
    for value in invite.all("Referred-By"):
        try:
            return parse_name_addr(value).uri.dialled
        except SipParseError:
            return None
    return None


def _reps_of(memory: Memory) -> set[str]:
    """Return the reps who are or were in the conversation."""
    return {rep for rep in (memory.caller.rep, *memory.owners.values()) if rep is not None}


def _decliners(invite: SipRequest) -> list[str]:
    """Return the reps who have just declined this call, as the worker says: they are left out."""
    return [rep.strip() for value in invite.all("X-Without") for rep in value.split(",")]
