"""Plays scenarios beside one another on one switch, each in a lane of its own.

Each test awaits its own performance; who plays them all looks ahead, so that while one test
waits the scenarios of the next ones are played. It goes by what pytest has selected: a test
that is not to run is not played either.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from switch.demo.lane import HOUSE, Lane
from switch.demo.scenario import Scenario
from switch.demo.stage import Performance, perform
from switch.demo.standing import StandingSwitch, standing

Perform = Callable[[Scenario], Awaitable[Performance]]
"""The fixture ``perform``: plays a scenario, or waits for the end of it if it is played already."""

_A_CORE = 3
_AT_LEAST = 4
_SPARE = 4
_MOST_AT_ONCE = 8  # one edge knows some 200 trunks, and each lane has 13
_LISTENS_EVERY_S = 0.05
_LATE_S = 0.2
_FADES = 0.97
_LOOKS_AGAIN_S = 0.5


def at_once() -> int:
    """Return how many scenarios to play at once: SCENARIOS_AT_ONCE, or as the machine allows."""
    wanted = os.environ.get("SCENARIOS_AT_ONCE")
    number = int(wanted) if wanted else max(_AT_LEAST, _A_CORE * (os.cpu_count() or 1))
    return max(1, min(number, _MOST_AT_ONCE))


def lanes() -> int:
    """Return how many lanes the switch must have: some more than are played in at once."""
    return at_once() + _SPARE


def told(performance: Performance) -> str:
    """Return what was not as expected, one thing a line, and where to look."""
    return "\n".join(
        [
            f"{performance.scenario.name}, lane {performance.lane.number}:",
            performance.scenario.summary.strip(),
            *map(str, performance.failures),
            f"traces: {performance.folder}",
        ]
    )


def _alone(scenario: Scenario) -> bool:
    return scenario.alone or bool(scenario.wrap_up_s)


class Breath:
    """Tells whether the machine keeps up: who wants to be woken is woken in time.

    One that does not gets no further scenario until it has got its breath back, or until nothing
    is played any more: then it is not we who are too much for it.
    """

    def __init__(self) -> None:
        """Begin to listen to it."""
        self._late_s = 0.0
        self._listening = asyncio.create_task(self._listen(), name="breath")

    def is_even(self) -> bool:
        """Tell whether it keeps up at the moment."""
        return self._late_s < _LATE_S

    def stop(self) -> None:
        """Listen no more."""
        self._listening.cancel()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _LISTENS_EVERY_S
            await asyncio.sleep(_LISTENS_EVERY_S)
            # What was once counts for some seconds, less and less.
            self._late_s = max(loop.time() - due_s, _FADES * self._late_s)


class Performer:
    """Has lanes, and gives each scenario one for as long as it is played.

    A lane in which something was not as expected may be left in disorder: it is taken again only
    when there is no other. A scenario that is played again gets a lane that has not seen it, for
    whose turn it is and who called last is remembered there.
    """

    def __init__(self, switch: StandingSwitch, folder: Path) -> None:
        """Take the switch, which has :func:`lanes`, and an empty folder for traces."""
        self._switch = switch
        self._folder = folder
        self._free = deque(Lane(number) for number in range(1, lanes() + 1))
        self._spent: deque[Lane] = deque()
        self._seen: dict[str, set[int]] = {}
        self._played = 0
        self._begun: set[str] = set()
        self._early: dict[str, asyncio.Task[Performance]] = {}
        self._turn = asyncio.Lock()
        self._room = at_once()
        self._ended = asyncio.Condition()
        self._breath = Breath()

    def look_ahead(self, tests: Iterable[tuple[str, Scenario]]) -> None:
        """Begin to play the scenarios of tests, by their node id, if they were not begun yet.

        Who may last long comes first, and last who must be alone: all others wait for him.
        """
        new = [(test, scenario) for test, scenario in tests if test not in self._begun]
        for test, scenario in sorted(new, key=lambda entry: (_alone(entry[1]), -entry[1].lasts_s)):
            self._begun.add(test)
            self._early[test] = asyncio.create_task(self._play(scenario), name=scenario.name)

    async def play(self, test: str, scenario: Scenario) -> Performance:
        """Return the performance of a test; asked once more, play the scenario once more."""
        early = self._early.pop(test, None)
        return await (early or self._play(scenario))

    async def close(self) -> None:
        """End what is still played, for nobody waits for it any more."""
        self._breath.stop()
        for task in self._early.values():
            task.cancel()
        await asyncio.gather(*self._early.values(), return_exceptions=True)

    async def _play(self, scenario: Scenario) -> Performance:
        async with self._place(at_once() if _alone(scenario) else 1):
            self._played += 1
            name = re.sub(r"[^\w-]", "-", scenario.name)
            folder = self._folder / f"{self._played:03d}-{name}"
            folder.mkdir(parents=True)
            if scenario.wrap_up_s:
                own = standing(folder / "switch", wrap_up_s=scenario.wrap_up_s)
                async with own as switch:
                    return await perform(scenario, switch, folder, contact=HOUSE.contact(0))
            return await self._play_in_lane(scenario, folder)

    async def _play_in_lane(self, scenario: Scenario, folder: Path) -> Performance:
        lane = self._take_lane(scenario)
        succeeded = False
        try:
            performance = await perform(
                scenario, self._switch, folder, contact=lane.contact(self._played), lane=lane
            )
            succeeded = not performance.failures
            return performance
        finally:
            (self._free if succeeded else self._spent).appendleft(lane)

    def _take_lane(self, scenario: Scenario) -> Lane:
        """Return a lane for a scenario, and note that it has seen it."""
        seen = self._seen.setdefault(scenario.name, set())
        lanes = [*self._free, *reversed(self._spent)]
        lane = next((lane for lane in lanes if lane.number not in seen), lanes[0])
        (self._free if lane in self._free else self._spent).remove(lane)
        seen.add(lane.number)
        return lane

    @asynccontextmanager
    async def _place(self, wanted: int) -> AsyncIterator[None]:
        """Wait until so many more may be played; who came first is first."""
        async with self._turn, self._ended:
            await self._ended.wait_for(lambda: self._room >= wanted)
            while self._room < at_once() and not self._breath.is_even():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _LOOKS_AGAIN_S)
            self._room -= wanted
        try:
            yield
        finally:
            async with self._ended:
                self._room += wanted
                self._ended.notify_all()
