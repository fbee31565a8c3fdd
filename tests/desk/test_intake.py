import asyncio
from pathlib import Path

import pytest
import structlog

from switch.desk import intake as intake_module
from switch.desk.errors import StoreUnavailableError
from switch.desk.intake import Intake
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
    intake = Intake(store)

    await intake.take([message(record) for record in story()])
    await intake.take([message(record) for record in story()])

    assert store.get("conversation-1") == view(fold(story()))
    assert intake.counts.news == intake.counts.repetitions == len(story())


async def test_one_bad_message_does_not_keep_the_others_from_being_stored() -> None:
    store = MemoryStore()
    intake = Intake(store)
    topic, payload = message(customer())

    await intake.take([(topic, b"{"), ("softswitch/v1/leg/a/b", payload), (topic, payload)])

    assert intake.counts.refused == {"unreadable": 1, "foreign": 1}
    assert intake.counts.news == 1


async def test_what_cannot_be_stored_now_is_stored_later() -> None:
    store = MemoryStore()
    store.failures = [away(), away(), away(), away()]
    intake = Intake(store, first_pause_s=0)

    assert await intake.take([message(customer())])

    assert list(store.threads) == ["conversation-1"]


async def test_a_desk_that_stops_leaves_with_the_broker_what_it_cannot_store() -> None:
    store = MemoryStore()
    store.failures = [away() for _ in range(9)]
    intake = Intake(store, first_pause_s=0)
    stopping = asyncio.Event()
    stopping.set()

    assert not await intake.take([message(customer())], stopping)

    assert store.threads == {}


async def test_what_is_no_record_is_kept_aside_as_it_came() -> None:
    store = MemoryStore()
    topic, payload = message(customer())

    newer = payload.replace(b"leg.v1", b"leg.v2")
    await Intake(store).take([(topic, b"{"), (topic, newer)])

    letters = store.letters(limit=9)
    assert [(one.topic, one.kind, one.payload) for one in letters] == [
        (topic, "newer_version", newer),
        (topic, "unreadable", b"{"),
    ]
    assert "version 2" in letters[0].problem


async def test_a_record_the_database_never_takes_does_not_hold_up_the_others() -> None:
    store = MemoryStore()
    store.refuses = lambda record: record.conversation_id == "c7"
    intake = Intake(store)
    stream = [customer(conversation_id=f"c{number}") for number in range(20)]

    assert await intake.take([message(record) for record in stream])

    assert set(store.threads) == {f"c{number}" for number in range(20)} - {"c7"}
    assert [letter.kind for letter in store.letters(limit=9)] == ["unstorable"]
    assert intake.counts.refused == {"unstorable": 1}
    assert intake.counts.news == 19


async def test_a_mistake_of_ours_in_reading_is_kept_aside_and_does_not_end_the_desk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mistaken(topic: str, payload: bytes) -> LegRecord:
        raise IndexError(CUSTOMER)

    store = MemoryStore()
    monkeypatch.setattr(intake_module, "read", mistaken)
    assert await Intake(store).take([message(customer())])

    (letter,) = store.letters(limit=9)
    assert (letter.kind, letter.problem) == ("unforeseen", "IndexError")


async def test_a_flood_of_bad_messages_is_no_flood_of_log_lines_and_names_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Another test may have set up the logs of this process.
    structlog.reset_defaults()
    intake = Intake(MemoryStore())
    topic, payload = message(customer())

    await intake.take([(topic, payload[:-5])] * 1000)
    await intake.take([(topic, payload.replace(b'"offered"', f'"{CUSTOMER}"'.encode()))])

    logged = "".join(capsys.readouterr())
    assert logged.count("desk.message_refused") == 11
    assert CUSTOMER not in logged
    assert intake.counts.refused == {"unreadable": 1000, "invalid": 1}
