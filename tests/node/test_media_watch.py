from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from switch.media.ng import MediaError
from switch.node.media_watch import MediaWatch
from switch.wire.survival import MediaLost


class Server:
    """An rtpengine that a test starts anew."""

    def __init__(self) -> None:
        self.up_s = 5.7
        self.asked = 0
        self.is_away = False
        self.answers: Any = None

    def start_again(self) -> None:
        self.up_s, self.asked = 0.1, 0

    async def request(self, command: str, **_fields: Any) -> dict[str, Any]:
        if self.is_away:
            raise MediaError(command=command, why="it does not answer")
        self.asked += 1
        return self.answers or {
            "result": "ok",
            "statistics": {
                "totalstatistics": {"uptime": str(int(self.up_s))},
                "controlstatistics": {
                    "proxies": [{"proxy": "127.0.0.1", "statscount": self.asked - 1}]
                },
            },
        }

    def close(self) -> None:
        pass


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def told() -> list[MediaLost]:
    return []


@pytest.fixture
def watch(told: list[MediaLost]) -> MediaWatch:
    return MediaWatch(host="127.0.0.1", port=9, lost=told.append, every_s=0.01)


async def look(watch: MediaWatch, server: Server, times: int = 1) -> None:
    for _ in range(times):
        await watch.look(server)


async def test_who_is_up_already_is_told_of_once(
    watch: MediaWatch, server: Server, told: list[MediaLost]
) -> None:
    """A node that was started anew does not know what another rtpengine was told."""
    await look(watch, server, 5)

    assert told == [watch.newest]
    assert 0 <= time.monotonic() - told[0].began_s - 5 < 1


async def test_one_that_was_started_again_between_two_looks_is_noticed(
    watch: MediaWatch, server: Server, told: list[MediaLost]
) -> None:
    await look(watch, server, 3)

    server.start_again()
    await look(watch, server, 3)

    assert len(told) == 2
    assert told[1].began_s > told[0].began_s + 4


async def test_two_that_were_looked_at_once_each_are_two(
    watch: MediaWatch, server: Server, told: list[MediaLost]
) -> None:
    for _ in range(3):
        server.start_again()
        await look(watch, server)

    assert len(told) == 3


async def test_silence_is_no_new_rtpengine(
    watch: MediaWatch, server: Server, told: list[MediaLost]
) -> None:
    await look(watch, server, 2)
    server.is_away = True
    await look(watch, server, 2)
    server.is_away = False
    await look(watch, server, 2)

    assert len(told) == 1


@pytest.mark.parametrize("answers", [{"result": "ok"}, {"result": "ok", "statistics": {}}])
async def test_what_is_no_answer_changes_nothing(
    watch: MediaWatch, server: Server, told: list[MediaLost], answers: dict[str, Any]
) -> None:
    server.answers = answers

    await look(watch, server, 2)

    assert told == []


async def test_it_looks_again_and_again(watch: MediaWatch) -> None:
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0.05)

    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
