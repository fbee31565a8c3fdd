"""``softswitch threads``: the conversations as people, or machines, read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dialplan.numbers import to_e164
from switch.config import load
from switch.desk import letters
from switch.desk.letters import DeadLetter
from switch.desk.store import Store, open_store
from switch.errors import ConfigError, SwitchError
from switch.threads import text
from switch.threads.columns import clean
from switch.threads.sound import is_bad
from switch.threads.view import ThreadView

threads_app = typer.Typer(
    help="Show conversations: who talked, when, and transferred to whom.", add_completion=False
)

_CONFIG_FOLDER = Path("config")
_DEFAULT_COUNTRY = "US"
_STORE_FILE = "threads.sqlite"
_LONGEST_TOPIC = 200
_PAGE = 500

_Json = Annotated[bool, typer.Option("--json", help="For machines.")]
_ConfigPath = Annotated[
    Path, typer.Option("--config", help="The config folder, or the softswitch.toml in it.")
]
_DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the switch keeps its files, whatever the config says."),
]


@threads_app.callback(invoke_without_command=True)
def list_threads(
    context: typer.Context,
    *,
    contact: Annotated[
        str | None, typer.Option(help="Only conversations with this number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    bad: Annotated[
        bool,
        typer.Option(
            "--bad", help="Only those that sounded bad: MOS below 3.5, or above 3 % lost."
        ),
    ] = False,
    as_json: _Json = False,
    config: _ConfigPath = _CONFIG_FOLDER,
    data_dir: _DataDir = None,
) -> None:
    """List conversations, the newest first."""
    if context.invoked_subcommand is not None:
        return
    with _store(config, data_dir) as store:
        number = None if contact is None else _e164(contact, config, data_dir)
        found = (
            _newest_bad(store, limit, number) if bad else store.newest(limit=limit, contact=number)
        )
    if as_json:
        _print_json(found)
    elif bad and not found:
        typer.echo("no conversations that sounded bad")
    elif number is not None and not found:
        typer.echo(f"no conversations with {number}")
    else:
        _print_lines(text.summarise(found))


@threads_app.command("show")
def show_thread(
    conversation: Annotated[
        str, typer.Argument(metavar="ID", help="The conversation's id, or enough of its beginning.")
    ],
    *,
    as_json: _Json = False,
    config: _ConfigPath = _CONFIG_FOLDER,
    data_dir: _DataDir = None,
) -> None:
    """Show one conversation in full."""
    with _store(config, data_dir) as store:
        found = store.get(conversation)
    if as_json:
        _print_json(found)
    else:
        _print_lines(text.describe(found))


@threads_app.command("dead-letters")
def list_letters(
    *,
    kind: Annotated[
        str | None, typer.Option(help="Only of this kind, such as newer_version.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    contents: Annotated[
        bool, typer.Option("--contents", help="Show what they say, too: it may name people.")
    ] = False,
    as_json: _Json = False,
    config: _ConfigPath = _CONFIG_FOLDER,
    data_dir: _DataDir = None,
) -> None:
    """List messages from the bus that could not be taken, the newest first."""
    with _store(config, data_dir, migrate=True) as store:
        found = store.letters(limit=limit, kind=kind)
    if as_json:
        _print_json([_shown(letter, contents=contents) for letter in found])
    elif not found:
        typer.echo("no dead letters")
    for letter in () if as_json else found:
        typer.echo(f"{letter.number}  {letter.at}  {letter.kind}: {letter.problem}")
        typer.secho(
            f"    {clean(letter.topic, longest=_LONGEST_TOPIC)}, {len(letter.payload)} bytes",
            dim=True,
        )
        if contents:
            typer.echo(f"    {letter.payload!r}")


@threads_app.command("read-again")
def read_again(
    *,
    kind: Annotated[str | None, typer.Option(help="Only letters of this kind.")] = None,
    config: _ConfigPath = _CONFIG_FOLDER,
    data_dir: _DataDir = None,
) -> None:
    """Read dead letters again, and take the records in those that this release understands.

    The desk does so by itself at each start with what a later release had written.
    """
    with _store(config, data_dir, migrate=True) as store:
        count = store.read_letters_again(letters.read, kind=kind)
        left = len(store.letters(limit=10_000, kind=kind))
    typer.echo(f"{count} taken, {left} still cannot be")


@contextmanager
def _store(config: Path, data_dir: Path | None, *, migrate: bool = False) -> Iterator[Store]:
    """Yield the store; whatever is wrong with it ends the command with a sentence."""
    try:
        url = data_dir / _STORE_FILE if data_dir else load(config).store_url
        store = open_store(url, migrate=migrate)
        try:
            yield store
        finally:
            store.close()
    except SwitchError as error:
        typer.echo(f"softswitch: {error}", err=True)
        # As every command: 2 for a wrong configuration, 1 for any other failure.
        raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from None


def _shown(letter: DeadLetter, *, contents: bool) -> dict[str, str | int | None]:
    """Return a letter as machines are shown it."""
    shown: dict[str, str | int | None] = {
        "number": letter.number,
        "at": letter.at,
        "topic": letter.topic,
        "kind": letter.kind,
        "problem": letter.problem,
        "bytes": len(letter.payload),
    }
    if contents:
        shown["payload"] = letter.payload.decode("utf-8", "backslashreplace")
    return shown


def _newest_bad(store: Store, limit: int, contact: str | None) -> tuple[ThreadView, ...]:
    """Return the newest conversations in which somebody has heard badly."""
    found: list[ThreadView] = []
    page = store.newest(limit=_PAGE, contact=contact)
    while page and len(found) < limit:
        found += [thread for thread in page if is_bad(thread)]
        page = store.newest(limit=_PAGE, contact=contact, before=page[-1])
    return tuple(found[:limit])


def _e164(number: str, config: Path, data_dir: Path | None) -> str:
    """Return the number as conversations are found by, or as typed if it is none."""
    country = _DEFAULT_COUNTRY if data_dir else load(config).switch.country
    return to_e164(number, country) or number


def _print_lines(lines: tuple[text.Line, ...]) -> None:
    """Print lines, with a little emphasis where a terminal reads them."""
    for line in lines:
        typer.secho(
            line.text,
            bold=line.tone is text.Tone.TITLE,
            dim=line.tone is text.Tone.QUIET,
        )


def _print_json(shown: object) -> None:
    """Print what machines read, laid out so that people can too."""
    typer.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode())
