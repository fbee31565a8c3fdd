"""A store of any release is one of today's once the desk has started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from switch.desk.errors import NewerStoreError, StoreMissingError, StoreUnavailableError
from switch.desk.letters import DeadLetter
from switch.desk.store import make_store, open_store
from switch.desk.store.schema import VERSIONS
from switch.desk.store.tables import TABLES
from switch.threads.view import view
from tests.contract.store.first_release import THREADS, leave_behind
from tests.contract.store.server import Server
from tests.records.samples import at, customer

pytestmark = pytest.mark.contract

LETTER = DeadLetter.of("a/b", b"?", at=at(0), kind="foreign", problem="it is none")


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    yield made
    made.dispose()


def test_the_versions_that_are_known_are_those_there_are_steps_to() -> None:
    config = Config()
    config.set_main_option("script_location", "switch.desk:migrations")

    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]

    assert tuple(reversed(steps)) == VERSIONS


def test_the_steps_lead_to_the_tables_of_today(url: str, engine: sa.Engine) -> None:
    make_store(url).close()

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, TABLES) == []


def test_a_store_of_the_first_release_can_be_read_as_it_is(url: str, engine: sa.Engine) -> None:
    leave_behind(engine)

    with closing(open_store(url)) as store:
        assert {view(thread) for thread in THREADS} == set(store.newest(limit=9))


def test_a_store_of_the_first_release_becomes_one_of_today(url: str, engine: sa.Engine) -> None:
    leave_behind(engine)

    with closing(make_store(url)) as store:
        assert {view(thread) for thread in THREADS} == set(store.newest(limit=9))
        assert store.add(THREADS[0].records) == 0
        assert store.add([customer(conversation_id="c3")], [LETTER]) == 1
        assert len(store.letters(limit=9)) == 1
    with closing(make_store(url)) as store:
        assert store.count() == 3
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == VERSIONS[-1]
        assert compare_metadata(context, TABLES) == []


def test_a_store_of_a_later_release_is_left_alone(url: str, engine: sa.Engine) -> None:
    make_store(url).close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")

    for way in (make_store, open_store):
        with pytest.raises(NewerStoreError, match="written by a later release"):
            way(url)


def test_two_desks_that_start_together_make_one_store(url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            make_store(url).close()
        except BaseException as error:  # noqa: BLE001 - what a thread raises nobody else sees
            failures.append(error)

    desks = [threading.Thread(target=start) for _ in range(4)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()

    assert failures == []
    open_store(url).close()


def test_a_database_nobody_has_made_a_store_of_is_said_to_be_missing(server: Server) -> None:
    with pytest.raises(StoreMissingError, match="has the switch run"):
        open_store(server.fresh())


def test_a_database_that_lacks_letters_is_refused(server: Server) -> None:
    url = server.fresh("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")

    with pytest.raises(StoreUnavailableError, match="UTF8"):
        make_store(url)


@pytest.mark.parametrize("way", [make_store, open_store])
def test_a_server_that_does_not_answer_is_named_without_the_password(
    server: Server, way: object
) -> None:
    url = server.url("nowhere").replace("softswitch@", "softswitch:swordfish@")

    with pytest.raises(StoreUnavailableError) as caught:
        way(url)  # type: ignore[operator]

    assert "nowhere on 127.0.0.1" in str(caught.value)
    assert "swordfish" not in str(caught.value)


def test_tables_are_made_all_or_none(url: str, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE tombstone (something TEXT)")

    with pytest.raises(StoreUnavailableError):
        make_store(url)

    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["tombstone"]


def test_a_file_keeps_its_mode_when_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    path.touch(mode=0o600)
    engine = sa.create_engine(f"sqlite:///{path}")
    leave_behind(engine)
    engine.dispose()

    make_store(path).close()

    assert path.stat().st_mode & 0o777 == 0o600
