"""What becomes of a call whose worker has died, with an edge of raw datagrams and no worker."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.call.target import Party
from switch.media.ng import MediaError
from switch.node import caretaker as caretakers
from switch.node.caretaker import Caretaker
from switch.node.inheritance import Estate
from switch.node.orphan import Rescuer
from switch.node.orphan_media import OrphanMedia
from switch.node.pooled import Memory
from switch.records.leg import LegRecord
from switch.sip import dialog as dialogs
from switch.sip.custody import KeptDialog
from switch.sip.dialog import SipDialog
from switch.sip.message import SipRequest
from switch.wire.survival import AdoptedEnded, EndAdopted, Waiting
from switch.wire.worker import ToWorker
from tests.node.fakes import eventually
from tests.node.test_heir import Edge, raw
from tests.node.test_inheritance import ALICE, KIM, WAITING, alice, kim
from tests.records.samples import customer, rep
from tests.sip.test_custody import request
from tests.sip.test_dialog import OFFERED, PLACED, alices, kims


class Worker:
    """A worker that has gone on with a conversation."""

    def __init__(self) -> None:
        self.told: list[ToWorker] = []

    def tell(self, message: ToWorker) -> None:
        self.told.append(message)


class Node:
    """What the caretaker asks, and what it says."""

    def __init__(self) -> None:
        self.records: list[LegRecord] = []
        self.interruptions: list[str] = []
        self.ended: list[str] = []
        self.words: list[tuple[str, str]] = []
        self.ports: list[int] = []
        self.worker: Worker | None = None
        self.asked = 0

    def leg_changed(self, record: LegRecord) -> None:
        self.records.append(record)

    def interrupted(self, conversation_id: str) -> None:
        self.interruptions.append(conversation_id)

    def ending(self, leg_id: str, kept: KeptDialog) -> None:
        self.words.append((leg_id, str(kept.state)))

    def silent(self, port: int) -> None:
        self.ports.append(port)

    def written(self) -> asyncio.Future[None]:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        written.set_result(None)
        return written

    def over(self, conversation_id: str) -> None:
        self.ended.append(conversation_id)

    async def rescue(
        self, _estate: Estate, _waiting: Waiting, begun: Callable[[Rescuer], None]
    ) -> bool:
        self.asked += 1
        if self.worker is None:
            return False
        begun(self.worker)
        return True

    def last(self) -> dict[str, tuple[str, str | None, str | None]]:
        """Return how it stands with each leg: its state, why it ended, and by whom."""
        return {one.leg_id: (one.state, one.end_reason, one.ended_by) for one in self.records}


class Server:
    """rtpengine: what it answers to ``query``, or why not."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: dict[str, Any] | str = {}

    async def request(self, command: str, **_fields: Any) -> dict[str, Any]:
        self.asked.append(command)
        if isinstance(self.answer, str):
            raise MediaError(command=command, why=self.answer)
        return self.answer


class House:
    def __init__(self) -> None:
        self.edge, self.node, self.server = Edge(), Node(), Server()
        self.caretaker = Caretaker(
            self.node, edge=self.edge.address, media=OrphanMedia(self.server, Path("/nowhere"))
        )

    def estate(
        self,
        *records: LegRecord,
        waiting: Waiting | None = None,
        memory: Memory | None = None,
        **known: SipDialog,
    ) -> Estate:
        return Estate(
            conversation_id="c1",
            port=self.edge.port,
            memory=memory,
            records={one.leg_id: one for one in records},
            dialogs={
                name.replace("leg", "leg-"): msgspec.structs.replace(one, port=self.edge.port)
                for name, one in known.items()
            },
            waiting=waiting,
        )

    def talking(self) -> Estate:
        records = [msgspec.structs.replace(one, state="answered") for one in (kim(), alice())]
        return self.estate(*records, leg0=kims(), leg1=alices())

    def on_music(self) -> Estate:
        return self.estate(kim(peer=None), waiting=WAITING, leg0=kims())

    async def methods(self, number: int) -> set[str]:
        """Return so many requests that come to the edge."""
        heard = [await self.edge.hears() for _ in range(number)]
        return {one.method for one in heard if isinstance(one, SipRequest)}

    def kim_says(self, method: str) -> None:
        message = raw(request(method)).replace(b"Call-ID: w1", b"Call-ID: c1@192.0.2.1")
        message = message.replace(b"tag=hers", b"tag=theirs").replace(b"tag=ours", b"tag=mine")
        self.edge.say(message)


@asynccontextmanager
async def a_house() -> AsyncIterator[House]:
    house = House()
    running = asyncio.create_task(house.caretaker.run())
    await asyncio.sleep(0)
    yield house
    running.cancel()
    await asyncio.wait({running})
    house.edge.socket.close()


async def test_two_who_talk_go_on_until_one_hangs_up() -> None:
    async with a_house() as house:
        house.caretaker.take_over(house.talking())
        assert [one.unattended_since is not None for one in house.node.records] == [True, True]
        assert (house.caretaker.unattended("c"), house.caretaker.unattended("x")) == ("c1", None)
        assert house.caretaker.heirs.has(house.edge.port)
        await asyncio.sleep(0.01)
        # What a cue had blocked is heard again.
        assert house.server.asked == ["unblock media"] * 2 + ["unblock DTMF"] * 2

        house.kim_says("BYE")

        await eventually(lambda: house.node.ended == ["c1"])
        assert house.node.last() == {
            KIM: ("ended", "worker_lost", "party"),
            ALICE: ("ended", "worker_lost", "switch"),
        }
        assert "BYE" in await house.methods(2)
        assert house.node.words == [(KIM, "over"), (ALICE, "leaving")]
        await eventually(lambda: "delete" in house.server.asked)
        assert house.caretaker.unattended("c1") is None
        ends = {one.ended_at for one in house.node.records if one.ended_at}
        assert len(ends) == 1


@pytest.mark.parametrize("unheard", [{"held": True}, {"muted": True}])
async def test_who_holds_or_is_muted_stays_unheard(unheard: dict[str, bool]) -> None:
    async with a_house() as house:
        talking = house.talking()
        hers = msgspec.structs.replace(talking.records[ALICE], **unheard)
        records = {**talking.records, ALICE: hers}
        house.caretaker.take_over(dataclasses.replace(talking, records=records))
        await asyncio.sleep(0.01)

        assert house.server.asked == ["unblock media"] + ["unblock DTMF"] * 2


async def test_whoever_was_not_talking_is_ended_at_once() -> None:
    async with a_house() as house:
        estate = house.estate(
            customer(),
            rep("alice"),
            leg0=dialogs.offered(OFFERED, port=1),
            leg1=dialogs.placed(PLACED, port=1),
        )
        house.caretaker.take_over(estate)

        assert house.node.last() == {
            KIM: ("ended", "worker_lost", "switch"),
            ALICE: ("ended", "worker_lost", "switch"),
        }
        assert (house.node.interruptions, house.node.ended) == (["c1"], ["c1"])
        assert "CANCEL" in await house.methods(2)


async def test_a_leg_whose_dialog_nobody_knows_is_ended_all_the_same() -> None:
    async with a_house() as house:
        house.caretaker.take_over(house.estate(customer(), rep("alice"), leg0=kims()))

        assert [one.state for one in house.node.records] == ["ended", "ended"]


async def test_a_transferee_is_given_to_another_worker_who_may_end_him() -> None:
    async with a_house() as house:
        house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)
        assert house.node.records == []

        house.caretaker.end_adopted(EndAdopted(conversation_id="c1", leg_id=KIM))
        house.caretaker.end_adopted(EndAdopted(conversation_id="c9", leg_id=KIM))
        bye = await house.edge.hears()
        assert isinstance(bye, SipRequest)
        house.edge.say(dialogs.response_to(bye, 200))

        gone = AdoptedEnded(conversation_id="c1", leg_id=KIM, by_party=False)
        await eventually(lambda: house.node.worker is not None and house.node.worker.told == [gone])
        house.caretaker.conversation_over("c1")
        assert house.node.records == []


async def test_a_transferee_who_hangs_up_is_told_of_to_his_worker() -> None:
    async with a_house() as house:
        worker = house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)

        house.kim_says("BYE")

        gone = AdoptedEnded(conversation_id="c1", leg_id=KIM, by_party=True)
        await eventually(lambda: worker.told == [gone])


async def test_a_transferee_is_not_left_behind_by_a_worker_that_forgets_him() -> None:
    async with a_house() as house:
        house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)

        house.caretaker.conversation_over("c1")
        house.caretaker.conversation_over("c1")

        assert await house.methods(1) == {"BYE"}


async def test_a_transferee_who_hangs_up_before_anybody_goes_on_with_him() -> None:
    async with a_house() as house:
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)

        house.kim_says("BYE")

        await eventually(lambda: house.node.ended == ["c1"])
        assert house.node.last() == {KIM: ("ended", "abandoned", "party")}


async def test_a_transferee_for_whom_no_worker_is_found_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caretakers, "_RESCUED_WITHIN_S", 0.05)
    monkeypatch.setattr(caretakers, "_TRIES_EVERY_S", 0.02)
    async with a_house() as house:
        house.caretaker.take_over(house.on_music())

        assert await house.methods(1) == {"BYE"}
        await eventually(lambda: house.node.ended == ["c1"])
        assert house.node.asked > 1
        assert house.node.last() == {KIM: ("ended", "worker_lost", "switch")}


async def test_the_second_worker_dies_too_and_they_talk_on() -> None:
    async with a_house() as house:
        house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)

        house.caretaker.take_over(house.talking())
        assert [one.leg_id for one in house.node.records] == [KIM, ALICE]
        await asyncio.sleep(0.01)
        house.kim_says("BYE")

        await eventually(lambda: house.node.ended == ["c1"])


async def test_the_second_worker_dies_behind_a_transferee_who_has_hung_up() -> None:
    async with a_house() as house:
        house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)
        house.kim_says("BYE")
        await eventually(lambda: house.node.worker is not None and house.node.worker.told != [])

        house.caretaker.take_over(house.on_music())

        assert house.node.last() == {KIM: ("ended", "worker_lost", "party")}
        assert house.node.ended == ["c1"]


async def test_what_had_ended_before_is_only_answered_for() -> None:
    async with a_house() as house:
        before = house.estate(kim(peer=None), waiting=WAITING, leg0=kims(), leg1=alices())
        house.node.worker = Worker()
        house.caretaker.take_over(before)
        await asyncio.sleep(0.01)

        house.edge.say(raw(request("BYE")))

        answer = await house.edge.hears()
        assert not isinstance(answer, SipRequest)
        assert answer.status == 200
        assert house.node.records == []


async def test_a_call_that_never_began_is_recorded_by_the_node() -> None:
    memory = Memory(
        caller=Party(role="customer", number="+12065550100"),
        dialled="+14805550100",
        max_forwards=70,
        private=False,
    )
    async with a_house() as house:
        house.caretaker.never_began(house.estate(memory=memory))
        house.caretaker.never_began(house.estate())

        (record,) = house.node.records
        assert (record.end_reason, record.sip_status) == (EndReason.WORKER_LOST, 503)
        assert house.node.ended == ["c1", "c1"]
        assert house.caretaker.heirs.has(house.edge.port)


@pytest.mark.parametrize(
    ("said", "why"),
    [("Unknown call-id", "media_lost"), ({"tags": {}}, None), ("it does not answer", None)],
)
async def test_two_whom_rtpengine_does_not_hear_are_ended(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, Any] | str, why: str | None
) -> None:
    monkeypatch.setattr(caretakers, "_LOOK_EVERY_S", 0.01)
    async with a_house() as house:
        house.server.answer = said
        house.caretaker.take_over(house.talking())

        await eventually(lambda: house.server.asked.count("query") > 1 or bool(house.node.ended))

        assert {one[1] for one in house.node.last().values()} == {why}


async def test_the_next_node_answers_on_for_who_was_won_back() -> None:
    async with a_house() as house:
        worker = Worker()
        estate = house.on_music()
        estate = dataclasses.replace(estate, port=1)
        house.caretaker.go_on(house.estate(kim(peer=None), leg0=kims()), worker)
        assert not house.caretaker.heirs.has(house.edge.port)

        house.caretaker.go_on(estate, worker)
        await asyncio.sleep(0.01)
        house.kim_says("BYE")

        gone = AdoptedEnded(conversation_id="c1", leg_id=KIM, by_party=True)
        await eventually(lambda: worker.told == [gone])
        house.caretaker.end_adopted(EndAdopted(conversation_id="c1", leg_id=KIM))
        assert worker.told == [gone, gone]


async def test_the_next_node_does_not_say_again_that_they_talk_on() -> None:
    async with a_house() as house:
        talking = house.talking()
        since = "2026-11-22T12:00:00.000Z"
        records = {
            leg_id: msgspec.structs.replace(record, unattended_since=since)
            for leg_id, record in talking.records.items()
        }

        house.caretaker.take_over(dataclasses.replace(talking, records=records))

        assert house.node.records == []
        assert house.caretaker.unattended("c1") == "c1"


async def test_a_switch_that_stops_ends_what_goes_on() -> None:
    async with a_house() as house:
        house.caretaker.take_over(house.talking())
        house.caretaker.shut()
        assert {one[1] for one in house.node.last().values()} == {"shutdown"}
        assert await house.methods(2) == {"BYE"}


async def test_a_switch_that_stops_ends_who_waits_for_a_worker() -> None:
    async with a_house() as house:
        house.caretaker.take_over(house.on_music())
        house.caretaker.shut()

        assert house.node.last() == {KIM: ("ended", "shutdown", "switch")}
        assert await house.methods(1) == {"BYE"}


async def test_a_switch_that_stops_leaves_those_to_their_worker_who_have_one() -> None:
    async with a_house() as house:
        house.node.worker = Worker()
        house.caretaker.take_over(house.on_music())
        await eventually(lambda: house.node.asked == 1)
        await asyncio.sleep(0.01)

        house.caretaker.shut()

        assert house.node.records == []
