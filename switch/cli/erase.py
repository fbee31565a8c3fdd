"""``softswitch erase``: forgets one person, known by a telephone number."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from switch.errors import SwitchError

_CONFIG_FOLDER: Final = Path("config")


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
        return "nothing was erased: that cannot be undone, so it asks; --yes answers"


def erase(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is dialled, or with +.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Annotated[
        Path, typer.Option("--config", help="The config folder, or the softswitch.toml in it.")
    ] = _CONFIG_FOLDER,
) -> None:
    """Erase what is kept of the customer with this number. It cannot be undone.

    His conversations go, whole. In conversations of others that he took part in, his number and
    name are blanked. Messages that could not be read and have his number in them go too. No
    late or repeated record brings any of it back.
    """
    from dialplan.numbers import to_e164
    from switch.cli.folder import load_folder
    from switch.desk.person import Person
    from switch.desk.store import open_store
    from switch.records.of_leg import instant

    settings = load_folder(config)
    country = settings.switch.country
    wanted = to_e164(number, country)
    if wanted is None:
        raise NotANumber(number, country)
    person = Person(number=wanted, country=country)
    with contextlib.closing(open_store(settings.store_url, migrate=True)) as store:
        traces = store.find(person)
        if traces.is_empty:
            typer.echo(f"Nothing is stored of {wanted}.")
            return
        parts = [
            f"Of {wanted} are stored:",
            f"  {len(traces.conversations):5}  conversations as the customer",
            f"  {len(traces.legs):5}  legs in conversations of others",
            f"  {len(traces.letters):5}  messages that could not be read",
        ]
        typer.echo("\n".join(parts))
        if not yes and not (
            sys.stdin.isatty() and typer.confirm("Erase the first and last, blank the second?")
        ):
            raise NotConfirmed
        store.erase(traces, at=instant(dt.datetime.now(dt.UTC).timestamp()))
    typer.echo("Erased.")
