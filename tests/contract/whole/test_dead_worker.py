"""A worker is killed in the middle of a call: nobody is left on a dead line.

Nothing here waits for a time: each step is taken when a phone hears, rings or is hung up on.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import pytest

from switch.call.endings import EndReason
from switch.config import Config
from switch.media.ng import NgClient
from switch.node.inheritance import why_silent
from switch.threads.instants import seconds_between
from switch.threads.text import as_text, describe
from tests.contract.cli.phone import Call
from tests.contract.edge.ua import DOMAIN
from tests.contract.whole.deaths import (
    is_free,
    kill_at,
    media_know,
    port_of,
    presence_on,
    thread_of,
    until,
)
from tests.contract.whole.party import ALICES, Party

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

FRAMES = 25
BYE_WITHIN_S = 2.0
"""The promise; on loopback it takes some milliseconds."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """A customer and alice who talk."""

    customer: Party
    alice: Party
    his: Call
    hers: Call

    @property
    def port(self) -> int:
        return port_of(self.hers)

    async def hear_each_other(self) -> None:
        """Return when each has heard half a second of the other, from now on."""
        from_s = time.time()
        for one, other in ((self.customer, self.alice), (self.alice, self.customer)):
            heard = one.voice.heard
            await until(lambda heard=heard: heard.packets(from_s) >= FRAMES)
            await one.hears(other.tone)
            assert heard.order(from_s) == [other.tone]


async def talking(parties: dict[str, Party]) -> Talk:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    hers = await alice.answers()
    talk = Talk(customer=customer, alice=alice, his=await calling, hers=hers)
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    return talk


async def final(party: Party, call: Call, method: str, **said: object) -> int:
    """Return how the switch answers a request in a call."""
    assert call.dialog is not None
    party.phone.ua.within(call.dialog, method, **said)  # type: ignore[arg-type]
    answer = await party.phone.ua.final(method, call.dialog.call_id)
    if method == "INVITE":
        party.phone.ua.ack(call.dialog, cseq=call.dialog.cseq)
    return answer.status


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_killed_while_two_talk_they_talk_on_and_hang_up(
    running: Config, parties: dict[str, Party], who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with presence_on(running) as presence:
        talk = await talking(parties)
        await presence.becomes("alice", "on_call")

        kill_at(talk.port)
        thread = await thread_of(running, over=False)
        await until(lambda: not is_free(talk.port))
        await talk.hear_each_other()
        assert presence.states["alice"][-1] == "on_call"

        stays, leaves = (talk.hers, talk.his) if who == "customer" else (talk.his, talk.hers)
        at_s = time.monotonic()
        await asyncio.gather(leaves.hang_up(), stays.until_over())
        took_s = time.monotonic() - at_s
        await presence.becomes("alice", "available")

    assert took_s < BYE_WITHIN_S
    thread = await thread_of(running)
    told = as_text(describe(thread))
    with capsys.disabled():
        print(f"\n{who} hangs up: the other has his BYE after {took_s * 1000:.1f} ms\n{told}")  # noqa: T201
    assert [leg.end_reason for leg in thread.legs] == ["worker_lost"] * 2
    assert all(leg.unattended_since is not None for leg in thread.legs)
    assert "signalling lost at " in told
    assert len({leg.talk_s for leg in thread.legs}) == 1
    assert not await media_know(running, thread.conversation_id)


async def test_what_cannot_be_done_without_a_worker_is_refused_and_harms_nothing(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    kill_at(talk.port)
    await until(lambda: not is_free(talk.port))
    alice, hers = talk.alice, talk.hers
    refer_to = [("Refer-To", f"<sip:102@{DOMAIN}>")]
    sdp = [("Content-Type", "application/sdp")]

    hold = alice.sdp(direction="sendonly", version=2)
    assert await final(alice, hers, "INVITE", body=hold, extra=sdp) == 488
    assert await final(alice, hers, "REFER", extra=refer_to) == 500
    assert await final(alice, hers, "UPDATE", body=hold, extra=sdp) == 488
    assert await final(alice, hers, "OPTIONS") == 200

    await talk.hear_each_other()
    await talk.his.hang_up()
    await hers.until_over()
    await thread_of(running)


async def test_the_next_call_works_and_a_bye_sent_again_is_answered_again(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    kill_at(talk.port)
    await talk.his.hang_up()
    await talk.hers.until_over()
    assert await final(talk.customer, talk.his, "BYE") == 200
    before = await thread_of(running)

    again = await talking(parties)
    await again.his.hang_up()
    await again.hers.until_over()

    thread = await thread_of(running, since=before.started_at)
    assert [leg.end_reason for leg in thread.legs] == ["completed"] * 2


async def test_both_hang_up_in_one_moment(running: Config, parties: dict[str, Party]) -> None:
    talk = await talking(parties)
    kill_at(talk.port)

    await asyncio.gather(talk.his.hang_up(), talk.hers.hang_up())

    thread = await thread_of(running)
    assert [leg.end_reason for leg in thread.legs] == ["worker_lost"] * 2
    assert seconds_between(thread.started_at, thread.ended_at or "") >= 0


async def test_rtpengine_says_when_it_heard_them_last(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    thread = await thread_of(running, over=False)
    legs = [leg.leg_id for leg in thread.legs]
    ng = await NgClient.connect(running.media.ng_host, running.media.ng_port)
    answer = await ng.request("query", call_id=thread.conversation_id)
    ng.close()

    now_s = time.time()
    assert why_silent(answer, legs, since_s=0, now_s=now_s) is None
    assert why_silent(answer, legs, since_s=0, now_s=now_s + 60) is EndReason.MEDIA_TIMEOUT
    assert why_silent(answer, ["stranger"], since_s=0, now_s=now_s) is EndReason.MEDIA_TIMEOUT
    await talk.his.hang_up()
    await talk.hers.until_over()
