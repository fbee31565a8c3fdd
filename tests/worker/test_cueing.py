"""Cues: who hears which, what it costs those who talk, and that nobody stays unheard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from switch.call.commands import PauseRecording, StartRecording, StopRecording
from switch.call.ids import ConversationId, LegId
from switch.call.recording import NO_POLICY
from switch.errors import SwitchError
from switch.wire.nursery import Confirmations, RecordingSettings
from switch.worker.cueing import Cueing, Cues, Wish
from switch.worker.relay import Relay
from tests.contract.media.phones import sdp_of
from tests.run.processes import until
from tests.worker.fakes import FakeMediaServer

ALICE, CUSTOMER = LegId("alice"), LegId("customer")
BOTH = {ALICE: CUSTOMER, CUSTOMER: ALICE}
CONFIRMED = Confirmations(recorded="/up", unrecorded="/down", paused="/twice")


@dataclass
class Talk:
    """Two who talk."""

    server: FakeMediaServer = field(default_factory=FakeMediaServer)
    muted: set[LegId] = field(default_factory=set)
    music: set[LegId] = field(default_factory=set)
    noticed: list[SwitchError] = field(default_factory=list)

    async def begin(self) -> Cues:
        relay = Relay(self.server, ConversationId("c1"))
        await self.server.request(
            "offer", call_id="c1", from_tag=CUSTOMER, to_tag=ALICE, sdp=sdp_of(9)
        )
        self.server.asked.clear()
        return Cues(relay, muted=self.muted, music=self.music)

    def cueing(self, cues: Cues, announcement: str, confirmations: Confirmations | None) -> Cueing:
        settings = RecordingSettings(
            spool="/nowhere",
            ending="flac",
            policy=NO_POLICY,
            announcement=announcement,
            beep="/beep" if announcement else "",
            confirmations=confirmations,
        )
        return Cueing(settings, cues=cues, noticed=lambda _what, error: self.noticed.append(error))

    @property
    def asked(self) -> list[tuple[str, LegId]]:
        return [(command, fields["from_tag"]) for command, fields in self.server.asked]

    @property
    def played(self) -> list[tuple[LegId, str]]:
        asked = [fields for command, fields in self.server.asked if command == "play media"]
        return [(fields["from_tag"], fields["file"]) for fields in asked]


async def test_each_hears_it_in_the_place_of_the_other() -> None:
    talk = Talk()
    cues = await talk.begin()

    await cues.play("/beep", BOTH)

    assert talk.asked == [
        ("block media", CUSTOMER),
        ("block media", ALICE),
        ("play media", ALICE),
        ("play media", CUSTOMER),
        ("unblock media", CUSTOMER),
        ("unblock media", ALICE),
    ]


async def test_who_hears_music_hears_no_cue_and_who_is_muted_stays_so() -> None:
    talk = Talk(muted={ALICE}, music={CUSTOMER})
    cues = await talk.begin()

    await cues.play("/beep", BOTH)
    talk.muted.add(CUSTOMER)
    await cues.play("/beep", {CUSTOMER: ALICE, ALICE: CUSTOMER})

    assert talk.played == [(ALICE, "/beep"), (ALICE, "/beep")]
    assert [one for one in talk.asked if one[1] == ALICE and "block" in one[0]] == []
    assert talk.asked.count(("unblock media", CUSTOMER)) == 1


async def test_who_is_muted_meanwhile_stays_so() -> None:
    talk = Talk()
    talk.server.lasts_ms = 50
    cues = await talk.begin()

    playing = asyncio.create_task(cues.play("/beep", {ALICE: CUSTOMER}))
    await until(lambda: bool(talk.played))
    talk.muted.add(CUSTOMER)
    await playing

    assert ("unblock media", CUSTOMER) not in talk.asked


@pytest.mark.parametrize("lasts_ms", [None, 0, "long"])
async def test_what_has_no_known_end_is_not_played(lasts_ms: object) -> None:
    talk = Talk()
    talk.server.lasts_ms = lasts_ms
    cues = await talk.begin()
    cueing = talk.cueing(cues, "/told", None)

    cueing.tell(StartRecording(), [ALICE, CUSTOMER], is_first=True)
    await until(lambda: bool(talk.noticed))

    assert "nobody knows how long /told lasts" in str(talk.noticed[0])
    assert talk.asked[-2:] == [("unblock media", CUSTOMER), ("unblock media", ALICE)]


async def test_two_cues_do_not_mix() -> None:
    talk = Talk()
    cues = await talk.begin()

    await asyncio.gather(cues.play("/a", {ALICE: CUSTOMER}), cues.play("/b", {ALICE: CUSTOMER}))

    once = [("block media", CUSTOMER), ("play media", ALICE), ("unblock media", CUSTOMER)]
    assert talk.asked == once * 2


@pytest.mark.parametrize(
    ("done", "is_first", "announcement", "heard"),
    [
        (StartRecording(), True, "/told", {(ALICE, "/told"), (CUSTOMER, "/told")}),
        (StartRecording(by_key_of=ALICE), False, "/told", {(ALICE, "/beep"), (CUSTOMER, "/beep")}),
        (StartRecording(by_key_of=ALICE), True, "", {(ALICE, "/up")}),
        (PauseRecording(by_key_of=ALICE), False, "", {(ALICE, "/twice")}),
        (StopRecording(by_key_of=ALICE), False, "/told", {(ALICE, "/down")}),
    ],
)
async def test_what_was_done_is_heard_by(
    done: Wish, is_first: bool, announcement: str, heard: set[tuple[LegId, str]]
) -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), announcement, CONFIRMED)

    cueing.tell(done, [CUSTOMER, ALICE], is_first=is_first)
    await until(lambda: len(talk.played) == len(heard))

    assert set(talk.played) == heard


@pytest.mark.parametrize(
    ("done", "talkers", "confirmations"),
    [
        (StartRecording(), [CUSTOMER, ALICE], CONFIRMED),
        (StopRecording(by_key_of=LegId("saul")), [CUSTOMER, ALICE], CONFIRMED),
        (StopRecording(by_key_of=ALICE), [CUSTOMER, ALICE], None),
        (StopRecording(by_key_of=ALICE), [ALICE], CONFIRMED),
    ],
    ids=["no key", "he has left", "unwanted", "alone"],
)
async def test_nobody_hears_of(
    done: Wish, talkers: list[LegId], confirmations: Confirmations | None
) -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), "", confirmations)

    cueing.tell(done, talkers, is_first=False)
    await asyncio.sleep(0.02)

    assert talk.asked == []


async def test_when_the_conversation_is_over_nothing_is_asked_any_more() -> None:
    talk = Talk()
    talk.server.lasts_ms = 60_000
    cueing = talk.cueing(await talk.begin(), "/told", None)
    cueing.tell(StartRecording(), [ALICE, CUSTOMER], is_first=True)
    await until(lambda: len(talk.played) == len(BOTH))

    cueing.close()
    await asyncio.sleep(0.02)

    assert talk.asked[-1][0] == "play media"
    assert talk.noticed == []


async def test_who_joins_hears_alone_that_it_is_recorded_and_only_once() -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), "/told", CONFIRMED)
    cueing.know([CUSTOMER])

    cueing.joined(CUSTOMER, ALICE)
    cueing.joined(CUSTOMER, ALICE)
    await until(lambda: ("unblock media", CUSTOMER) in talk.asked)

    assert talk.played == [(ALICE, "/beep")]
    assert [one for one in talk.asked if one[0] == "block media"] == [("block media", CUSTOMER)]


async def test_who_heard_the_announcement_hears_no_beep_when_he_is_joined() -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), "/told", CONFIRMED)
    cueing.tell(StartRecording(), [CUSTOMER, ALICE], is_first=True)
    await until(lambda: len(talk.played) == 2)

    cueing.joined(CUSTOMER, ALICE)
    await asyncio.sleep(0.02)

    assert {file for _who, file in talk.played} == {"/told"}


async def test_what_is_not_announced_is_not_announced_to_who_joins() -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), "", CONFIRMED)

    cueing.joined(CUSTOMER, ALICE)
    await asyncio.sleep(0.02)

    assert talk.asked == []


async def test_whose_key_has_started_nothing_hears_so() -> None:
    talk = Talk()
    cueing = talk.cueing(await talk.begin(), "/told", CONFIRMED)

    cueing.refused(ALICE, [CUSTOMER, ALICE])
    cueing.refused(None, [CUSTOMER, ALICE])
    await until(lambda: ("unblock media", CUSTOMER) in talk.asked)

    assert talk.played == [(ALICE, "/down")]
