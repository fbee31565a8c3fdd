"""``softswitch transfers``, ``transfer`` and ``resume`` as they are typed, on a whole switch.

Nothing here waits for a time: each step is taken when a phone has rung, or the list says so.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dialplan import Did, Rep, Territory, Trunk
from switch.cli import main
from switch.config import (
    Config,
    RecallSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
    embedded,
    write,
)
from switch.demo.ports import held_ports, take_port
from switch.desk import asker
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor
from tests.cli.typing_at import Said
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import HOST, Ua

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

ALICES = "+14805550100"
REPS = {"alice": "101", "saul": "102", "bob": "103"}
RECALL = RecallSettings(retries=0, ring_s=120, wait_s=120, fallback=("own_territory",))

_CUSTOMERS = itertools.count(10)


class House:
    """A switch that runs, a phone for each rep, and a trunk that customers call through."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self.phones: dict[str, Phone] = {}
        self.trunk: Phone

    async def open(self, stack: AsyncExitStack) -> None:
        port = self._config.edge.sip_port
        trunk_port = self._config.dialplan.trunks[0].port or 0
        self.trunk = Phone(await Ua.open(port, port=trunk_port))
        stack.push_async_callback(self.trunk.close)
        for rep in REPS:
            ua = await Ua.open(port, port=take_port(HOST))
            registered = await ua.register(rep, f"secret-{rep}", expires=3600)
            assert registered.status == 200
            self.phones[rep] = Phone(ua)
            stack.push_async_callback(self.phones[rep].close)

    async def type(self, command: str, *arguments: str) -> Said:
        return await asyncio.to_thread(_type, command, *arguments, "--config", self.config_folder)

    @property
    def config_folder(self) -> str:
        return str(self._folder / "config")

    async def listed(self) -> list[dict[str, Any]]:
        said = await self.type("transfers", "--json")
        assert said.status == 0, said.err
        found: list[dict[str, Any]] = json.loads(said.out)
        return found

    async def until_listed(self, holds: Callable[[list[dict[str, Any]]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(await self.listed()):
                pass

    async def thread(self, contact: str) -> dict[str, Any]:
        said = await self.type("threads", "--contact", contact, "--json")
        assert said.status == 0, said.err
        (found,) = json.loads(said.out)
        whole: dict[str, Any] = found
        return whole

    async def call(self, rep: str = "alice") -> tuple[Call, Call, str]:
        """Let a customer call alice; returns his call, hers, and the customer's number."""
        contact = f"+148055502{next(_CUSTOMERS)}"
        sender = f"<sip:{contact}@{HOST}>"
        calling = asyncio.create_task(self.trunk.call(f"sip:{ALICES}@switch.test", sender))
        answered = await self.phones[rep].rung()
        answered.answer()
        return await calling, answered, contact

    async def id_of(self, contact: str) -> str:
        """Return the id of the conversation with somebody, as softswitch threads knows it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                said = await self.type("threads", "--contact", contact, "--json")
                if said.status == 0 and (found := json.loads(said.out)):
                    return str(found[0]["conversation_id"])


def _type(*arguments: str) -> Said:
    """Type a command here: as many processes would take their time."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(arguments)
    return Said(status=int(ended.value.code or 0), out=out.getvalue(), err=err.getvalue())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("switch")
    async with AsyncExitStack() as stack:
        config = embedded(
            folder,
            ports=stack.enter_context(held_ports()),
            reps=[
                Rep(name=name, extension=extension, display_name=name.title())
                for name, extension in REPS.items()
            ],
            territories=[
                Territory(name="arizona", extension="801", members=("alice", "bob"), ring_s=120)
            ],
            dids=[Did(number=ALICES, rep="alice")],
            trunks=[Trunk(name="pstn", address=HOST, port=take_port(HOST))],
            workers=WorkerSettings(warm=2, most=6),
        )
        response = TransferSettings(response_timeout_s=ResponseTimes.of(300))
        config = dataclasses.replace(config, recall=RECALL, transfer=response)
        path = write(config, folder / "config")
        credentials.create(credentials_file(config))
        for rep in REPS:
            secret = f"secret-{rep}"
            credentials.set_password(credentials_file(config), rep, config.switch.domain, secret)
        supervisor = Supervisor(config, path, quiet=True)
        stack.push_async_callback(supervisor.stop)
        patient = stack.enter_context(pytest.MonkeyPatch.context())
        patient.setattr(asker, "_ANSWERED_WITHIN_S", PATIENCE_S)
        patient.setattr(asker, "_CONNECTED_WITHIN_S", PATIENCE_S)
        await supervisor.start()
        house = House(config, folder)
        await house.open(stack)
        yield house


@pytest.fixture
def nobody_is_left(house: House) -> House:
    """Check that no phone rings still from the test before."""
    assert not [name for name, phone in house.phones.items() if phone.is_rung]
    return house


async def test_a_call_is_transferred_declined_seen_and_transferred_again(
    nobody_is_left: House,
) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)
    assert await house.listed() == []

    said = await house.type("transfer", whole, "saul")
    assert (said.status, said.err) == (0, "")
    assert said.out == f"{whole} is being transferred to saul\n"
    await hers.until_over()
    sauls = await house.phones["saul"].rung()

    await house.until_listed(lambda found: [one["state"] for one in found] == ["ringing"])
    table = await house.type("transfers")
    assert f"{whole[:18]}  {contact}  alice       saul is ringing" in table.out
    refused = await house.type("transfer", whole, "bob")
    assert refused.status == 1
    assert "not transferred to bob: a transfer is under way" in refused.err

    sauls.decline()
    back = await house.phones["alice"].rung()
    assert back.display_name.startswith("saul declined")
    await house.until_listed(lambda found: [one["state"] for one in found] == ["recalling"])
    table = await house.type("transfers")
    assert "saul declined, calling alice back" in table.out

    for target, words in (("nobody", "is no rep"), ("alice", "to himself")):
        refused = await house.type("transfer", whole, target)
        assert refused.status == 1
        assert words in refused.err
    refused = await house.type("transfer", whole, "bob", "--as", "saul")
    assert "it is no call of saul's to transfer: it is alice's" in refused.err
    assert not back.over.is_set()

    said = await house.type("transfer", whole, "103", "--as", "alice")
    assert (said.status, said.err) == (0, "")
    await back.until_over()
    bobs = await house.phones["bob"].rung()
    bobs.answer()
    await house.until_listed(lambda found: found == [])

    refused = await house.type("resume", whole)
    assert refused.status == 1
    assert "there is nothing to resume" in refused.err
    await customer.hang_up()
    await bobs.until_over()

    async with asyncio.timeout(PATIENCE_S):
        while not (thread := await house.thread(contact))["ended_at"]:
            pass
    told = [(one["from"], one["to"], one["outcome"]) for one in thread["transfers"]]
    assert told == [("alice", "saul", "declined"), ("alice", "bob", "answered")]


async def test_a_call_is_taken_back_while_it_rings(nobody_is_left: House) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)
    assert (await house.type("transfer", whole, "saul")).status == 0
    await hers.until_over()
    sauls = await house.phones["saul"].rung()

    refused = await house.type("resume", whole, "--as", "saul")
    assert refused.status == 1
    said = await house.type("resume", whole[:18], "--as", "alice")

    assert (said.status, said.err) == (0, "")
    assert said.out == f"{whole} is being given back\n"
    await sauls.until_over()
    back = await house.phones["alice"].rung()
    back.answer()
    await house.until_listed(lambda found: found == [])
    await customer.hang_up()
    await back.until_over()


async def test_whom_nobody_takes_goes_to_the_transferors_territory(nobody_is_left: House) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)
    assert (await house.type("transfer", whole, "saul")).status == 0
    await hers.until_over()
    (await house.phones["saul"].rung()).decline()
    (await house.phones["alice"].rung()).decline()

    bobs = await house.phones["bob"].rung()

    await house.until_listed(lambda found: [one["state"] for one in found] == ["falling_back"])
    bobs.answer()
    await house.until_listed(lambda found: found == [])
    await customer.hang_up()
    await bobs.until_over()
    assert not house.phones["alice"].is_rung


async def test_a_transferor_on_another_call_is_called_back_when_that_is_over(
    nobody_is_left: House,
) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)
    assert (await house.type("transfer", whole, "saul")).status == 0
    await hers.until_over()
    sauls = await house.phones["saul"].rung()
    other, another, _number = await house.call()

    sauls.decline()

    await house.until_listed(lambda found: [one["state"] for one in found] == ["waiting"])
    table = await house.type("transfers")
    assert "saul declined, alice is on another call" in table.out
    assert not house.phones["alice"].is_rung
    await other.hang_up()
    await another.until_over()
    back = await house.phones["alice"].rung()
    back.answer()
    await customer.hang_up()
    await back.until_over()


async def test_a_beginning_that_two_calls_have_is_answered_with_both(
    nobody_is_left: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = nobody_is_left
    first, hers, contact = await house.call()
    second, hers_too, other_contact = await house.call()
    ids = sorted([await house.id_of(contact), await house.id_of(other_contact)])

    refused = await house.type("transfer", "20", "saul")
    monkeypatch.setattr(asker, "_ANSWERED_WITHIN_S", 1)
    none = await house.type("resume", "19991231")

    assert (refused.status, none.status) == (1, 1)
    assert f"'20' may mean {ids[0]}, {ids[1]}: say more of it (409)" in refused.err
    assert "there is no call '19991231', or it is over" in none.err
    for customer, rep in ((first, hers), (second, hers_too)):
        await customer.hang_up()
        await rep.until_over()


async def test_a_call_is_over_at_once_when_the_customer_has_had_enough(
    nobody_is_left: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)
    assert (await house.type("transfer", whole, "saul")).status == 0
    await hers.until_over()
    (await house.phones["saul"].rung()).decline()
    back = await house.phones["alice"].rung()

    await customer.hang_up()

    await back.until_over()
    await house.until_listed(lambda found: found == [])
    monkeypatch.setattr(asker, "_ANSWERED_WITHIN_S", 1)
    refused = await house.type("transfer", whole, "bob")
    assert refused.status == 1
    assert "or it is over" in refused.err


async def test_a_call_is_held_muted_and_hung_up_as_it_is_typed(nobody_is_left: House) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)

    for typed in (("hold", "on"), ("hold", "off"), ("mute", "on")):
        said = await house.type(typed[0], whole, typed[1], "--as", "alice")
        assert (said.status, said.out) == (0, f"{whole}: {typed[0]} is {typed[1]}\n")
    wrong = await house.type("hold", whole, "perhaps")
    not_his = await house.type("hangup", whole, "--as", "bob")
    ended = await house.type("hangup", whole)

    assert (wrong.status, "`action` is wrong" in wrong.err) == (1, True)
    assert (not_his.status, "no call of bob's: it is alice's (403)" in not_his.err) == (1, True)
    assert (ended.status, ended.out) == (0, f"{whole}: ended\n")
    await customer.until_over()
    await hers.until_over()


async def test_a_call_is_begun_and_told_of_as_it_is_typed(nobody_is_left: House) -> None:
    house = nobody_is_left
    typing = asyncio.create_task(house.type("call", "alice", "102"))
    hers = await house.phones["alice"].rung()
    busy = await house.type("call", "alice", "103")
    hers.answer()
    sauls = await house.phones["saul"].rung()
    sauls.answer()
    said = await typing
    await hers.hang_up()
    await sauls.until_over()

    assert said.status == 0, said.err
    assert "alice has answered\n" in said.out
    assert "has answered: they talk\n" in said.out
    assert (busy.status, "alice is on a call, or is being rung (486)" in busy.err) == (1, True)


async def test_a_rep_is_away_and_back_as_it_is_typed(nobody_is_left: House) -> None:
    house = nobody_is_left

    said = [await house.type(typed, "bob") for typed in ("away", "back")]
    nobody = await house.type("away", "zoe")

    assert [one.out for one in said] == ["bob is away\n", "bob is back\n"]
    assert (nobody.status, "there is no rep 'zoe' (404)" in nobody.err) == (1, True)


async def test_as_a_program_it_exits_with_the_status(nobody_is_left: House) -> None:
    config = ("--config", nobody_is_left.config_folder)
    program = (sys.executable, "-m", "switch")

    listing = await asyncio.create_subprocess_exec(
        *program, "transfers", *config, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(listing.communicate(), PATIENCE_S)
    refusing = await asyncio.create_subprocess_exec(
        *program, "resume", "#", *config, stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(refusing.communicate(), PATIENCE_S)

    assert (listing.returncode, out) == (0, b"no transfer is under way, and nobody waits\n")
    assert (refusing.returncode, err) == (
        1,
        b"softswitch: this cannot be asked: `conversation` is wrong\n",
    )


async def test_a_call_is_recorded_and_whoever_does_not_talk_in_it_may_not(
    nobody_is_left: House,
) -> None:
    house = nobody_is_left
    customer, hers, contact = await house.call()
    whole = await house.id_of(contact)

    for action, words in [("perhaps", "`action` is wrong"), ("pause", "nothing of it is recorded")]:
        refused = await house.type("record", whole, action)
        assert refused.status == 1
        assert words in refused.err
    assert (await house.type("record", whole, "on", "--as", "bob")).status == 1
    said = await house.type("record", whole[:18], "on", "--as", "alice")
    await customer.hang_up()
    await hers.until_over()

    assert (said.status, said.err) == (0, "")
    assert said.out == f"{whole}: recording is on\n"
