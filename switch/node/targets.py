"""Finds whom a call may be transferred to, and lets its worker call him."""

from __future__ import annotations

from collections.abc import Iterable

from dialplan import Dialplan, OutsideRoute, Refusal, RepRoute, Route, TrunkSource
from switch.call.target import Refusal as RefusedTarget
from switch.call.target import Target
from switch.config import ResponseTimes
from switch.config.transfer import CALLED_TERRITORY, OWN_TERRITORY
from switch.node.outside import Outside
from switch.node.pooled import PooledWorker
from switch.node.routes import refused_target, transfer_target_of


class Targets:
    """Asks the dialplan whom a rep means, by whatever way he said it: REFER, desk, keys."""

    def __init__(
        self,
        dialplan: Dialplan,
        outside: Outside,
        *,
        response: ResponseTimes,
        fallback: tuple[str, ...],
    ) -> None:
        """Join what its decisions stand on.

        Args:
            dialplan: who rings for what was named.
            outside: whose numbers we show outside, and who is denied what.
            response: how long a target may ring.
            fallback: where a customer goes whom nobody takes, as ``[recall] fallback`` has it.
        """
        self._dialplan = dialplan
        self._outside = outside
        self._response = response
        self._fallback = fallback

    def find(
        self, worker: PooledWorker, user: str, *, transferor: str | None
    ) -> Target | RefusedTarget:
        """Return whom the worker shall call, and let it; or why it shall not.

        Args:
            worker: whose call is transferred.
            user: whom the transferor named, as a REFER would.
            transferor: the rep who transfers; None if no rep is known to.
        """
        route = self._dialplan.route_transfer(transferor, user)
        if isinstance(route, Refusal):
            if route.denied is not None:
                self._outside.denied(transferor or "nobody", route.denied)
            return refused_target(route, user)
        return self._allow(worker, route, transferor)

    def restore(self, worker: PooledWorker, users: Iterable[str]) -> None:
        """Let the worker call whom the node before had let it call, as far as there are such."""
        for user in users:
            # Whoever asked was within his limits then; the way to it is the same for all.
            route = self._dialplan.route_transfer(None, user)
            if not isinstance(route, Refusal):
                worker.routes[user] = route

    def fallbacks(self, worker: PooledWorker, transferor: str | None) -> tuple[Target, ...]:
        """Return where the transferee goes if nobody takes him and he cannot be given back.

        The transferor himself is none of them, nor is anybody twice.
        """
        found: dict[str, Target] = {}
        for place in self._fallback:
            route = self._route_of(place, worker, transferor)
            is_himself = isinstance(route, RepRoute) and route.rep == transferor
            if route is not None and not is_himself:
                target = self._allow(worker, route, transferor)
                found.setdefault(target.user, target)
        return tuple(found.values())

    def _route_of(self, place: str, worker: PooledWorker, transferor: str | None) -> Route | None:
        route: Route | Refusal | None = None
        if place == OWN_TERRITORY:
            own = (one for one in self._dialplan.territories if transferor in one.members)
            territory = next(own, None)
            if territory is not None:
                route = self._dialplan.route_transfer(None, territory.name)
        elif place == CALLED_TERRITORY:
            memory = worker.memory
            if memory is not None and memory.caller.trunk is not None:
                source = TrunkSource(name=memory.caller.trunk)
                route = self._dialplan.route_call(source, memory.dialled)
        else:
            # The operator named it: his policy counts, not that of whoever transfers.
            route = self._dialplan.route_transfer(None, place)
        return None if isinstance(route, Refusal) else route

    def _allow(self, worker: PooledWorker, route: Route, transferor: str | None) -> Target:
        shown = None
        if isinstance(route, OutsideRoute) and worker.memory and not worker.memory.private:
            shown = self._outside.shown(route, rep=transferor, worker=worker)
        target = transfer_target_of(self._dialplan, route, response=self._response, shown=shown)
        worker.allow(target.user, route)
        return target
