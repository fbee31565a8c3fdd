"""A number has a name if anybody knows it soon; whatever goes wrong, the number stands alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from switch.config import ContactSettings
from switch.desk.contacts import (
    Contact,
    Contacts,
    FileLookup,
    HttpLookup,
    PluginLookup,
    make_contacts,
)

JANES = "+14805550123"


class Asked:
    """Answers as a test says, and counts."""

    def __init__(self, *answers: Mapping[str, Any] | Exception | None, after_s: float = 0) -> None:
        self.answers = list(answers)
        self.after_s = after_s
        self.count = 0

    async def __call__(self, number: str) -> Mapping[str, Any] | None:
        self.count += 1
        await asyncio.sleep(self.after_s)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_the_first_that_knows_a_number_is_believed_for_a_while() -> None:
    now = [0.0]
    first, second = Asked(None, None), Asked({"name": "Jane"}, {"name": "Joan"})
    contacts = Contacts([first, second], timeout_s=1, keep_s=60, now=lambda: now[0])

    assert await contacts.find(JANES) == Contact(number=JANES, name="Jane")
    assert await contacts.find(JANES) == Contact(number=JANES, name="Jane")
    now[0] = 61
    assert await contacts.find(JANES) == Contact(number=JANES, name="Joan")
    assert (first.count, second.count) == (2, 2)
    assert await contacts.find(None) is None


async def test_who_asks_meanwhile_waits_for_the_same_answer() -> None:
    asked = Asked({"name": "Jane"}, after_s=0.01)
    contacts = Contacts([asked], timeout_s=1, keep_s=60)

    found = await asyncio.gather(*(contacts.find(JANES) for _ in range(5)))

    assert {contact.name for contact in found if contact} == {"Jane"}
    assert asked.count == 1
    assert set(await contacts.find_all([JANES, None, JANES])) == {JANES}


@pytest.mark.parametrize(
    "asked", [Asked(ValueError("x")), Asked({"name": 7, "link": "javascript:x"}), Asked({})]
)
async def test_what_is_wrong_is_as_if_nobody_knew(asked: Asked) -> None:
    contacts = Contacts([asked], timeout_s=1, keep_s=60)

    assert await contacts.find(JANES) == Contact(number=JANES)


async def test_who_is_slow_is_not_waited_for() -> None:
    contacts = Contacts([Asked({"name": "Jane"}, after_s=60)], timeout_s=0.01, keep_s=60)

    assert await contacts.find(JANES) == Contact(number=JANES)


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("number,name,company,link\n(480) 555-0123,Jane,Acme,https://crm.test/1\n")
    lookup = FileLookup(file, "US")
    first = await lookup(JANES)
    file.write_text("number,name\n+14805550123,Joan\nnonsense,X\n")
    os.utime(file, (1, 1))
    second = await lookup(JANES)
    file.unlink()
    third = await lookup(JANES)

    assert first is not None
    assert (first["company"], first["link"]) == ("Acme", "https://crm.test/1")
    assert second is not None
    assert second["name"] == "Joan"
    assert third == second


async def test_a_file_may_be_toml(tmp_path: Path) -> None:
    file = tmp_path / "contacts.toml"
    file.write_text('[[contact]]\nnumber = "+14805550123"\nname = "Jane"\n')

    contacts = make_contacts(ContactSettings(file=file), "US")

    assert await contacts.find(JANES) == Contact(number=JANES, name="Jane")


async def test_a_plug_in_is_asked_in_a_thread_of_its_own() -> None:
    found = await PluginLookup(lambda number: {"name": number[-4:]})(JANES)

    assert found == {"name": "0123"}
    assert await make_contacts(ContactSettings(lookup="none"), "US").find(JANES) == Contact(
        number=JANES
    )


@asynccontextmanager
async def crm(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    asked: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?q={{number}}", asked
    server.close()


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"name":"Jane"}', "Jane"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000, None),
        (b"", None),
    ],
)
async def test_a_crm_is_asked_over_http(answer: bytes, name: str | None) -> None:
    async with crm(answer) as (url, asked):
        lookup = HttpLookup(url, 2)
        contacts = Contacts([lookup], timeout_s=2, keep_s=60)

        assert await contacts.find(JANES) == Contact(number=JANES, name=name)
        await lookup.close()
    assert asked == [b"GET /?q=%2B14805550123 HTTP/1.1"]
