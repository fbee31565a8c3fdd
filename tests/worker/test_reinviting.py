"""Our own re-INVITEs: when they are sent, sent again, and no longer wanted."""

from __future__ import annotations

import asyncio

import pytest

from switch.call.commands import (
    AnswerReinvite,
    JoinLegs,
)
from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.worker.facts import ReinviteAnswered
from switch.worker.moving import MoveLeg
from switch.worker.reinviting import ReinviteRefused, Reinvites
from tests.contract.media.phones import codecs_in, port_in, sdp_of
from tests.run.processes import until
from tests.worker.fakes import FakeStack
from tests.worker.scene import ALICE, CUSTOMER, SAUL, Scene, place, talking

OLD, NEW = "v=0 old", "v=0 new"


class Clerk:
    """Re-INVITEs of a conversation, with nothing real around them, and no waiting but for 0 s."""

    def __init__(self, *, steps: int = 0) -> None:
        self.stack = FakeStack()
        self.told: list[tuple[LegId, str]] = []
        self.notices: list[SwitchError] = []
        self.drawn: list[tuple[int, int]] = []
        self._steps = steps
        self.reinvites = Reinvites(
            self.stack,
            next_to_tell=lambda _leg_id, sdp: sdp,
            told=lambda leg_id, sdp: self.told.append((leg_id, sdp)),
            refused=lambda _leg_id, error: self.notices.append(error),
            draw=self._draw,
        )

    def _draw(self, least: int, most: int) -> int:
        self.drawn.append((least, most))
        return self._steps

    @property
    def sent(self) -> list[str]:
        return [said["sdp"] for deed, _leg_id, said in self.stack.done if deed == "reinvite"]


async def test_what_a_phone_takes_it_has_been_told() -> None:
    clerk = Clerk()

    clerk.reinvites.send(CUSTOMER, NEW)
    assert (clerk.sent, clerk.told) == ([NEW], [])
    clerk.reinvites.answered(CUSTOMER, 200)

    assert clerk.told == [(CUSTOMER, NEW)]
    assert clerk.notices == []


@pytest.mark.parametrize(("called", "band"), [(False, (0, 200)), (True, (210, 400))])
async def test_after_a_glare_it_is_sent_again_later_if_the_call_id_is_ours(
    *, called: bool, band: tuple[int, int]
) -> None:
    """RFC 3261 §14.1: in hundredths of a second."""
    clerk = Clerk()
    if called:
        clerk.stack.called.add(CUSTOMER)
    clerk.reinvites.send(CUSTOMER, NEW)

    clerk.reinvites.answered(CUSTOMER, 491)

    assert clerk.sent == [NEW]
    await until(lambda: clerk.sent == [NEW, NEW])
    assert clerk.drawn == [band]
    clerk.reinvites.answered(CUSTOMER, 200)
    assert clerk.told == [(CUSTOMER, NEW)]


async def test_what_comes_up_while_one_is_on_its_way_is_sent_behind_it() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, OLD)

    clerk.reinvites.send(CUSTOMER, NEW)
    assert clerk.sent == [OLD]
    clerk.reinvites.answered(CUSTOMER, 200)

    assert clerk.sent == [OLD, NEW]
    clerk.reinvites.answered(CUSTOMER, 200)
    assert clerk.told == [(CUSTOMER, OLD), (CUSTOMER, NEW)]


async def test_after_a_glare_the_latest_is_sent() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, OLD)
    clerk.reinvites.send(CUSTOMER, NEW)

    clerk.reinvites.answered(CUSTOMER, 491)

    await until(lambda: clerk.sent == [OLD, NEW])


async def test_a_refused_one_does_not_keep_the_next_back() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, OLD)
    clerk.reinvites.send(CUSTOMER, NEW)

    clerk.reinvites.answered(CUSTOMER, 488)

    assert clerk.sent == [OLD, NEW]


async def test_what_is_no_longer_wanted_is_not_sent_again() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)
    clerk.reinvites.answered(CUSTOMER, 491)

    clerk.reinvites.drop(CUSTOMER)

    over = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, over.set)
    await over.wait()
    assert clerk.sent == [NEW]


async def test_what_was_dropped_while_it_was_on_its_way_is_not_sent_again() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)
    clerk.reinvites.drop(CUSTOMER)

    clerk.reinvites.answered(CUSTOMER, 491)

    assert clerk.drawn == []


async def test_while_a_phone_waits_for_an_answer_of_ours_it_is_asked_nothing() -> None:
    clerk = Clerk()
    clerk.stack.waiting.add(CUSTOMER)

    clerk.reinvites.send(CUSTOMER, NEW)
    assert clerk.sent == []
    clerk.stack.waiting.clear()

    await until(lambda: clerk.sent == [NEW])


async def test_a_leg_that_is_over_is_told_nothing() -> None:
    clerk = Clerk()
    clerk.stack.over.add(CUSTOMER)

    clerk.reinvites.send(CUSTOMER, NEW)

    assert (clerk.sent, clerk.drawn, clerk.notices) == ([], [], [])


@pytest.mark.parametrize("status", [408, 481])
async def test_the_end_of_a_dialog_is_the_end_of_asking(status: int) -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)

    clerk.reinvites.answered(CUSTOMER, status)

    assert (clerk.told, clerk.notices, clerk.drawn) == ([], [], [])


@pytest.mark.parametrize("status", [400, 488, 500, 503, 603])
async def test_any_other_refusal_is_noted_and_that_is_all(status: int) -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)

    clerk.reinvites.answered(CUSTOMER, status)

    assert [str(error) for error in clerk.notices] == [str(ReinviteRefused(sip_status=status))]
    assert str(status) in str(clerk.notices[0])
    assert (clerk.sent, clerk.told) == ([NEW], [])


async def test_a_phone_that_says_491_for_ever_is_asked_a_few_times() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)

    for tries in range(1, 11):
        clerk.reinvites.answered(CUSTOMER, 491)
        await until(lambda tries=tries: len(clerk.sent) == tries + 1)  # type: ignore[misc]
    clerk.reinvites.answered(CUSTOMER, 491)

    [error] = clerk.notices
    assert isinstance(error, ReinviteRefused)
    assert error.sip_status == 491


async def test_an_answer_that_nobody_waits_for_means_nothing() -> None:
    clerk = Clerk()

    clerk.reinvites.answered(CUSTOMER, 200)

    assert clerk.told == []


async def test_nothing_is_sent_when_all_is_over() -> None:
    clerk = Clerk()
    clerk.reinvites.send(CUSTOMER, NEW)
    clerk.reinvites.answered(CUSTOMER, 491)

    clerk.reinvites.close()

    over = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, over.set)
    await over.wait()
    assert clerk.sent == [NEW]


# ------------------------------------------------------------ as the conversation wants them


async def changed() -> Scene:
    """Return a scene in which the customer has just been told of other media."""
    scene = await talking()
    await scene.perform(place(SAUL, keep_codecs=True))
    scene.media.told_by(SAUL, sdp_of(4004, codecs="8"))
    scene.stack.done.clear()
    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))
    return scene


async def test_a_transferee_whose_media_changed_gets_a_reinvite() -> None:
    scene = await changed()

    deed, leg_id, said = scene.last
    assert (deed, leg_id) == ("reinvite", CUSTOMER)
    assert codecs_in(said["sdp"]) == ("PCMA",)
    assert scene.media.told_to(CUSTOMER) != said["sdp"], "he has not taken it yet"

    scene.performer.reinvited(ReinviteAnswered(leg_id=CUSTOMER, sip_status=200, sdp=None))
    assert scene.media.told_to(CUSTOMER) == said["sdp"]


async def test_a_glare_ends_no_call() -> None:
    scene = await changed()

    scene.performer.reinvited(ReinviteAnswered(leg_id=CUSTOMER, sip_status=491, sdp=None))

    assert scene.stack.deeds == ["reinvite"]
    assert scene.notices == []


async def test_one_whose_own_reinvite_waits_is_told_in_its_answer() -> None:
    scene = await talking()
    await scene.perform(place(SAUL, keep_codecs=True))
    scene.media.told_by(SAUL, sdp_of(4004, codecs="8"))
    scene.stack.waiting.add(CUSTOMER)
    scene.stack.done.clear()

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))
    assert scene.stack.done == []
    scene.stack.waiting.clear()
    await scene.perform(AnswerReinvite(leg_id=CUSTOMER, peer=SAUL))

    assert scene.stack.deeds == ["answer_reinvite"]
    assert codecs_in(scene.last[2]["sdp"]) == ("PCMA",)
    assert scene.notices == []


async def test_a_refused_reinvite_is_sent_again_the_next_time_it_is_needed() -> None:
    scene = await changed()
    scene.performer.reinvited(ReinviteAnswered(leg_id=CUSTOMER, sip_status=488, sdp=None))
    [(what, why)] = scene.notices
    assert what == "re-INVITE"
    assert "488" in why

    await scene.perform(JoinLegs(leg_id=CUSTOMER, peer=SAUL))

    assert scene.stack.deeds == ["reinvite", "reinvite"]


async def test_where_a_party_says_it_is_now_the_media_server_is_told() -> None:
    scene = await talking()
    scene.media.told_by(CUSTOMER, sdp_of(4100))
    told = scene.media.told_to(CUSTOMER)

    await scene.perform(MoveLeg(leg_id=CUSTOMER, peer=ALICE))

    [(_offer, offer), (_answer, answer)] = scene.server.asked
    assert (offer["from_tag"], port_in(offer["sdp"])) == (CUSTOMER, 4100)
    assert (answer["to_tag"], port_in(answer["sdp"])) == (ALICE, 4002)
    assert scene.media.told_to(CUSTOMER) == told


async def test_a_party_whose_peer_has_said_nothing_yet_moves_nothing() -> None:
    scene = await talking()

    await scene.perform(MoveLeg(leg_id=CUSTOMER, peer=SAUL))

    assert scene.server.asked == []
    assert scene.notices == []
