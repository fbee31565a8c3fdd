"""A transferor who is called back: when, how often, and not into another call of his."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from switch.config import RecallSettings
from switch.demo.lane import HOUSE
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario
from switch.demo.stage import Performance
from switch.demo.stage import perform as play
from switch.demo.standing import StandingSwitch, standing
from tests.scenarios.performer import Perform, told

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

_ON_HIS_CALL = ExpectedThread(
    direction="internal",
    legs=[{"rep": "carol", "end_reason": "completed"}, {"rep": "alice", "end_reason": "completed"}],
)
_SAUL_DECLINES_THEN = PartyPlan(
    name="saul", plays="declines_when_prompted", hangs_up_after="carol: 200 INVITE", is_called=1
)


def _alice(*, takes: int, back: int = 1, **more: Any) -> PartyPlan:
    """Return alice, who transfers to saul and leaves."""
    return PartyPlan(
        name="alice",
        plays="transferor_is_called_back",
        set={"ring_ms": 200, "talk_ms": 1000, "leaves": 2, "back": back},
        key={"refer_to": "Refer-To: <sip:saul@{domain}>", "refer_to_2": ""},
        takes=takes,
        is_called=takes,
        **more,
    )


def _carol(talk_ms: int) -> PartyPlan:
    """Return carol, who calls alice as soon as alice has transferred her customer."""
    return PartyPlan(
        name="carol",
        plays="rep_calls",
        dials="alice",
        after="alice: 200 BYE",
        set={"talk_ms": talk_ms},
        hears=["alice"],
    )


_IS_FREE_AGAIN = Scenario(
    folder=Path("called_back") / "when_he_is_free",
    summary="""
alice transfers a customer and leaves, and carol calls her. saul declines: alice is not rung into
her call with carol. Carol hangs up; then alice is called back.""",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_is_prompted",
            hangs_up_after="alice: 3x 200 INVITE",
            hangs_up_after_s=1.5,
            hears=["alice", "music", "alice"],
        ),
        _alice(
            takes=3,
            hears=["customer", "carol", "customer"],
            shows=["Customer", "Carol Osei", "saul declined: {contact}"],
        ),
        _SAUL_DECLINES_THEN,
        _carol(2500),
    ],
    each_thread=[
        ExpectedThread(
            legs=[
                {"role": "customer", "end_reason": "completed"},
                {"rep": "alice", "end_reason": "transferred"},
                {"rep": "alice", "end_reason": "completed", "why": "recall"},
            ],
            transfers=[{"from": "alice", "to": "saul", "outcome": "declined"}],
            recalls=[{"to": "alice", "outcome": "resumed"}],
            fallbacks=[],
        ),
        _ON_HIS_CALL,
    ],
    frees_everybody=True,
)

_WAIT_OVER = Scenario(
    folder=Path("called_back") / "wait_over",
    summary="""
alice transfers a customer and leaves, and carol calls her. saul declines, and alice talks with
carol for longer than she is waited for: the customer goes to her own territory, where bob
answers. Her phone has not rung for him.""",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_is_prompted",
            hangs_up_after="carol",
            hears=["alice", "music", "bob"],
        ),
        _alice(takes=2, hears=["customer", "carol"], shows=["Customer", "Carol Osei"]),
        _SAUL_DECLINES_THEN,
        _carol(8000),
        PartyPlan(name="bob", plays="answers", set={"ring_ms": 300}, hears=["customer"]),
    ],
    each_thread=[
        ExpectedThread(
            legs=[
                {"role": "customer", "end_reason": "completed"},
                {"rep": "alice", "end_reason": "transferred"},
                {"rep": "bob", "end_reason": "completed", "why": "fallback"},
            ],
            transfers=[{"from": "alice", "to": "saul", "outcome": "declined"}],
            recalls=[],
            fallbacks=[{"from": "alice", "to": "olympia", "outcome": "answered"}],
        ),
        _ON_HIS_CALL,
    ],
    frees_everybody=True,
)

_TWICE_IN_VAIN = Scenario(
    folder=Path("called_back") / "twice_in_vain",
    summary="""
alice transfers a customer and leaves, saul declines. She is called back as often as she may be,
with a pause before each further call; she declines each. The customer goes to her own territory,
where bob answers.""",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_is_prompted",
            hangs_up_after="bob: 200 INVITE",
            hangs_up_after_s=1.5,
            hears=["alice", "music", "bob"],
        ),
        _alice(takes=4, back=2, hears=["customer"]),
        PartyPlan(name="saul", plays="declines", set={"ring_ms": 500}, is_called=1),
        PartyPlan(name="bob", plays="answers", set={"ring_ms": 300}, hears=["customer"]),
    ],
    thread=ExpectedThread(
        legs=[
            {"role": "customer", "end_reason": "completed"},
            {"rep": "alice", "end_reason": "transferred"},
            {"rep": "bob", "end_reason": "completed", "why": "fallback"},
        ],
        transfers=[{"from": "alice", "to": "saul", "outcome": "declined"}],
        recalls=[{"to": "alice", "outcome": "declined"}] * 3,
        fallbacks=[{"from": "alice", "to": "olympia", "outcome": "answered"}],
    ),
    frees_everybody=True,
)
_PRESSES_NOTHING = Scenario(
    folder=Path("called_back") / "presses_nothing",
    summary="""
alice transfers a customer and leaves, saul declines. She is called back, answers, hears the menu,
and presses nothing: after a while she has the customer again.""",
    party=[
        PartyPlan(
            name="customer",
            side="trunk",
            dials="alice",
            plays="customer_is_prompted",
            hangs_up_after="alice: 2x 200 INVITE",
            hangs_up_after_s=4.5,
            hears=["alice", "music", "alice"],
        ),
        _alice(takes=2, hears=["customer", "noise", "customer"]),
        PartyPlan(name="saul", plays="declines", set={"ring_ms": 500}, is_called=1),
    ],
    thread=ExpectedThread(
        legs=[
            {"role": "customer", "end_reason": "completed"},
            {"rep": "alice", "end_reason": "transferred"},
            {"rep": "alice", "end_reason": "completed", "why": "recall"},
        ],
        transfers=[{"from": "alice", "to": "saul", "outcome": "declined"}],
        recalls=[{"to": "alice", "outcome": "resumed"}],
        fallbacks=[],
    ),
    frees_everybody=True,
)
_MENU_S = 2
_PAUSE_S = 1.5
_DECLINE = 603


@pytest.mark.parametrize("played", [_IS_FREE_AGAIN], ids=lambda played: played.name)
async def test_a_transferor_is_not_rung_into_another_call(
    played: Scenario, perform: Perform
) -> None:
    performance = await perform(played)

    assert not performance.failures, told(performance)
    carol = performance.parties["carol"].messages
    hung_up_s = next(m.at_s for m in carol if m.is_sent and m.method == "BYE")
    *_, back_s = _rung_at_s(performance, "alice").values()
    assert back_s > hung_up_s


def _rung_at_s(performance: Performance, name: str) -> dict[str, float]:
    """Return when each call reached a party, in order."""
    rung: dict[str, float] = {}
    for message in performance.parties[name].messages:
        if message.is_request and message.method == "INVITE" and not message.is_sent:
            rung.setdefault(message.call_id, message.at_s)
    return rung


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brief(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandingSwitch]:
    """A switch that waits for nobody for long."""
    recall = RecallSettings(
        wait_s=2,
        retries=2,
        pause_s=_PAUSE_S,
        menu=True,
        menu_s=_MENU_S,
        fallback=("own_territory",),
    )
    async with standing(tmp_path_factory.mktemp("brief") / "switch", recall=recall) as running:
        yield running


async def test_who_is_on_another_call_for_too_long_is_not_rung_at_all(
    brief: StandingSwitch, traces: Path
) -> None:
    performance = await play(_WAIT_OVER, brief, traces, contact=HOUSE.contact(0))

    assert not performance.failures, told(performance)


async def test_who_declines_is_called_again_after_a_pause_and_then_somebody_else_is(
    brief: StandingSwitch, traces: Path
) -> None:
    performance = await play(_TWICE_IN_VAIN, brief, traces, contact=HOUSE.contact(1))

    assert not performance.failures, told(performance)
    declined_s: dict[str, float] = {}
    for message in performance.parties["alice"].messages:
        if message.is_sent and message.status == _DECLINE:
            declined_s.setdefault(message.call_id, message.at_s)
    _first, _back, *again_s = _rung_at_s(performance, "alice").values()
    before_s = list(declined_s.values())[:-1]
    assert len(again_s) == len(before_s)
    assert all(
        rung - declined >= _PAUSE_S for declined, rung in zip(before_s, again_s, strict=True)
    )


async def test_who_answers_and_presses_nothing_resumes(brief: StandingSwitch, traces: Path) -> None:
    performance = await play(_PRESSES_NOTHING, brief, traces, contact=HOUSE.contact(2))

    assert not performance.failures, told(performance)
