import asyncio
from typing import Any, cast

from switch.demo.acts import play
from switch.demo.checks import Check
from switch.demo.party import Party
from switch.demo.scenario import Cue, PartyPlan, Scenario


class _Party:
    """Plays a part that is over when it is told so, or has begun."""

    def __init__(
        self, name: str, log: list[str], why: str | None = None, *, waits: bool = False
    ) -> None:
        self.name = name
        self.has_begun = False
        self._log = log
        self._why = why
        self._ends = asyncio.Event()
        if not waits:
            self._ends.set()

    async def start(self) -> None:
        self.has_begun = True
        self._log.append(f"{self.name} begins")

    async def finish(self, within_s: float) -> str | None:
        await asyncio.sleep(0)
        await self._ends.wait()
        self._log.append(f"{self.name} ends")
        return self._why

    async def has_seen(self, cue: Cue) -> None:
        assert cue.party == self.name
        if self._why is not None:
            await asyncio.Event().wait()

    def prompt(self) -> None:
        self._log.append(f"{self.name} is prompted")
        self._ends.set()


async def _play(*plans: PartyPlan, **whys: str) -> tuple[list[str], list[Check]]:
    log: list[str] = []
    parties = {
        plan.name: _Party(plan.name, log, whys.get(plan.name), waits=plan.end_cue is not None)
        for plan in plans
        if plan.side != "desk"
    }

    async def ask(plan: PartyPlan) -> str | None:
        log.append(f"{plan.name} asks: {plan.asks}")
        return whys.get(plan.name)

    checks = await play(
        Scenario(summary="x", party=list(plans)),
        cast("dict[str, Party]", cast("Any", parties)),
        ask,
    )
    return log, checks


async def test_phones_begin_before_callers() -> None:
    log, checks = await _play(PartyPlan(name="alice", dials="saul"), PartyPlan(name="saul"))

    assert log[:2] == ["saul begins", "alice begins"]
    assert all(check.ok for check in checks)


async def test_who_waits_for_somebody_s_end_begins_behind_it() -> None:
    log, _ = await _play(
        PartyPlan(name="bob", dials="saul", after="alice"), PartyPlan(name="alice", dials="saul")
    )

    assert log == ["alice begins", "alice ends", "bob begins", "bob ends"]


async def test_who_waits_for_a_message_begins_when_it_has_come() -> None:
    log, _ = await _play(
        PartyPlan(name="bob", after="alice: 200 INVITE"), PartyPlan(name="alice", dials="bob")
    )

    assert log.index("alice begins") < log.index("bob begins")


async def test_what_never_comes_is_said_and_not_waited_for() -> None:
    _, checks = await _play(
        PartyPlan(name="bob", after="alice: REFER"),
        PartyPlan(name="alice", dials="bob"),
        alice="it went wrong",
    )

    assert {check.what: check.got for check in checks} == {
        "alice plays his part": "it went wrong",
        "bob plays his part": "what he waited for never came",
    }


async def test_who_is_prompted_hangs_up_then() -> None:
    log, _ = await _play(
        PartyPlan(name="alice", dials="bob", hangs_up_after="bob"),
        PartyPlan(name="bob"),
    )

    assert log[-3:] == ["bob ends", "alice is prompted", "alice ends"]


async def test_who_is_at_the_desk_asks_when_his_moment_has_come() -> None:
    desk = PartyPlan(name="desk", side="desk", after="alice", asks="transfer bob")

    log, checks = await _play(PartyPlan(name="alice", dials="bob"), desk, desk="404")

    assert log[-1] == "desk asks: transfer bob"
    assert {check.what: check.got for check in checks if not check.ok} == {
        "desk plays his part": "404"
    }


async def test_what_the_desk_waits_for_may_never_come() -> None:
    desk = PartyPlan(name="desk", side="desk", after="alice: 2x INVITE", asks="resume")

    log, checks = await _play(PartyPlan(name="alice", dials="bob"), desk, alice="it went wrong")

    assert "desk asks: resume" not in log
    assert sorted(check.got for check in checks) == [
        "it went wrong",
        "what he waited for never came",
    ]
