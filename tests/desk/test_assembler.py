import asyncio
from pathlib import Path

import pytest
import structlog

from switch.desk.assembler import Assembler
from switch.desk.errors import StoreUnavailableError
from switch.records import codec, topics
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import view
from tests.desk.fakes import MemoryStore
from tests.records.samples import CUSTOMER, at, customer, story


def message(record: LegRecord) -> tuple[str, bytes]:
    topic = topics.leg(record.conversation_id, record.leg_id)
    return topic, codec.encode(record, node="node1", at=at(0))


def away() -> StoreUnavailableError:
    return StoreUnavailableError(Path("threads.sqlite"), "database is locked")


async def test_records_are_stored_and_repetitions_counted() -> None:
    store = MemoryStore()
    assembler = Assembler(store)

    await assembler.take([message(record) for record in story()])
    await assembler.take([message(record) for record in story()])

    assert store.get("conversation-1") == view(fold(story()))
    assert assembler.counts.news == assembler.counts.repetitions == len(story())


async def test_one_bad_message_does_not_keep_the_others_from_being_stored() -> None:
    store = MemoryStore()
    assembler = Assembler(store)
    topic, payload = message(customer())

    await assembler.take([(topic, b"{"), ("softswitch/v1/leg/a/b", payload), (topic, payload)])

    assert assembler.counts.refused == {"unreadable": 1, "foreign": 1}
    assert assembler.counts.news == 1


async def test_what_cannot_be_stored_now_is_stored_later() -> None:
    store = MemoryStore()
    store.failures = [away(), away(), away(), away()]
    assembler = Assembler(store, first_pause_s=0)

    await assembler.take([message(customer())])

    assert list(store.threads) == ["conversation-1"]
    assert assembler.counts.lost == 0


async def test_a_desk_that_stops_gives_up_on_a_store_that_stays_away() -> None:
    store = MemoryStore()
    store.failures = [away() for _ in range(9)]
    assembler = Assembler(store, first_pause_s=0)
    stopping = asyncio.Event()
    stopping.set()

    await assembler.take([message(customer())], stopping)

    assert assembler.counts.lost == 1
    assert store.threads == {}


async def test_a_flood_of_bad_messages_is_no_flood_of_log_lines_and_names_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Another test may have set up the logs of this process.
    structlog.reset_defaults()
    assembler = Assembler(MemoryStore())
    topic, payload = message(customer())

    await assembler.take([(topic, payload[:-5])] * 1000)
    await assembler.take([(topic, payload.replace(b'"offered"', f'"{CUSTOMER}"'.encode()))])

    logged = "".join(capsys.readouterr())
    assert logged.count("desk.message_refused") == 11
    assert CUSTOMER not in logged
    assert assembler.counts.refused == {"unreadable": 1000, "invalid": 1}
