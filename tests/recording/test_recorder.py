"""What a worker tells the recorder becomes a plan, and commands to rtpengine."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from switch.media.ng import MediaError
from switch.recording.plan_file import PlanFile, make_spool, plan_path
from switch.recording.recorder import CannotRecord, NoRoom, Recorder
from switch.recording.room import Room
from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
    decode,
)
from switch.sip.sdp import late_offer

TOLD = late_offer("127.0.0.1", ["PCMU"])


class Server:
    """Does what it is asked, or refuses."""

    def __init__(self, captures: Path) -> None:
        self.asked: list[str] = []
        self.refuses = False
        self.writes = True
        self._captures = captures

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        assert fields == {"call_id": "c1"}
        if self.refuses:
            raise MediaError(command=command, why="it does not answer")
        self.asked.append(command)
        if self.writes and command == "start recording":
            (self._captures / f"c1-{len(self.asked):016x}.pcap").touch()
        return {"result": "ok"}


class Desk:
    def __init__(self, folder: Path) -> None:
        make_spool(folder / "spool")
        self.spool = folder / "spool"
        (self.spool / "pcaps").mkdir()
        self.server = Server(self.spool / "pcaps")

    def recorder(self) -> Recorder:
        clock = itertools.count(1)
        return Recorder(self.server, self.spool, "c1", now_s=lambda: float(next(clock)))

    def lines(self) -> list[Line]:
        path = plan_path(self.spool, "c1")
        return decode(path.read_bytes().splitlines()) if path.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_nothing_is_written_of_a_conversation_that_is_not_recorded(desk: Desk) -> None:
    recorder = desk.recorder()
    recorder.describe("c", Side.LEFT, told=TOLD, said=None)
    recorder.heard("c")
    recorder.unheard("c")
    await recorder.stop(Why.STOPPED)
    recorder.over()

    assert (desk.lines(), desk.server.asked) == ([], [])


async def test_who_is_there_when_it_begins_is_in_the_plan(desk: Desk) -> None:
    recorder = desk.recorder()
    recorder.describe("c", Side.LEFT, told=TOLD, said=TOLD, rep="alice")
    recorder.describe("v", Side.LEFT, told=TOLD.replace("m=audio 9", "m=audio 0"), said=None)
    recorder.heard("c")
    await recorder.start()
    await recorder.start()

    described, heard, started = desk.lines()
    assert isinstance(described, LegDescribed)
    assert (described.leg_id, described.port, described.remote_port) == ("c", 9, 9)
    assert isinstance(heard, LegHeard)
    assert isinstance(started, RecordingStarted)
    assert desk.server.asked == ["start recording"]
    assert recorder.is_on


async def test_what_changes_is_written_and_what_does_not_is_not(desk: Desk) -> None:
    recorder = desk.recorder()
    await recorder.start()
    for port in ("9", "9", "11"):
        told = TOLD.replace("audio 9", f"audio {port}")
        recorder.describe("c", Side.LEFT, told=told, said=None)
        recorder.heard("c")
    recorder.unheard("c")
    recorder.unheard("c")

    kinds = [type(line) for line in desk.lines()]
    assert kinds == [RecordingStarted, LegDescribed, LegHeard, LegDescribed, LegUnheard]


async def test_a_pause_stops_rtpengine_and_a_death_of_it_does_not(desk: Desk) -> None:
    recorder = desk.recorder()
    for why in (Why.PAUSED, Why.LOST):
        await recorder.start()
        await recorder.stop(why)
        await recorder.stop(why)
    recorder.over()

    stopped = [line.why for line in desk.lines() if isinstance(line, RecordingStopped)]
    assert stopped == [Why.PAUSED, Why.LOST]
    assert isinstance(desk.lines()[-1], ConversationOver)
    assert desk.server.asked == ["start recording", "stop recording", "start recording"]
    assert not recorder.is_on


async def test_what_rtpengine_does_not_begin_is_not_recorded(desk: Desk) -> None:
    recorder = desk.recorder()
    desk.server.refuses = True

    with pytest.raises(MediaError):
        await recorder.start()

    assert not recorder.is_on
    assert [type(line) for line in desk.lines()] == [RecordingStarted, RecordingStopped]


async def test_an_rtpengine_that_says_ok_and_writes_nothing_is_told(desk: Desk) -> None:
    recorder = desk.recorder()
    desk.server.writes = False

    with pytest.raises(CannotRecord, match="needs --recording-dir"):
        await recorder.start()

    assert not recorder.is_on
    assert isinstance(desk.lines()[-1], RecordingStopped)


async def test_a_pause_holds_in_the_plan_even_if_rtpengine_does_not_hear_of_it(desk: Desk) -> None:
    recorder = desk.recorder()
    await recorder.start()
    desk.server.refuses = True

    with pytest.raises(MediaError):
        await recorder.stop(Why.PAUSED)

    assert not recorder.is_on
    assert isinstance(desk.lines()[-1], RecordingStopped)


async def test_another_worker_goes_on_with_what_is_recorded(desk: Desk) -> None:
    first = desk.recorder()
    first.describe("c", Side.LEFT, told=TOLD, said=None)
    first.heard("c")
    await first.start()

    second = desk.recorder()
    second.take_over()
    second.heard("c")
    assert second.is_on
    await second.start()
    await second.stop(Why.STOPPED)
    second.unheard("c")

    kinds = [type(line) for line in desk.lines()]
    assert kinds == [LegDescribed, LegHeard, RecordingStarted, RecordingStopped, LegUnheard]
    assert desk.server.asked == ["start recording", "stop recording"]


async def test_where_nothing_was_recorded_there_is_nothing_to_take_over(desk: Desk) -> None:
    recorder = desk.recorder()
    recorder.take_over()
    recorder.heard("c")

    assert not recorder.is_on
    assert desk.lines() == []


async def test_a_plan_that_cannot_be_written_is_told(desk: Desk) -> None:
    plan_path(desk.spool, "c1").mkdir()

    with pytest.raises(CannotRecord, match="conversation c1 cannot be recorded"):
        await desk.recorder().start()
    with pytest.raises(CannotRecord):
        desk.recorder().take_over()


async def test_where_there_is_no_room_nothing_is_begun(desk: Desk) -> None:
    (desk.spool / "pcaps" / "c0.pcap").write_bytes(bytes(1024 * 1024))
    recorder = Recorder(desk.server, desk.spool, "c1", room=Room(spool=desk.spool, spool_most_mb=1))

    with pytest.raises(NoRoom, match="1 MiB lie in the spool"):
        await recorder.start()

    assert (desk.server.asked, desk.lines(), recorder.began_s) == ([], [], None)


async def test_one_that_is_paused_goes_on_in_a_full_spool_but_not_on_a_full_disk(
    desk: Desk,
) -> None:
    recorder = desk.recorder()
    await recorder.start()
    await recorder.stop(Why.PAUSED)
    (desk.spool / "pcaps" / "c0.pcap").write_bytes(bytes(1024 * 1024))

    recorder.room = Room(spool=desk.spool, spool_most_mb=1)
    await recorder.start()
    assert recorder.is_on
    await recorder.stop(Why.PAUSED)

    recorder.room = Room(spool=desk.spool, keep_free_mb=100_000_000)
    with pytest.raises(NoRoom, match="are free"):
        await recorder.start()
    assert not recorder.is_on


async def test_rtpengine_is_stopped_though_the_plan_cannot_be_written(desk: Desk) -> None:
    recorder = desk.recorder()
    await recorder.start()
    recorder.close()
    plan_path(desk.spool, "c1").unlink()
    plan_path(desk.spool, "c1").symlink_to("/dev/full")
    recorder._plan = PlanFile(desk.spool, "c1")

    with pytest.raises(CannotRecord):
        await recorder.stop(Why.STOPPED)

    assert desk.server.asked == ["start recording", "stop recording"]


async def test_a_full_disk_is_told(desk: Desk) -> None:
    plan_path(desk.spool, "c1").symlink_to("/dev/full")

    with pytest.raises(CannotRecord, match="No space left"):
        await desk.recorder().start()
