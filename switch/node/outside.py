"""Calls that leave through a trunk: allowed or not, by which trunks, and as whom."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from dialplan import Denied, Dialplan, Hop, OutsideRoute, Toll, TollMeter, choose, is_failure
from switch.edge.credentials import ha1
from switch.node.identity import Journey, identity_headers
from switch.node.plans import Transaction, reply, trunk
from switch.node.pooled import PooledWorker
from switch.sip.uri import SipUri
from switch.wire.edge import Hop as EdgeHop
from switch.wire.edge import HopEnded, Plan, TrunkState

_LOG = structlog.get_logger()
_FORBIDDEN: Final = 403
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY_HOPS: Final = 483


class Outside:
    """What the node knows of calls to the outside, and of the trunks they leave by."""

    def __init__(
        self,
        dialplan: Dialplan,
        *,
        domain: str,
        security: Callable[[str, Denied], None],
    ) -> None:
        """Begin with all trunks up.

        Args:
            dialplan: knows trunks, toll policy and whose numbers we show.
            domain: ours.
            security: is told which rep was denied what.
        """
        self._dialplan = dialplan
        self._domain = domain
        self._security = security
        self._meter = TollMeter()
        self._down: set[str] = set()

    # ------------------------------------------------------------ placing a call

    def plan(
        self,
        transaction: Transaction,
        worker: PooledWorker,
        route: OutsideRoute,
        transferor: str | None,
    ) -> Plan:
        """Return the plan for a worker's leg to an outside number.

        Args:
            transaction: its INVITE at the edge.
            worker: whose leg it is.
            route: the number, and the ways to it.
            transferor: the rep who transferred; None if nobody did.
        """
        memory, conversation_id = worker.memory, worker.conversation_id
        if memory is None or conversation_id is None:
            return reply(transaction, _FORBIDDEN)
        if memory.max_forwards <= 1:
            return reply(transaction, _TOO_MANY_HOPS)
        rep = transferor or memory.caller.rep
        if rep is not None:
            self._meter, denied = self._meter.begin(
                _call(conversation_id, route.number),
                route.number,
                rep=rep,
                toll=self._dialplan.toll_of(rep),
                now_s=time.monotonic(),
            )
            if denied is not None:
                self.denied(rep, denied)
                return reply(transaction, _FORBIDDEN)
            worker.charge(route.number, rep)
        up = {one.name for one in self._dialplan.trunks} - self._down
        hops = choose(route.hops, up=up, draw=random.random())  # noqa: S311
        is_outward = memory.caller.role == "rep"
        shown = self.shown(route, rep=rep, worker=worker)
        return trunk(
            transaction,
            hops=tuple(self._hop(hop) for hop in hops),
            headers=identity_headers(
                domain=self._domain,
                shown=shown,
                private=memory.private,
                journey=Journey(
                    dialled=None if is_outward else memory.dialled,
                    transferor=transferor,
                    number=route.number,
                ),
            ),
            shown_from=self._from(worker, route, None if memory.private else shown),
            max_forwards=memory.max_forwards - 1,
        )

    def shown(self, route: OutsideRoute, *, rep: str | None, worker: PooledWorker) -> str | None:
        """Return the number of ours, or of the customer, that an outside party may see."""
        memory = worker.memory
        customer = None
        if memory is not None and memory.caller.role == "customer" and not memory.private:
            customer = memory.caller.number
        return self._dialplan.shown_outside(route.trunk, rep=rep, customer=customer)

    def denied(self, rep: str, denied: Denied) -> None:
        """Say that a rep was denied an outside call: one line in the log, one event on the bus."""
        _LOG.warning("toll.denied", rep=rep, limit=denied.limit)
        _LOG.debug("toll.denied", rep=rep, why=denied.why)
        self._security(rep, denied)

    def _from(self, worker: PooledWorker, route: OutsideRoute, shown: str | None) -> str:
        """Return the URI that From shall bear; empty where the worker wrote the right one.

        It did where it was told of this number. A territory that overflows to one was placed
        with the face that reps see.
        """
        if route.number in worker.routes:
            return ""
        if shown is None:
            return "sip:anonymous@anonymous.invalid"
        return str(SipUri(user=shown, host=self._domain))

    def _hop(self, hop: Hop) -> EdgeHop:
        line = self._dialplan.trunk(hop.trunk)
        if line is None or line.username is None or line.password is None:
            return EdgeHop(trunk=hop.trunk, ruri=hop.ruri, uri=hop.uri)
        realm = line.realm or ""
        return EdgeHop(
            trunk=hop.trunk,
            ruri=hop.ruri,
            uri=hop.uri,
            auth_user=line.username,
            auth_realm=realm,
            auth_ha1=ha1(line.username, realm, line.password),
        )

    # ------------------------------------------------------------ what comes of it

    def edge_connected(self) -> None:
        """Begin anew: an edge that was away has forgotten which trunks it was to probe."""
        self._down.clear()

    def hop_ended(self, ended: HopEnded) -> None:
        """Leave a trunk out for a while that fails calls; the edge probes it.

        Not for a 408: the party may have been silent, and not the trunk. The edge can tell the
        two apart, and says so by :class:`TrunkState`; it probes no trunk that it has not left out.
        """
        failed = is_failure(ended.code) and ended.code != _REQUEST_TIMEOUT
        if failed and ended.trunk not in self._down:
            self._down.add(ended.trunk)
            _LOG.error("trunk.left_out", trunk=ended.trunk, status=ended.code)

    def trunk_state(self, state: TrunkState) -> None:
        """Take a trunk back that answers again, or leave one out that does not."""
        if state.up is (state.name in self._down):
            _LOG.warning("trunk.up" if state.up else "trunk.down", trunk=state.name)
        if state.up:
            self._down.discard(state.name)
        else:
            self._down.add(state.name)

    def restore(self, conversation_id: str, charged: Mapping[str, str]) -> None:
        """Count the outside calls that the node before had let through, whatever the limit."""
        for number, rep in charged.items():
            self._meter, _denied = self._meter.begin(
                _call(conversation_id, number),
                number,
                rep=rep,
                toll=Toll(outside_at_once=sys.maxsize, outside_per_minute=sys.maxsize),
                now_s=time.monotonic(),
            )

    def call_over(self, conversation_id: str, number: str | None) -> None:
        """Note that a leg to an outside number is over."""
        if number is not None:
            self._meter = self._meter.end(_call(conversation_id, number))


def _call(conversation_id: str, number: str) -> str:
    return f"{conversation_id} {number}"
