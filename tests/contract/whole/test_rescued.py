"""A worker is killed before anybody answered, or while a customer hears music."""

from __future__ import annotations

import asyncio

import pytest

from switch.audio.tones import MUSIC
from switch.config import Config
from switch.threads.text import as_text, describe
from switch.threads.view import ThreadView
from tests.contract.cli.phone import Call
from tests.contract.edge.ua import DOMAIN, Message, raw_request, token
from tests.contract.whole.deaths import is_free, kill_at, port_in, port_of, thread_of, until
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.test_dead_worker import Talk, talking

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


def told(thread: ThreadView, capsys: pytest.CaptureFixture[str]) -> str:
    """Print a thread, and return it as text."""
    text = as_text(describe(thread))
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201
    return text


async def calls(customer: Party) -> Message:
    """Call alice, and return what the call was refused with."""
    ua, call_id = customer.phone.ua, token()
    uri, sender = f"sip:{ALICES}@{DOMAIN}", f"<sip:+14805550199@{DOMAIN}>;tag={token()}"
    headers = ua.headers("INVITE", sender, f"<{uri}>", call_id)
    headers.append(("Content-Type", "application/sdp"))
    ua.last_invite = raw_request("INVITE", uri, headers, customer.sdp())
    ua.send(ua.last_invite)
    return await ua.final("INVITE", call_id, timeout_s=30)


async def transferring(
    parties: dict[str, Party], *, stays: bool = False, rings: bool = True
) -> tuple[Talk, Call]:
    """Let alice transfer the customer to saul, whose phone rings."""
    talk = await talking(parties)
    if stays:
        assert talk.hers.dialog is not None
        talk.alice.phone.ua.within(
            talk.hers.dialog, "REFER", extra=[("Refer-To", f"<sip:102@{DOMAIN}>")]
        )
        assert (await talk.alice.phone.ua.final("REFER")).status == 202
    else:
        await talk.alice.transfers(talk.hers, "102")
    rung = await parties["saul"].phone.rung()
    await talk.customer.hears(MUSIC)
    return talk, rung


async def test_killed_while_it_rings_the_caller_may_try_again_and_the_phone_stops(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(calls(customer))
    rung = await alice.phone.rung()

    kill_at(port_in(rung.invite))
    refused = await calling
    await rung.until_over()

    assert (refused.status, bool(refused.get("Retry-After"))) == (503, True)
    thread = await thread_of(running)
    told(thread, capsys)
    assert thread.legs[0].end_reason == "worker_lost"
    assert [one.outcome for one in thread.legs[0].attempts] == ["worker_lost"]


async def test_killed_in_a_transfer_the_target_rings_again_and_talks(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk, rung = await transferring(parties)
    saul, customer = parties["saul"], talk.customer

    kill_at(talk.port)
    await rung.until_over()
    again = await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)
    await talk.his.hang_up()
    await again.until_over()

    # He heard nothing else than music in between, and then saul.
    assert customer.voice.heard.order()[-2:] == [MUSIC, saul.tone]
    thread = await thread_of(running)
    text = told(thread, capsys)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "answered"]
    assert "tried saul" in text
    assert [leg.end_reason for leg in thread.legs] == ["completed", "transferred", "completed"]


async def test_a_transferor_who_waited_is_let_go_and_called_back_when_the_target_declines(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk, rung = await transferring(parties, stays=True)
    alice, saul, customer = talk.alice, parties["saul"], talk.customer

    kill_at(talk.port)
    await rung.until_over()
    await talk.hers.until_over()
    (await saul.phone.rung()).decline()
    back = await alice.answers()
    alice.voice.press("1")
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    await back.hang_up()
    await talk.his.until_over()

    thread = await thread_of(running)
    told(thread, capsys)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "declined"]
    assert [one.outcome for one in thread.recalls] == ["resumed"]
    assert [leg.end_reason for leg in thread.legs] == ["completed", "worker_lost", "completed"]


async def test_killed_in_a_recall_the_transferor_is_called_again(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk, rung = await transferring(parties)
    alice, customer = talk.alice, talk.customer
    rung.decline()
    first = await alice.phone.rung()

    kill_at(port_in(first.invite))
    await first.until_over()
    second = await alice.answers()
    alice.voice.press("1")
    await customer.hears(alice.tone)
    await talk.his.hang_up()
    await second.until_over()

    thread = await thread_of(running)
    told(thread, capsys)
    assert [one.outcome for one in thread.recalls] == ["worker_lost", "resumed"]


async def test_killed_twice_the_customer_is_won_back_twice_and_talks_on_unattended(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk, rung = await transferring(parties)
    saul, customer = parties["saul"], talk.customer

    kill_at(talk.port)
    await rung.until_over()
    second = await saul.phone.rung()
    kill_at(port_in(second.invite))
    await second.until_over()
    third = await saul.answers()
    await customer.hears(saul.tone)
    kill_at(port_of(third))
    await until(lambda: not is_free(port_of(third)))
    await saul.hears(customer.tone)
    await third.hang_up()
    await talk.his.until_over()

    thread = await thread_of(running)
    told(thread, capsys)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "worker_lost", "answered"]
    assert thread.legs[-1].unattended_since is not None


async def test_a_customer_who_hangs_up_on_music_after_a_rescue_ends_it_all(
    running: Config, parties: dict[str, Party]
) -> None:
    talk, rung = await transferring(parties)

    kill_at(talk.port)
    await rung.until_over()
    again = await parties["saul"].phone.rung()
    await talk.his.hang_up()
    await again.until_over()

    thread = await thread_of(running)
    assert thread.legs[0].end_reason == "abandoned"


async def test_a_rescued_call_may_be_transferred_on(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk, rung = await transferring(parties)
    saul, bob, customer = parties["saul"], parties["bob"], talk.customer
    kill_at(talk.port)
    await rung.until_over()
    with_saul = await saul.answers()
    await customer.hears(saul.tone)

    await saul.transfers(with_saul, "103")
    with_bob = await bob.answers()
    await customer.hears(bob.tone)
    await bob.hears(customer.tone)
    await with_bob.hang_up()
    await talk.his.until_over()

    thread = await thread_of(running)
    told(thread, capsys)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "answered", "answered"]
    assert thread.legs[0].end_reason == "completed"
