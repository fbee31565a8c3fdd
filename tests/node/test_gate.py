"""New calls are let in only while their records can be kept."""

from __future__ import annotations

from typing import Literal

import pytest

from switch.node.gate import Gate
from switch.node.plans import relay
from switch.wire.edge import Asked, Plan
from tests.node.fakes import asked, request


class Router:
    """Sends everything on."""

    async def plan(self, asked: Asked) -> Plan:
        return relay(asked, "pass")


async def test_calls_are_let_in_while_they_can_be_kept() -> None:
    plan = await Gate(Router().plan, is_open=lambda: True).plan(asked(request()))

    assert plan.action == "pass"


async def test_a_new_call_that_cannot_be_kept_is_told_when_to_try_again() -> None:
    plan = await Gate(Router().plan, is_open=lambda: False).plan(asked(request()))

    assert (plan.action, plan.code) == ("reply", 503)
    assert plan.headers == "Retry-After: 5\r\n"


@pytest.mark.parametrize(
    ("event", "source"), [("invite", "worker"), ("refer", "rep"), ("bye", "rep")]
)
async def test_what_belongs_to_a_call_that_is_up_goes_through(
    event: Literal["invite", "refer", "bye"], source: Literal["worker", "rep"]
) -> None:
    plan = await Gate(Router().plan, is_open=lambda: False).plan(
        asked(request(), event=event, source=source)
    )

    assert plan.action == "pass"
