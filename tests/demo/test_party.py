import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from switch.demo import scenario
from switch.demo.checks import final_status, heard_by
from switch.demo.party import Part, Party
from switch.demo.scenario import Cue
from switch.demo.voice import Voice

pytestmark = pytest.mark.contract

_PARTS = scenario.root() / "parties"
_FINISH_WITHIN_S = 20  # only a hang gets there


class _Call:
    """A customer who calls a phone, with no switch between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parties: dict[str, Party] = {}

    async def party(self, name: str, xml: str, address: str, calls: int, **variables: int) -> Party:
        voice = Voice(tone_hz=900 + 200 * len(self.parties))
        await voice.open(address)
        part = Part(
            name=name,
            xml=_PARTS / xml,
            address=address,
            switch=("127.0.0.3", calls),
            keys={"user": name, "dialled": "alice", "domain": "switch.test"},
            variables=variables,
        )
        self.parties[name] = party = Party(part, voice=voice, folder=self.folder)
        await party.start()
        return party

    async def end(self) -> None:
        for party in self.parties.values():
            await party.stop()
            if party.voice is not None:
                party.voice.close()


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[_Call]:
    call = _Call(tmp_path)
    yield call
    await call.end()


async def test_two_parties_talk_and_hear_each_other(call: _Call) -> None:
    alice = await call.party("alice", "answers.xml", "127.0.0.3", 9, ring_ms=100)
    customer = await call.party(
        "customer", "customer_hangs_up.xml", "127.0.0.2", alice.port, talk_ms=500
    )

    assert await customer.finish(_FINISH_WITHIN_S) is None
    assert await alice.finish(_FINISH_WITHIN_S) is None

    assert heard_by(customer, call.parties) == ["alice"]
    assert heard_by(alice, call.parties) == ["customer"]
    assert final_status(customer.messages, "BYE") == 200


async def test_a_party_that_gets_what_it_does_not_expect_says_what(call: _Call) -> None:
    alice = await call.party("alice", "is_busy.xml", "127.0.0.3", 9, ring_ms=10)
    customer = await call.party("customer", "customer_stays.xml", "127.0.0.2", alice.port)

    why = await customer.finish(_FINISH_WITHIN_S)

    assert why is not None
    assert why.startswith("expected ")
    assert why.endswith("got: SIP/2.0 486 Busy Here")


async def test_a_party_that_nobody_calls_is_given_up_in_words(call: _Call) -> None:
    alice = await call.party("alice", "answers.xml", "127.0.0.3", 9, ring_ms=10)

    why = await alice.finish(0.3)

    assert why == "was still waiting after 0.3 s; no message was sent or received"


async def test_cancel_reaches_a_phone_that_rings(call: _Call) -> None:
    alice = await call.party("alice", "rings.xml", "127.0.0.3", 9)
    customer = await call.party("customer", "customer_cancels.xml", "127.0.0.2", alice.port)

    assert await customer.finish(_FINISH_WITHIN_S) is None
    assert await alice.finish(_FINISH_WITHIN_S) is None
    assert final_status(customer.messages, "INVITE") == 487


async def test_who_waits_for_it_is_prompted_to_hang_up(call: _Call) -> None:
    alice = await call.party("alice", "answers.xml", "127.0.0.3", 9, ring_ms=10)
    customer = await call.party("customer", "customer_is_prompted.xml", "127.0.0.2", alice.port)

    await alice.has_seen(Cue(party="alice", method="ACK"))
    customer.prompt()

    assert await customer.finish(_FINISH_WITHIN_S) is None
    assert await alice.finish(_FINISH_WITHIN_S) is None


async def test_a_message_is_waited_for_by_its_number_and_by_what_it_holds(call: _Call) -> None:
    alice = await call.party("alice", "answers.xml", "127.0.0.3", 9, ring_ms=10)
    await call.party("customer", "customer_hangs_up.xml", "127.0.0.2", alice.port, talk_ms=10)
    invite = Cue(party="alice", method="INVITE")

    async with asyncio.timeout(_FINISH_WITHIN_S):
        await alice.has_seen(invite)
        await alice.has_seen(Cue(party="alice", method="INVITE", status=200, text="m=audio"))
        await alice.finish(_FINISH_WITHIN_S)
    for cue in (replace(invite, times=2), replace(invite, text="?!")):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await alice.has_seen(cue)


async def test_the_command_left_beside_the_traces_can_be_typed(call: _Call, tmp_path: Path) -> None:
    await call.party("alice", "answers.xml", "127.0.0.3", 9, ring_ms=10)

    command = (tmp_path / "alice.command").read_text()

    assert command.startswith("sipp 127.0.0.3:9 -sf ")
    assert "-set ring_ms 10" in command
    assert f"-message_file {tmp_path}/alice.messages" in command


async def test_sipp_overlooks_what_is_not_expected_only_if_the_part_says_so(tmp_path: Path) -> None:
    part = Part(
        name="alice", xml=_PARTS / "answers.xml", address="127.0.0.3", switch=("127.0.0.2", 9)
    )

    strict, lax = (
        Party(dataclasses.replace(part, overlooks=overlooks), folder=tmp_path).command("messages")
        for overlooks in (False, True)
    )

    assert "-default_behaviors" not in strict
    assert lax[lax.index("-default_behaviors") + 1] == "all,-abortunexp"


async def test_a_caller_may_dial_another_number_with_each_call(call: _Call) -> None:
    alice = Party(
        Part(
            name="alice",
            xml=_PARTS / "is_busy.xml",
            address="127.0.0.3",
            switch=("127.0.0.3", 9),
            calls=2,
            keys={"user": "alice"},
            variables={"ring_ms": 10},
        ),
        folder=call.folder,
    )
    call.parties["alice"] = alice
    await alice.start()
    customers = Party(
        Part(
            name="customers",
            xml=_PARTS / "customers_ring_each.xml",
            address="127.0.0.2",
            switch=("127.0.0.3", alice.port),
            calls=2,
            keys={"user": "customers", "rtp_port": "9"},
            variables={"talk_ms": 10},
            lines=["+14805550100", "+14805550101"],
        ),
        folder=call.folder,
    )
    call.parties["customers"] = customers

    await customers.start()
    await customers.finish(_FINISH_WITHIN_S)

    dialled = {m.first_line.split("@")[0] for m in customers.messages if m.method == "INVITE"}
    assert {"INVITE sip:+14805550100", "INVITE sip:+14805550101"} <= dialled
