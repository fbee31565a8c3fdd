"""Worker and node are killed both: the next node goes on where the last one looked after a call."""

from __future__ import annotations

import asyncio
import time

import pytest

from switch.config import Config
from switch.threads.text import as_text, describe
from tests.contract.whole.deaths import (
    is_free,
    kill_at,
    kill_node,
    node_is_back,
    thread_of,
    until,
)
from tests.contract.whole.party import Party
from tests.contract.whole.test_dead_worker import Talk, final, talking
from tests.contract.whole.test_rescued import transferring

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


async def hangs_up(leaves: Party, talk: Talk) -> float:
    """Let somebody hang up; returns after how many ms the other has his BYE."""
    his, hers = talk.his, talk.hers
    call, other = (his, hers) if leaves is talk.customer else (hers, his)
    at_s = time.monotonic()
    await asyncio.gather(call.hang_up(), other.until_over())
    return (time.monotonic() - at_s) * 1000


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_the_next_node_looks_after_a_call_whose_worker_is_dead(
    running: Config, parties: dict[str, Party], who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = await talking(parties)
    kill_at(talk.port)
    await until(lambda: not is_free(talk.port))
    await thread_of(running, over=False)

    before = kill_node(running)
    await node_is_back(running, before)
    await until(lambda: not is_free(talk.port))
    await talk.hear_each_other()
    took_ms = await hangs_up(parties[who], talk)

    thread = await thread_of(running)
    with capsys.disabled():
        print(f"\n{who}: BYE after {took_ms:.1f} ms\n{as_text(describe(thread))}")  # noqa: T201
    assert [leg.end_reason for leg in thread.legs] == ["worker_lost"] * 2
    assert len({leg.unattended_since for leg in thread.legs}) == 1


async def test_a_bye_of_a_call_that_is_over_is_answered_by_the_next_node_too(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    kill_at(talk.port)
    await hangs_up(talk.customer, talk)
    await thread_of(running)

    before = kill_node(running)
    await node_is_back(running, before)

    await until(lambda: not is_free(talk.port))
    assert await final(talk.customer, talk.his, "BYE") == 200
    assert await final(talk.alice, talk.hers, "BYE") == 200


async def test_a_bye_that_comes_while_neither_is_there_is_passed_on_by_the_next_node(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk = await talking(parties)
    await thread_of(running, over=False)
    before = kill_node(running)
    kill_at(talk.port)

    took_ms = await hangs_up(talk.customer, talk)

    await node_is_back(running, before)
    with capsys.disabled():
        print(f"\nnode and worker killed at once: BYE after {took_ms:.0f} ms")  # noqa: T201
    thread = await thread_of(running)
    assert [leg.end_reason for leg in thread.legs] == ["worker_lost"] * 2


async def test_a_transferee_is_won_back_by_the_next_node(
    running: Config, parties: dict[str, Party]
) -> None:
    talk, rung = await transferring(parties)
    saul, customer = parties["saul"], talk.customer

    before = kill_node(running)
    kill_at(talk.port)
    again = await saul.answers()
    await node_is_back(running, before)
    await rung.until_over()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)
    await again.hang_up()
    await talk.his.until_over()

    thread = await thread_of(running)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "answered"]


@pytest.mark.parametrize("who", ["customer", "saul"])
async def test_a_transferee_who_was_won_back_stays_so_under_the_next_node(
    running: Config, parties: dict[str, Party], who: str
) -> None:
    talk, rung = await transferring(parties)
    saul, customer = parties["saul"], talk.customer
    kill_at(talk.port)
    await rung.until_over()
    again = await saul.answers()
    await customer.hears(saul.tone)

    before = kill_node(running)
    await node_is_back(running, before)
    await until(lambda: not is_free(talk.port))
    if who == "customer":
        await asyncio.gather(talk.his.hang_up(), again.until_over())
    else:
        await asyncio.gather(again.hang_up(), talk.his.until_over())

    thread = await thread_of(running)
    assert [one.outcome for one in thread.transfers] == ["worker_lost", "answered"]
    assert thread.legs[0].end_reason == "completed"
