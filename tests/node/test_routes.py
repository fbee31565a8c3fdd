"""The dialplan's answers in the words of call control."""

from __future__ import annotations

import dataclasses

import pytest

from dialplan import Dtmf, OutsideRoute, Refusal, RepRoute, Srtp, TerritoryRoute, hops_to
from switch.call.target import MediaPolicy, Party, Target
from switch.call.target import Refusal as RefusedTarget
from switch.config import ResponseTimes
from switch.node.routes import (
    longest_hunt_s,
    presented,
    refused_target,
    rep_party,
    target_of,
    transfer_target_of,
    trunk_media,
)
from tests.dialplan.samples import ALICE, PSTN, SAUL, SEATTLE, plan

RESPONSE = ResponseTimes.of(20)
NUMBER = "+12065550100"
OUT = OutsideRoute(number=NUMBER, hops=hops_to([PSTN], NUMBER))
TO_SAUL = RepRoute(rep="saul", extension="102", display_name="Saul Berg")
TO_SEATTLE = TerritoryRoute(territory="seattle", extension="801", display_name="Seattle")
ALICES = Party(role="rep", rep="alice", number="101", name="Alice Moreno")
SAULS = Party(role="rep", rep="saul", number="102", name="Saul Berg")


def test_a_rep_is_dialled_by_name() -> None:
    assert target_of(plan(), TO_SAUL, response=RESPONSE) == Target(
        user="saul", kind="rep", rep="saul", number="102", name="Saul Berg"
    )


def test_an_outside_number_is_dialled_as_it_is_and_shown_what_the_policy_says() -> None:
    assert target_of(plan(), OUT, response=RESPONSE, shown="+14805550100") == Target(
        user=NUMBER, kind="outside", number=NUMBER, trunk="pstn", shown="+14805550100"
    )


def test_a_territory_is_dialled_by_name_and_any_of_its_members_may_answer() -> None:
    assert target_of(plan(), TO_SEATTLE, response=RESPONSE) == Target(
        user="seattle",
        kind="territory",
        number="801",
        name="Seattle",
        territory="seattle",
        members=(SAULS,),
        ring_s=SEATTLE.ring_s + 5,
    )


@pytest.mark.parametrize(
    ("alices", "sauls", "offered"),
    [
        (Srtp.OFF, Srtp.OFF, "off"),
        (Srtp.OFF, Srtp.OPTIONAL, "optional"),
        (Srtp.REQUIRED, Srtp.REQUIRED, "required"),
    ],
)
def test_a_territory_is_offered_what_fits_all_its_reps(
    alices: Srtp, sauls: Srtp, offered: str
) -> None:
    reps = (dataclasses.replace(ALICE, srtp=alices), dataclasses.replace(SAUL, srtp=sauls))
    seattle = dataclasses.replace(SEATTLE, on_no_answer="alice")
    mixed = dataclasses.replace(plan(), reps=reps, territories=(seattle,))

    assert target_of(mixed, TO_SEATTLE, response=RESPONSE).media.srtp == offered


def test_a_territory_of_browsers_is_offered_what_browsers_take() -> None:
    browsers = dataclasses.replace(plan(), reps=(ALICE, dataclasses.replace(SAUL, webrtc=True)))

    assert target_of(browsers, TO_SEATTLE, response=RESPONSE).media.webrtc
    assert target_of(browsers, TO_SAUL, response=RESPONSE).media.webrtc


def test_a_territory_that_overflows_to_a_rep_rings_longer_and_he_may_answer_too() -> None:
    seattle = dataclasses.replace(SEATTLE, on_no_answer="alice")
    overflowing = dataclasses.replace(plan(), territories=(seattle,))

    target = target_of(overflowing, TO_SEATTLE, response=RESPONSE)

    assert target.members == (SAULS, ALICES)
    assert target.ring_s == SEATTLE.ring_s + 20 + 5


def test_a_territory_that_overflows_to_another_has_the_members_of_both_once() -> None:
    seattle = dataclasses.replace(SEATTLE, on_no_answer="arizona")
    arizona = dataclasses.replace(
        SEATTLE, name="arizona", extension="802", members=("alice", "saul"), on_no_answer=NUMBER
    )
    overflowing = dataclasses.replace(plan(), territories=(seattle, arizona))

    target = target_of(overflowing, TO_SEATTLE, response=RESPONSE)

    assert target.members == (SAULS, ALICES)
    assert target.ring_s == seattle.ring_s + arizona.ring_s + 20 + 5


def test_a_refusal_says_what_was_asked_for() -> None:
    refusal = Refusal(status=404, reason="Not Found", why="nobody of that name")

    expected = RefusedTarget(user="nobody", sip_status=404, why="nobody of that name")
    assert refused_target(refusal, "nobody") == expected


def test_a_rep_is_shown_with_extension_and_name() -> None:
    assert rep_party(plan(), ALICE.name) == ALICES
    assert rep_party(plan(), SAUL.name) == SAULS


def test_a_rep_who_is_in_no_file_any_more_is_shown_by_name_alone() -> None:
    assert rep_party(plan(), "gone") == Party(role="rep", rep="gone")


def test_a_customer_is_shown_as_he_is() -> None:
    customer = Party(role="customer", number=NUMBER, trunk="pstn")

    for route in (TO_SAUL, TO_SEATTLE, OUT):
        assert presented(customer, target_of(plan(), route, response=RESPONSE)) is customer


def test_inside_a_rep_is_himself() -> None:
    for route in (TO_SAUL, TO_SEATTLE):
        assert presented(ALICES, target_of(plan(), route, response=RESPONSE)) is ALICES


def test_outside_a_rep_is_only_whom_the_policy_shows() -> None:
    for shown in ("+14805550199", None):
        target = target_of(plan(), OUT, response=RESPONSE, shown=shown)

        assert presented(ALICES, target) == Party(role="rep", rep="alice", number=shown)


TIMES = ResponseTimes(rep=11, territory=33, outside=22)


def test_each_kind_of_transfer_target_may_ring_for_a_time_of_its_own() -> None:
    for route, ring_s in ((TO_SAUL, 11), (OUT, 22)):
        assert transfer_target_of(plan(), route, response=TIMES).ring_s == ring_s


def test_a_hunt_that_is_over_in_time_ends_by_itself() -> None:
    assert SEATTLE.ring_s == 30

    target = transfer_target_of(plan(), TO_SEATTLE, response=TIMES)

    assert target.ring_s == 30 + 5


@pytest.mark.parametrize(("overflow", "longest_s"), [("alice", 41), (NUMBER, 52)])
def test_a_hunt_that_would_ring_for_longer_is_ended(overflow: str, longest_s: float) -> None:
    seattle = dataclasses.replace(SEATTLE, on_no_answer=overflow)
    overflowing = dataclasses.replace(plan(), territories=(seattle,))

    assert longest_hunt_s(overflowing, "seattle", TIMES) == longest_s
    assert transfer_target_of(overflowing, TO_SEATTLE, response=TIMES).ring_s == 33
    assert target_of(overflowing, TO_SEATTLE, response=TIMES).ring_s == longest_s + 5


def test_the_codecs_of_a_rep_go_with_him_and_those_of_a_trunk_with_its_calls() -> None:
    saul = dataclasses.replace(SAUL, codecs=("opus",))
    pstn = dataclasses.replace(PSTN, codecs=("PCMA",))
    limited = dataclasses.replace(plan(), reps=(ALICE, saul), trunks=(pstn,))

    assert target_of(limited, TO_SAUL, response=RESPONSE).media == MediaPolicy(codecs=("opus",))
    assert rep_party(limited, "saul").media == MediaPolicy(codecs=("opus",))
    assert target_of(limited, OUT, response=RESPONSE).media == MediaPolicy(codecs=("PCMA",))
    assert trunk_media(limited, "pstn") == MediaPolicy(codecs=("PCMA",))
    assert trunk_media(limited, "gone") == MediaPolicy()


@pytest.mark.parametrize(
    ("alices", "sauls", "told"),
    [
        (Dtmf.INBAND, Dtmf.INBAND, "inband"),
        (Dtmf.INBAND, Dtmf.RFC4733, "rfc4733"),
    ],
)
def test_all_of_a_territory_send_tones_or_it_is_told_of_events(
    alices: Dtmf, sauls: Dtmf, told: str
) -> None:
    reps = (dataclasses.replace(ALICE, dtmf=alices), dataclasses.replace(SAUL, dtmf=sauls))
    seattle = dataclasses.replace(SEATTLE, on_no_answer="alice")
    mixed = dataclasses.replace(plan(), reps=reps, territories=(seattle,))

    assert target_of(mixed, TO_SEATTLE, response=RESPONSE).media.dtmf == told
