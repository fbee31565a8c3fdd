from __future__ import annotations

from typing import Any

from switch.call.ids import LegId
from switch.records.leg import Quality
from switch.worker.listening import heard_in

ALICE = LegId("alice")


def answer(**source: Any) -> dict[str, Any]:
    """Return what rtpengine says of alice, in its own words."""
    return {
        "result": "ok",
        "SSRC": {"77": {"average MOS": source}} if source else {},
        "tags": {
            "alice": {
                "medias": [
                    {
                        "type": "audio",
                        "codec": "PCMU/8000",
                        "streams": [
                            {"SSRC": 77, "flags": ["RTP"], "stats": {"packets": 200}},
                            {"SSRC": 77, "flags": ["RTCP"], "stats": {"packets": 15}},
                        ],
                    }
                ]
            }
        },
    }


REPORTED = {
    "MOS": 44,
    "round-trip time": 722,
    "round-trip time leg": 61_900,
    "jitter": 3,
    "packet loss": 2,
    "samples": 3,
}


def test_what_a_phone_reports_is_how_well_its_party_hears() -> None:
    heard = heard_in(answer(**REPORTED))[ALICE]

    assert heard.quality == Quality(
        packets=200, lost_pct=2.0, jitter_ms=3.0, round_trip_ms=61.9, mos=4.4
    )
    assert (heard.codec, heard.any_packets) == ("PCMU", 215)


def test_of_a_phone_that_reports_nothing_the_packets_are_known() -> None:
    assert heard_in(answer())[ALICE].quality == Quality(packets=200)
    assert heard_in(answer(**REPORTED | {"samples": 0}))[ALICE].quality == Quality(packets=200)


def test_what_cannot_be_computed_yet_is_not_known() -> None:
    quality = heard_in(answer(**REPORTED | {"MOS": 0, "round-trip time leg": 0}))[ALICE].quality

    assert (quality.mos, quality.round_trip_ms, quality.lost_pct) == (None, None, 2.0)


def test_a_leg_without_media_has_sent_nothing() -> None:
    heard = heard_in({"tags": {"alice": {}}})[ALICE]

    assert (heard.any_packets, heard.codec, heard.quality) == (0, None, Quality(packets=0))


def test_an_answer_that_cannot_be_read_says_nothing() -> None:
    assert heard_in({"tags": "none"}) == {}
