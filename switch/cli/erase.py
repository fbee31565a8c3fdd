"""``softswitch erase``: forgets one person, known by a telephone number."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from switch.cli.options import CONFIG_FOLDER, ConfigPath
from switch.errors import SwitchError

if TYPE_CHECKING:  # what the command needs is imported when it is given
    from switch.config import Config
    from switch.node.ledger import Ledger


class NotANumber(SwitchError):
    """Says that what was typed is no telephone number."""

    def __init__(self, typed: str, country: str) -> None:
        """Keep what was typed, and for which country it was read."""
        super().__init__(typed, country)
        self.typed = typed
        self.country = country

    def __str__(self) -> str:
        """Say how it is typed."""
        return (
            f"{self.typed!r} is no outside number of {self.country} ([switch] country): "
            "type it with its area code, or with + and its country's code"
        )


class NotConfirmed(SwitchError):
    """Says that nobody has said yes."""

    def __str__(self) -> str:
        """Say how that is done where nobody is asked."""
        return "nothing was erased: --yes says that it is meant"


def erase(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is dialled, or with +.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Erase what is kept of the customer with this number. It cannot be undone.

    His conversations go, whole, and every recording in which he is heard. In conversations of
    others that he took part in, his number and name are blanked. Messages that could not be read
    and have his number in them go too, and the records that this node keeps to publish again;
    where there are several nodes, it is typed on each. No late or repeated record brings any of
    it back. What was not stored yet goes as soon as the switch runs.
    """
    from dialplan.numbers import to_e164
    from switch.cli.folder import load_folder
    from switch.desk.person import Person
    from switch.desk.store import open_store
    from switch.node import erasing
    from switch.recording import erasing as recordings
    from switch.recording.store import open_store as open_recordings
    from switch.records.of_leg import instant

    settings = load_folder(config)
    country = settings.switch.country
    wanted = to_e164(number, country)
    if wanted is None:
        raise NotANumber(number, country)
    person = Person(number=wanted, country=country)
    sender = erasing.Person(number=wanted, country=country)
    with (
        contextlib.closing(open_store(settings.store_url, migrate=True)) as store,
        _ledger_of(settings) as ledger,
    ):
        if ledger is not None:
            erasing.check_sent(ledger, sender)
        traces = store.find(person)
        parts = [
            f"Of {wanted} the desk has:",
            f"  {len(traces.conversations):5}  conversations as the customer",
            f"  {len(traces.legs):5}  legs in conversations of others",
            f"  {len(traces.letters):5}  messages that could not be read",
        ]
        typer.echo("\n".join(parts))
        if not yes and not (
            _somebody_is_there() and typer.confirm("Erase that, and what this node would replay?")
        ):
            raise NotConfirmed
        # The recordings first: without the store nobody would know which they are.
        heard_in = {*traces.conversations, *(conversation for conversation, _leg in traces.legs)}
        files = recordings.erase(
            heard_in, store=open_recordings(settings), spool=settings.spool_dir
        )
        # Then the store: what somebody publishes again meanwhile is refused there.
        store.erase(traces, at=instant(dt.datetime.now(dt.UTC).timestamp()))
        replayable = 0 if ledger is None else erasing.erase(ledger, sender)
    typer.echo(
        f"Erased, and {files} files of recordings, "
        f"and {replayable} records that this node has sent and kept."
    )


@contextlib.contextmanager
def _ledger_of(settings: Config) -> Iterator[Ledger | None]:
    """Yield what the node keeps; ``None`` if it never ran here: the desk may be a host's only."""
    from switch.node.errors import LedgerMissing
    from switch.node.ledger import Ledger

    try:
        ledger = Ledger.open_beside(settings.ledger_path)
    except LedgerMissing:
        yield None
        return
    with contextlib.closing(ledger):
        yield ledger


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()
