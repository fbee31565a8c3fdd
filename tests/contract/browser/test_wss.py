"""A browser that comes by wss and speaks Opus, with a customer on a line that knows PCMU only."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time

import pytest

from switch.config import Config
from switch.desk.store import open_store
from switch.threads.view import LegView, ThreadView
from tests.contract.browser.browser import BrowserPhone
from tests.contract.browser.conftest import FRANKS
from tests.contract.cli.phone import PATIENCE_S
from tests.contract.edge.ua import HOST
from tests.contract.whole.deaths import until
from tests.contract.whole.party import CUSTOMER, Party
from tests.contract.whole.switch import Programs
from tests.contract.whole.test_media_lost import hears_anew, tell

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

SECURE = True
ERINS_NUMBER = "+14805550104"
FRANKS_NUMBER = "+14805550105"


async def talk(browser: BrowserPhone, customer: Party, number: str = ERINS_NUMBER) -> None:
    """Let the customer call the browser; both hear each other then."""
    customer.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(number))
    await browser.rings()
    await browser.does("answer")
    await calling
    await browser.hears(customer.voice.tone_hz)
    await customer.hears(browser.tone)


async def newest_thread(config: Config) -> ThreadView:
    """Return what became of the customer's last call, once it is over."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.closing(open_store(config.store_url)) as store:
                found = store.newest(limit=1, contact=CUSTOMER)
            if found and found[0].ended_at is not None:
                return found[0]
            await asyncio.sleep(0.05)


def newest_of(config: Config) -> list[LegView]:
    """Return the legs of the newest conversation."""
    with contextlib.closing(open_store(config.store_url)) as store:
        found = store.newest(limit=1)
    return list(found[0].legs) if found else []


async def test_the_certificate_is_the_one_of_the_configuration(running: Config) -> None:
    # Nobody else has signed it: what is trusted is that one and no other.
    trusting = ssl.create_default_context(cafile=running.edge.ws_certificate)

    _reader, writer = await asyncio.open_connection(HOST, running.edge.ws_port, ssl=trusting)

    assert ("IP Address", HOST) in writer.get_extra_info("peercert")["subjectAltName"]
    writer.close()


async def test_nobody_is_heard_there_who_does_not_encrypt(running: Config) -> None:
    reader, writer = await asyncio.open_connection(HOST, running.edge.ws_port)
    writer.write(b"GET / HTTP/1.1\r\nHost: switch.test\r\nUpgrade: websocket\r\n\r\n")

    async with asyncio.timeout(PATIENCE_S):
        said = await reader.read(100)

    assert not said.startswith(b"HTTP")
    writer.close()


async def test_opus_in_the_browser_is_pcmu_on_the_line(
    erin: BrowserPhone, parties: dict[str, Party], running: Config
) -> None:
    customer = parties["customer"]
    await talk(erin, customer)
    stats = await erin.does("stats")
    assert (stats["codec"], stats["dtls"]) == ("audio/opus", "connected")
    await erin.does("hold")
    await customer.hears("music")
    await erin.does("unhold")
    await customer.hears(erin.tone)
    await erin.hears(customer.voice.tone_hz)

    await erin.does("hangUp")
    assert customer.calling is not None
    await customer.calling.until_over()

    thread = await newest_thread(running)
    legs = {leg.rep or leg.role: leg for leg in thread.legs}
    assert (legs["customer"].codec, legs["erin"].codec) == ("PCMU", "opus")


async def test_it_calls_a_phone_that_knows_pcmu_only(
    erin: BrowserPhone, parties: dict[str, Party]
) -> None:
    alice = parties["alice"]
    await erin.does("call", "101")
    call = await alice.answers()

    await alice.hears(erin.tone)
    await erin.hears(alice.voice.tone_hz)

    assert (await erin.does("stats"))["codec"] == "audio/opus"
    await erin.does("hangUp")
    await call.until_over()


async def test_what_both_speak_comes_before_what_would_have_to_be_transcoded(
    frank: BrowserPhone, parties: dict[str, Party]
) -> None:
    customer = parties["customer"]

    await talk(frank, customer, FRANKS_NUMBER)

    assert (await frank.does("stats"))["codec"] == "audio/PCMU"


async def test_two_browsers_speak_opus(erin: BrowserPhone, frank: BrowserPhone) -> None:
    await erin.does("call", FRANKS)
    await frank.rings()
    await frank.does("answer")

    await erin.hears(frank.tone_hz)
    await frank.hears(erin.tone_hz)

    assert (await erin.does("stats"))["codec"] == "audio/opus"
    assert (await frank.does("stats"))["codec"] == "audio/opus"
    await erin.does("hangUp")
    await frank.until("isOver")


async def test_they_hear_each_other_again_when_rtpengine_was_killed(
    erin: BrowserPhone, parties: dict[str, Party], programs: Programs
) -> None:
    customer = parties["customer"]
    await talk(erin, customer)
    assert customer.calling is not None
    before = (await erin.does("stats"))["address"]

    programs.kill("media")
    died_s = time.time()

    silence_s = await hears_anew(customer, erin.tone, died_s)
    await erin.moves_from(before)
    await erin.hears(customer.voice.tone_hz)
    tell("a customer of a browser", silence_s)
    assert await erin.knows("reinvited") == 1
    assert len(customer.offers) == 1


async def test_who_called_with_one_is_heard_again_too(
    erin: BrowserPhone, parties: dict[str, Party], programs: Programs
) -> None:
    alice = parties["alice"]
    alice.takes_new_descriptions()
    await erin.does("call", "101")
    call = await alice.answers()
    await alice.hears(erin.tone)
    await erin.hears(alice.voice.tone_hz)
    before = (await erin.does("stats"))["address"]

    programs.kill("media")
    died_s = time.time()

    silence_s = await hears_anew(alice, erin.tone, died_s)
    await erin.moves_from(before)
    await erin.hears(alice.voice.tone_hz)
    tell("one whom a browser has called", silence_s)
    await erin.does("hangUp")
    await call.until_over()


async def test_two_browsers_are_not_left_in_silence(
    running: Config, erin: BrowserPhone, frank: BrowserPhone, programs: Programs
) -> None:
    """They would find each other again most times only: so their call ends, and says why."""
    await erin.does("call", FRANKS)
    await frank.rings()
    await frank.does("answer")
    await erin.hears(frank.tone_hz)

    programs.kill("media")

    await erin.until("isOver")
    await frank.until("isOver")
    await until(lambda: [leg.end_reason for leg in newest_of(running)] == ["media_lost"] * 2)
