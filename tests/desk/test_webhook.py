"""Whoever is to be told of conversations is told each, signed, however often it takes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from switch.config import WebhookSettings
from switch.desk.contacts import Contacts
from switch.desk.notes import Note
from switch.desk.store import Store, make_store
from switch.desk.webhook import Webhook, sign
from tests.records.samples import at, story

_SECRET = b"swordfish"


class Receiver:
    """Takes what is posted, and answers with the statuses that a test wants."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.port = 0
        self._taking: list[tuple[asyncio.StreamWriter, asyncio.Task[None] | None]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._taking.append((writer, asyncio.current_task()))
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:]
                pairs = (line.partition(": ") for line in lines if line)
                headers = {name.lower(): value for name, _colon, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                self.got.append((headers, body))
                status = self.statuses.pop(0) if self.statuses else 200
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        except asyncio.IncompleteReadError:
            pass  # it has closed the connection

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self.take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        for writer, _task in self._taking:
            writer.close()
        await asyncio.gather(*(task for _writer, task in self._taking if task is not None))


class Clock:
    """Goes on when a test says so."""

    def __init__(self) -> None:
        self.now_s = time.time() + 10

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = make_store(tmp_path / "threads.sqlite")
    yield made
    made.close()


@asynccontextmanager
async def told(
    folder: Path, store: Store, receiver: Receiver, clock: Clock, **more: Any
) -> AsyncIterator[Webhook]:
    secret = folder / "secret"
    secret.write_bytes(_SECRET + b"\n")
    settings = WebhookSettings(
        url=f"http://127.0.0.1:{receiver.port}/hook", secret_file=secret, settle_s=0, **more
    )
    webhook = Webhook(settings, store, Contacts([], timeout_s=1, keep_s=1), now=clock)
    yield webhook
    await webhook.close()


async def test_a_conversation_that_ended_is_told_once_and_signed(
    tmp_path: Path, store: Store
) -> None:
    clock = Clock()
    async with (
        Receiver().listening() as receiver,
        told(tmp_path, store, receiver, clock) as webhook,
    ):
        store.add(story(conversation_id="c1")[:-1])
        assert await webhook.post_due() == 0
        store.add(story(conversation_id="c1"))
        note = Note(
            conversation_id="c1",
            author="alice",
            text="40 seats",
            disposition=None,
            revision=0,
            made_at=at(0),
            changed_at=at(0),
        )
        store.write_note(note)

        assert await webhook.post_due() == 1
        assert await webhook.post_due() == 0

    ((headers, body),) = receiver.got
    told_ = json.loads(body)
    assert told_["conversation"]["conversation_id"] == "c1"
    assert told_["notes"][0]["text"] == "40 seats"
    signature = sign(_SECRET, "c1", headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == signature


async def test_what_failed_is_tried_again_later_and_by_the_next_desk_too(
    tmp_path: Path, store: Store
) -> None:
    clock = Clock()
    async with (
        Receiver().listening() as receiver,
        told(tmp_path, store, receiver, clock) as webhook,
    ):
        receiver.statuses = [500, 302]
        store.add(story(conversation_id="c1"))

        counts = []
        for _ in range(3):
            counts.append(await webhook.post_due())
            counts.append(await webhook.post_due())
            clock.now_s += 60
        async with told(tmp_path, store, receiver, clock) as next_one:
            assert await next_one.post_due() == 0

    assert counts == [1, 0, 1, 0, 1, 0]
    assert len(receiver.got) == 3


async def test_what_nobody_takes_is_given_up_in_the_end(tmp_path: Path, store: Store) -> None:
    clock = Clock()
    receiver = Receiver()
    receiver.port = 9  # nobody is there
    tried = 0
    async with told(tmp_path, store, receiver, clock, give_up_h=1) as webhook:
        store.add(story(conversation_id="c1"))
        while await webhook.post_due():
            tried += 1
            clock.now_s += 4000

    assert tried == 2


async def test_what_is_stored_later_is_told_again(tmp_path: Path, store: Store) -> None:
    clock = Clock()
    *most, last = story(conversation_id="c1")
    async with (
        Receiver().listening() as receiver,
        told(tmp_path, store, receiver, clock) as webhook,
    ):
        store.add([record for record in most if record.ended_at] + [last])
        assert await webhook.post_due() == 1
        store.add(story(conversation_id="c1"))
        assert await webhook.post_due() == 0
        store.add([*story(("bob",), (5,), "c2"), *story(("bob",), (5,), "c2")])
        assert await webhook.post_due() == 1


async def test_who_is_to_be_forgotten_is_not_told(tmp_path: Path, store: Store) -> None:
    clock = Clock()
    async with (
        Receiver().listening() as receiver,
        told(tmp_path, store, receiver, clock) as webhook,
    ):
        store.add(story(conversation_id="c1"))
        while store.expire(ended_before=at(100_000), at=at(0)):
            pass

        assert await webhook.post_due() == 0
