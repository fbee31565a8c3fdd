"""The page of a conversation that goes on follows it, and lets go of it when it is over."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.desk.errors import UnknownThreadError
from switch.desk.web import following as module
from switch.desk.web.following import LINGERS_S, following
from switch.desk.web.looks import Looks, environment
from switch.desk.web.windows import Windows
from tests.desk.web.house import ID, House
from tests.records.samples import at, customer, rep

TALKING = rep("alice", state="answered", answered_at=at(2), revision=3)
BOB: Any = type("Visitor", (), {"rep": "bob", "is_supervisor": False})()
PATIENCE_S = 30.0


class Reader:
    """Reads what a page is told."""

    def __init__(self, house: House, visitor: Any = BOB) -> None:
        desk = house.desk
        windows = Windows(desk=desk, looks=Looks(environment("US", desk.names)))
        self._stream = following(desk, windows, visitor, ID)

    async def next(self) -> tuple[str, str]:
        message = await asyncio.wait_for(anext(self._stream), PATIENCE_S)
        return str(message.event), str(message.data)

    async def until(self, event: str) -> str:
        while True:
            name, data = await self.next()
            if name == event:
                return data


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait for the next drawing of a line."""
    monkeypatch.setattr(module, "DRAWN_EVERY_S", 0.01)


async def test_legs_and_notes_are_there_as_they_come(house: House) -> None:
    times = [1000.0]
    house.desk.clock = lambda: times[0]
    house.desk.now = lambda: 1.8e9
    house.knows(customer(), TALKING)
    reader = Reader(house)

    assert await reader.next() == ("hello", "-")
    first = await reader.until("thread")
    assert "Alice" in first
    assert "Saul" not in first
    assert "Nobody has written any." in await reader.until("others")

    house.knows(rep("saul", leg_id="leg-2", state="answered", answered_at=at(9)))
    assert "Saul" in await reader.until("thread")
    house.signed_in("alice").put(f"/conversations/{ID}/note", data={"text": "<b>", "revision": "0"})
    said = await reader.until("others")
    assert "&lt;b&gt;" in said
    assert "Nobody has" not in said

    over = {"state": "ended", "ended_at": at(20), "revision": 9}
    house.knows(
        customer(**over, end_reason=EndReason.COMPLETED),
        rep("alice", **over, answered_at=at(2), end_reason=EndReason.COMPLETED),
        rep("saul", leg_id="leg-2", **over, answered_at=at(9), end_reason=EndReason.COMPLETED),
    )
    last = await reader.until("thread")
    assert ">live<" not in last
    times[0] += LINGERS_S
    assert await reader.until("over") == "-"
    assert house.desk.hub.pages == 0


async def test_a_recording_that_begins_is_announced(house: House) -> None:
    house.knows(customer(), TALKING)
    reader = Reader(house)
    await reader.until("thread")

    recorded = msgspec.structs.replace(
        TALKING, revision=4, recording_state="on", recording="2026/11/22/x.flac"
    )
    house.knows(recorded)

    assert "Only who talked in it" in await reader.until("players")


async def test_one_that_is_erased_ends_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.knows(customer(), TALKING)
    reader = Reader(house)
    await reader.until("thread")

    monkeypatch.setattr(type(house.board), "thread", lambda _board, _id: None)
    monkeypatch.setattr(house.store, "get", _unknown)

    assert await reader.until("over") == "-"


def _unknown(prefix: str) -> Any:
    raise UnknownThreadError(prefix)


def test_only_a_call_that_goes_on_is_followed(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.signed_in()
    path = f"/conversations/{ID}"
    assert f'sse-connect="{path}/events" sse-close="over"' in client.get(path).text

    over = {"state": "ended", "ended_at": at(20), "revision": 9}
    house.knows(customer(**over), rep("alice", **over, answered_at=at(2)))
    assert "sse-connect" not in client.get(path).text
    assert client.get("/conversations/never/events").status_code == 404
    assert "signed-out" in house.client().get(f"{path}/events").text
