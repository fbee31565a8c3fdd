"""Who must be heard, when silence is too long, and what the last record of a leg says."""

from __future__ import annotations

import asyncio

import pytest

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.records.leg import Quality
from switch.worker.listening import Heard
from switch.worker.watch import Watch
from tests.call.line import TO_SAUL, Line, answered
from tests.contract.media.phones import sdp_of

SILENT_S = 30.0


class Ears:
    """A media server that has heard so many packets of each."""

    def __init__(self) -> None:
        self.packets: dict[LegId, int] = {}
        self.directions: dict[LegId, str] = {}
        self.unknown: set[LegId] = set()
        self.fails = False
        self.asked = 0

    async def heard(self) -> dict[LegId, Heard]:
        self.asked += 1
        if self.fails:
            raise MediaError(command="query", why="it does not answer")
        return self.all()

    def all(self) -> dict[LegId, Heard]:
        return {leg_id: heard_of(count) for leg_id, count in self.packets.items()}

    def said_by(self, leg_id: LegId) -> str | None:
        if leg_id in self.unknown:
            return None
        return sdp_of(4000, direction=self.directions.get(leg_id, "sendrecv"))


class Records:
    def __init__(self) -> None:
        self.known: dict[LegId, Heard] = {}
        self.told = 0

    def heard(self, leg_id: LegId, heard: Heard) -> None:
        self.known[leg_id] = heard

    def tell(self) -> None:
        self.told += 1


class Watched:
    """A line that is watched, by a clock of its own."""

    def __init__(self, *, silent_s: float | None = SILENT_S) -> None:
        self.line: Line = answered()
        self.ears = Ears()
        self.records = Records()
        self.silent: list[LegId] = []
        self.now_s = 100.0
        self.watch = Watch(
            self.line.conversation, self.ears, self.records, silent_s, self.silent.append
        )
        self.ears.packets = {self.line.caller: 10, self.line.callee: 10}

    def looks(self, *talk: LegId, after_s: float = 10) -> LegId | None:
        """Return who is silent for too long; who talks has sent more by then."""
        self.now_s += after_s
        for leg_id in talk:
            self.ears.packets[leg_id] += 500
        return self.watch.look(self.ears.all(), now_s=self.now_s)

    def goes_on(self, *talk: LegId) -> LegId | None:
        """Return who is silent for too long within a minute."""
        silent = [self.looks(*talk) for _ in range(6)]
        return next((one for one in silent if one is not None), None)


def heard_of(packets: int) -> Heard:
    return Heard(any_packets=packets, codec="PCMU", quality=Quality(packets=packets))


def test_two_who_talk_go_on() -> None:
    watched = Watched()

    assert watched.goes_on(watched.line.caller, watched.line.callee) is None


def test_who_sends_nothing_for_so_long_is_silent() -> None:
    watched = Watched()
    line = watched.line

    assert [watched.looks(line.caller) for _ in range(4)] == [None, None, None, line.callee]


def test_who_sends_again_in_time_is_not() -> None:
    watched = Watched()
    line = watched.line
    watched.looks(line.caller)
    watched.looks(line.caller)

    assert watched.looks(line.caller, line.callee) is None
    assert [watched.looks(line.caller) for _ in range(3)] == [None, None, line.callee]


def test_who_holds_the_other_need_not_send_and_the_other_must() -> None:
    watched = Watched()
    line = watched.line
    line.holds(line.callee)

    assert watched.goes_on(line.caller) is None
    assert watched.goes_on() == line.caller


def test_the_time_of_a_hold_does_not_count() -> None:
    watched = Watched()
    line = watched.line
    watched.looks(line.caller)
    line.holds(line.callee)
    watched.goes_on(line.caller)
    line.retrieves(line.callee)

    assert [watched.looks(line.caller) for _ in range(4)] == [None, None, None, line.callee]


def test_a_transferee_on_music_must_send_and_a_transferor_and_a_target_need_not() -> None:
    watched = Watched()
    line = watched.line
    saul = line.refers(line.callee, TO_SAUL)
    watched.ears.packets[saul] = 0

    assert watched.goes_on(line.caller) is None
    assert watched.goes_on() == line.caller


@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_who_has_said_that_he_only_listens_need_not_send(direction: str) -> None:
    watched = Watched()
    watched.ears.directions[watched.line.callee] = direction

    assert watched.goes_on(watched.line.caller) is None


def test_who_has_said_nothing_of_his_media_need_not_send() -> None:
    watched = Watched()
    watched.ears.unknown.add(watched.line.callee)

    assert watched.goes_on(watched.line.caller) is None


async def test_silence_is_noticed_by_itself_and_once() -> None:
    watched = Watched(silent_s=0.03)
    watched.watch.start()
    async with asyncio.timeout(5):
        while not watched.silent:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await watched.watch.close()

    assert watched.silent in ([watched.line.caller], [watched.line.callee])


async def test_while_the_media_server_says_nothing_nobody_is_taken_for_silent() -> None:
    watched = Watched(silent_s=0.03)
    watched.ears.fails = True
    watched.watch.start()
    async with asyncio.timeout(5):
        while watched.ears.asked < 8:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await watched.watch.close()

    assert watched.silent == []


async def test_without_a_limit_nobody_asks() -> None:
    watched = Watched(silent_s=None)
    watched.watch.start()
    await watched.watch.close()

    assert watched.ears.asked == 0


def test_what_is_news_is_told_at_once() -> None:
    watched = Watched()

    watched.watch.tell()

    assert watched.records.told == 1


async def test_before_the_end_of_a_leg_is_told_it_is_asked_how_it_sounded() -> None:
    watched = Watched()
    line = watched.line
    line.hangs_up(line.caller)

    watched.watch.tell()
    watched.watch.tell()
    assert watched.records.told == 0
    await watched.watch.close()

    # Once, for both: the other's leg is being ended.
    assert (watched.records.told, watched.ears.asked) == (1, 1)
    assert watched.records.known[line.callee] == heard_of(10)
    watched.watch.tell()
    assert (watched.records.told, watched.ears.asked) == (2, 1)


async def test_the_end_is_told_also_if_the_media_server_says_nothing() -> None:
    watched = Watched()
    watched.ears.fails = True
    watched.line.hangs_up(watched.line.caller)

    watched.watch.tell()
    await watched.watch.close()

    assert (watched.records.told, watched.records.known) == (1, {})
