"""What each leg may speak, and how two that differ are joined."""

from __future__ import annotations

import pytest

from switch.call.ids import LegId
from switch.call.target import MediaPolicy
from switch.media.ng import MediaError
from switch.worker.codecs import Codecs
from switch.worker.descriptions import is_less, limited
from switch.worker.told import Told
from tests.contract.media.phones import codecs_in, sdp_of

ALICE, BOB = LegId("alice"), LegId("bob")
EVENTS = "telephone-event"


def codecs(said: str | None = None, told: str | None = None, *, transcode: bool = True) -> Codecs:
    """Return those of a conversation in which Alice has said this, and was told that."""
    known = Told()
    if said is not None:
        known.says(ALICE, sdp_of(4000, codecs=said))
    if told is not None:
        known.tell(ALICE, sdp_of(4002, codecs=told))
    return Codecs(known, codecs=("PCMU", "PCMA"), transcode=transcode)


def test_who_has_no_list_of_his_own_is_offered_what_everybody_is() -> None:
    found = codecs()
    assert found.wanted_of(ALICE) == ("PCMU", "PCMA")

    found.obey(ALICE, MediaPolicy(codecs=("opus",)))
    assert found.wanted_of(ALICE) == ("opus",)
    assert found.agreed_with(ALICE) == ("opus",), "before anything was said"


def test_what_a_caller_offers_counts_in_our_order_as_far_as_he_may() -> None:
    found = codecs("9 8 0")
    assert found.spoken_by(ALICE) == ("PCMU", "PCMA")

    found.obey(ALICE, MediaPolicy(codecs=("G722", "PCMA")))
    assert found.spoken_by(ALICE) == ("G722", "PCMA")


def test_one_who_has_none_of_our_codecs_may_come_with_his_own_if_it_can_be_turned() -> None:
    found = codecs("9 18")
    assert found.spoken_by(ALICE) == ("G722", "G729")

    found.obey(ALICE, MediaPolicy(codecs=("PCMU",)))
    assert found.spoken_by(ALICE) == (), "his list is a law"
    assert codecs("9 18", transcode=False).spoken_by(ALICE) == ()


def test_agreed_is_what_was_answered_and_the_first_of_it_is_in_use() -> None:
    assert codecs("8 0 9", told="0 8").agreed_with(ALICE) == ("PCMU", "PCMA")
    assert codecs(told="0 8").agreed_with(ALICE) == ("PCMU", "PCMA")
    # A re-INVITE with another codec, which we have not answered yet.
    assert codecs("8", told="0").agreed_with(ALICE) == ("PCMA",)


def test_what_a_phone_answers_to_our_offer_is_in_its_order() -> None:
    known = Told()
    known.offer(ALICE, sdp_of(4002, codecs="0 8"))
    known.says(ALICE, sdp_of(4000, codecs="8 0"))
    found = Codecs(known, codecs=("PCMU",), transcode=True)

    assert found.agreed_with(ALICE) == ("PCMA", "PCMU")


def test_what_both_have_comes_first_and_the_rest_is_turned() -> None:
    joined = codecs().to_join(("PCMA", "opus"), ("PCMU", "opus", "PCMA", "iLBC"), of=BOB, to=ALICE)

    assert joined == {
        "mask": ["all"],
        "offer": ["opus", "PCMA", EVENTS],
        "transcode": ["PCMU"],
    }


def test_without_anything_to_turn_the_rest_is_not_there() -> None:
    only_common = {"strip": ["all"], "offer": ["PCMA", EVENTS]}

    assert (
        codecs(transcode=False).to_join(("PCMA",), ("PCMU", "PCMA"), of=BOB, to=ALICE)
        == only_common
    )
    assert codecs().to_join(("PCMA",), ("PCMA",), of=BOB, to=ALICE) == only_common


def test_who_sends_keys_as_tones_is_offered_no_events_and_they_are_taken_all_the_same() -> None:
    found = codecs("0")
    found.obey(ALICE, MediaPolicy(dtmf="inband"))

    assert found.to_join(("PCMU",), ("PCMU",), of=BOB, to=ALICE) == {
        "strip": ["all"],
        "offer": ["PCMU"],
        "consume": [EVENTS],
    }
    assert found.are_turned(ALICE, BOB)


def test_one_who_is_called_by_him_is_offered_events_first_of_what_is_turned() -> None:
    found = codecs("0")
    found.obey(ALICE, MediaPolicy(dtmf="inband"))

    assert found.to_join(("PCMU",), ("PCMA", "PCMU"), of=ALICE, to=BOB) == {
        "mask": ["all"],
        "offer": ["PCMU"],
        "transcode": [EVENTS, "PCMA"],
    }
    found.obey(BOB, MediaPolicy(dtmf="inband"))
    assert not found.are_turned(ALICE, BOB), "tones are tones to both"


@pytest.mark.parametrize(
    ("spoken", "transcode"), [(("PCMA",), False), (("iLBC",), True), ((), True)]
)
def test_what_cannot_be_joined_is_an_error(spoken: tuple[str, ...], transcode: bool) -> None:
    with pytest.raises(MediaError, match="no codec joins"):
        codecs(transcode=transcode).to_join(spoken, ("PCMU",), of=BOB, to=ALICE)


def test_a_limited_description_has_these_codecs_in_this_order_and_its_keys() -> None:
    sdp = sdp_of(4000, codecs="0 9 96").replace("a=sendrecv", "a=rtpmap:96 opus/48000/2")
    sdp += "a=fmtp:96 useinbandfec=1\r\n"

    less = limited(sdp, ("G722", "PCMU"))

    assert codecs_in(less) == ("G722", "PCMU")
    assert "m=audio 4000 RTP/AVP 9 0 101\r\n" in less
    assert ":96 " not in less
    assert ":101 telephone-event" in less
    assert limited("v=0\r\nm=video 9 RTP/AVP 31\r\n", ("PCMU",)).endswith(" 31\r\n")


def test_a_phone_need_not_hear_that_a_codec_it_does_not_use_is_gone() -> None:
    before = sdp_of(4000, codecs="0 8")

    assert is_less(before, sdp_of(4000, codecs="0"), ("PCMU", "PCMA"))
    assert is_less(before, before, ())
    assert not is_less(before, sdp_of(4000, codecs="8"), ("PCMU", "PCMA"))
    assert not is_less(before, sdp_of(4000, codecs="8 0 9"), ("PCMU", "PCMA"))
    assert not is_less(before, sdp_of(4002, codecs="0"), ("PCMU", "PCMA"))


def test_keys_are_limited_to_those_of_another_description() -> None:
    sdp = sdp_of(4000) + "a=rtpmap:102 telephone-event/48000\r\n"
    sdp = sdp.replace(" 0 101", " 0 101 102")

    assert " 0 101\r\n" in limited(sdp, ("PCMU",), like=sdp_of(4002))
    assert " 0\r\n" in limited(sdp, ("PCMU",), like="v=0\r\n")
