"""A conversation that is served has itself recorded: what rtpengine is asked, and the plan."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from switch.call.ids import LegId
from switch.call.recording import Wish
from switch.media.ng import MediaError
from switch.recording.plan_file import make_spool, plan_path
from switch.recording.room import Room
from switch.recording.tape.line import LegDescribed, Line, RecordingStarted, Side, decode
from switch.wire.recording import Record
from switch.wire.survival import MediaLost
from switch.wire.worker import Answered as AskAnswered
from switch.wire.worker import Changed, Noticed
from switch.worker import room_watch
from switch.worker.facts import Answered, Disconnected, Invited, KeyPressed
from tests.contract.media.phones import sdp_of
from tests.run.processes import until
from tests.worker.fakes import FakeMediaServer
from tests.worker.test_serving import SETTINGS, Stage

CUSTOMER, ALICE = LegId("c1-1"), LegId("c1-2")


class RecordingServer(FakeMediaServer):
    """Begins a capture when told to record, unless it is broken."""

    def __init__(self, spool: Path) -> None:
        super().__init__()
        self.spool = spool
        self.refuses = False

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        if not command.endswith(" recording"):
            return await super().request(command, **fields)
        self.asked.append((command, fields))
        if self.refuses:
            raise MediaError(command=command, why="the disk is full")
        if command == "start recording":
            (self.spool / "pcaps" / f"c1-{len(self.asked):016x}.pcap").touch()
        return {"result": "ok"}

    @property
    def recorded(self) -> list[str]:
        return [command for command in self.commands if command.endswith(" recording")]


@dataclasses.dataclass(slots=True)
class Studio:
    """A conversation that can be recorded."""

    stage: Stage
    server: RecordingServer
    task: asyncio.Task[None]

    async def ask(self, wish: Wish) -> int:
        before = len(self._answers())
        self.stage.serving.asked(Record(question="q", wish=wish))
        await until(lambda: len(self._answers()) > before)
        return self._answers()[-1].sip_status

    def _answers(self) -> list[AskAnswered]:
        return [one for one in self.stage.said if isinstance(one, AskAnswered)]

    def lines(self) -> list[Line]:
        path = plan_path(self.server.spool, "c1")
        return decode(path.read_bytes().splitlines()) if path.exists() else []

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.lines()]

    async def end(self) -> None:
        for leg_id in (CUSTOMER, ALICE):
            ended = Disconnected(leg_id=leg_id, by_party=leg_id == CUSTOMER, sip_status=200)
            self.stage.serving.take(ended)
        await asyncio.wait_for(self.task, 5)


async def talking(folder: Path, **limits: int) -> Studio:
    spool = folder / "spool"
    make_spool(spool)
    (spool / "pcaps").mkdir()
    recording = msgspec.structs.replace(SETTINGS.recording, spool=str(spool), **limits)
    server = RecordingServer(spool)
    stage = Stage(msgspec.structs.replace(SETTINGS, recording=recording), server)
    stage.serving.take(Invited(leg_id=CUSTOMER, sdp=sdp_of(4000)))
    await until(lambda: "place" in stage.stack.deeds)
    stage.serving.take(Answered(leg_id=ALICE, sdp=sdp_of(4002)))
    await until(lambda: "answer" in stage.stack.deeds)
    return Studio(stage, server, stage.running)


async def test_a_rep_starts_it_by_key_and_the_plan_knows_who_is_where(tmp_path: Path) -> None:
    studio = await talking(tmp_path)
    assert studio.lines() == []

    for digit in "*1":
        studio.stage.serving.take(KeyPressed(leg_id=ALICE, digit=digit, way="rtp"))
    await until(lambda: studio.server.recorded == ["start recording"])
    await studio.end()

    described = {one.leg_id: one for one in studio.lines() if isinstance(one, LegDescribed)}
    assert {leg: (one.side, one.rep) for leg, one in described.items()} == {
        CUSTOMER: (Side.LEFT, None),
        ALICE: (Side.RIGHT, "alice"),
    }
    assert studio.kinds().count("LegHeard") == studio.kinds().count("LegUnheard") == 2
    assert studio.kinds()[-1] == "ConversationOver"
    names = {one.record.recording for one in studio.stage.said if isinstance(one, Changed)}
    (name,) = names - {None}
    assert name is not None
    assert name.endswith("/c1.flac")


async def test_a_pause_is_one_recording_still(tmp_path: Path) -> None:
    studio = await talking(tmp_path)

    assert [await studio.ask(wish) for wish in ("on", "pause", "resume", "off")] == [200] * 4
    await until(lambda: len(studio.server.recorded) == 4)
    await studio.end()

    assert studio.server.recorded == ["start recording", "stop recording"] * 2
    assert studio.kinds().count("RecordingStopped") == 2


async def test_what_cannot_be_recorded_is_told_to_the_node_and_ends_no_call(
    tmp_path: Path,
) -> None:
    studio = await talking(tmp_path)
    studio.server.refuses = True

    assert await studio.ask("on") == 500
    assert any(isinstance(one, Noticed) for one in studio.stage.said)

    assert "hang_up" not in studio.stage.stack.deeds
    await studio.end()
    assert not [
        one for one in studio.stage.said if isinstance(one, Changed) and one.record.recording
    ]


async def test_an_rtpengine_that_was_started_anew_records_on(tmp_path: Path) -> None:
    studio = await talking(tmp_path)
    await studio.ask("on")
    await until(lambda: studio.server.recorded == ["start recording"])

    studio.server.calls.clear()
    studio.stage.serving.told(MediaLost(began_s=float("inf")))
    await until(lambda: studio.server.recorded == ["start recording"] * 2)
    await studio.end()

    starts = [one for one in studio.lines() if isinstance(one, RecordingStarted)]
    assert len(starts) == 2


MORE_THAN_ANY_DISK = 100_000_000


async def test_without_room_nothing_is_recorded_and_who_asks_is_told(tmp_path: Path) -> None:
    studio = await talking(tmp_path, keep_free_mb=MORE_THAN_ANY_DISK)

    assert await studio.ask("on") == 503

    assert studio.server.recorded == []
    (notice,) = [one for one in studio.stage.said if isinstance(one, Noticed)]
    assert "keep_free_mb" in (notice.detail or "")
    await studio.end()
    changed = [one.record for one in studio.stage.said if isinstance(one, Changed)]
    assert not [one for one in changed if one.recording or one.recorded]
    assert studio.lines() == []


async def test_what_runs_is_stopped_in_order_when_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = ["enough"]
    monkeypatch.setattr(room_watch, "EVERY_S", 0.01)
    monkeypatch.setattr(Room, "is_running_out", lambda _room: not free)
    studio = await talking(tmp_path)
    assert await studio.ask("on") == 200

    free.clear()
    await until(lambda: studio.server.recorded == ["start recording", "stop recording"])

    assert await studio.ask("pause") == 481
    assert studio.kinds()[-1] == "RecordingStopped"
    await studio.end()
    newest = {
        one.record.leg_id: one.record for one in studio.stage.said if isinstance(one, Changed)
    }
    for record in newest.values():
        (span,) = record.recorded
        assert span.to_at is not None
        assert record.ended_at is not None
        assert span.to_at <= record.ended_at
