"""Descriptions that cannot be taken."""

from __future__ import annotations

import os

import pytest

from switch.call.ids import LegId
from switch.call.target import MediaPolicy
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Invited,
    Provisional,
    ReinviteAnswered,
    Reinvited,
)
from switch.worker.scrutiny import Scrutiny
from tests.contract.media.phones import sdp_of
from tests.worker.fakes import FakeStack

ALICE = LegId("alice")
PLAIN = sdp_of(4000)
SECURE = sdp_of(4000, master=os.urandom(30))
BESIDE = SECURE.replace("RTP/SAVP", "RTP/AVP")
REQUIRED = MediaPolicy(srtp="required")


class Bench:
    """A scrutiny and what it does."""

    def __init__(self, policy: MediaPolicy = REQUIRED, *, before: str | None = None) -> None:
        self.stack = FakeStack()
        self.notices: list[str] = []
        self.scrutiny = Scrutiny(
            self.stack,
            said_by=lambda _leg_id: before,
            policy_of=lambda _leg_id: policy,
            notice=lambda _level, event: self.notices.append(event),
        )

    @property
    def done(self) -> list[tuple[str, int]]:
        return [(deed, said["sip_status"]) for deed, _leg_id, said in self.stack.done]


@pytest.mark.parametrize("sdp", [SECURE, BESIDE])
def test_what_is_encrypted_passes(sdp: str) -> None:
    bench = Bench()

    assert bench.scrutiny.passes(Invited(leg_id=ALICE, sdp=sdp))
    assert bench.scrutiny.passes(Answered(leg_id=ALICE, sdp=sdp))
    assert bench.done == []


@pytest.mark.parametrize(
    "fact",
    [
        Invited(leg_id=ALICE, sdp=PLAIN),
        Invited(leg_id=ALICE, sdp=None),
        Provisional(leg_id=ALICE, sip_status=183, sdp=PLAIN),
        Answered(leg_id=ALICE, sdp=PLAIN),
    ],
)
def test_what_is_plain_ends_the_call_where_encryption_is_required(
    fact: Invited | Provisional | Answered,
) -> None:
    bench = Bench()

    assert not bench.scrutiny.passes(fact)

    assert bench.done == [("hang_up", 488)]
    assert bench.scrutiny.refused == {ALICE}
    assert bench.notices == ["leg.unencrypted_refused"]
    assert Bench(MediaPolicy(srtp="optional")).scrutiny.passes(fact)


def test_a_ringing_without_a_description_says_nothing_of_encryption() -> None:
    assert Bench().scrutiny.passes(Provisional(leg_id=ALICE, sip_status=180, sdp=None))
    assert Bench().scrutiny.passes(Disconnected(leg_id=ALICE, by_party=True, sip_status=200))


def test_who_has_encrypted_cannot_be_made_to_stop() -> None:
    bench = Bench(MediaPolicy(), before=SECURE)

    assert not bench.scrutiny.passes(Reinvited(leg_id=ALICE, sdp=PLAIN))

    assert bench.done == [("refuse_reinvite", 488)]
    assert bench.scrutiny.refused == set()
    assert bench.scrutiny.passes(Reinvited(leg_id=ALICE, sdp=SECURE))
    assert bench.scrutiny.passes(Reinvited(leg_id=ALICE, sdp=None))


@pytest.mark.parametrize(
    "fact",
    [
        Acknowledged(leg_id=ALICE, sdp=PLAIN),
        ReinviteAnswered(leg_id=ALICE, sip_status=200, sdp=PLAIN),
        ReinviteAnswered(leg_id=ALICE, sip_status=200, sdp="no description"),
    ],
)
def test_who_answers_our_offer_of_encryption_without_it_is_hung_up_on(
    fact: Acknowledged | ReinviteAnswered,
) -> None:
    bench = Bench(MediaPolicy(), before=SECURE)

    assert not bench.scrutiny.passes(fact)

    assert bench.done == [("hang_up", 488)]


def test_who_never_encrypted_may_go_on_so() -> None:
    bench = Bench(MediaPolicy(), before=PLAIN)

    assert bench.scrutiny.passes(Reinvited(leg_id=ALICE, sdp=PLAIN))
