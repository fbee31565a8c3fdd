"""``softswitch threads``: the conversations as people, or machines, read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dialplan.numbers import to_e164
from switch.config import load
from switch.desk.store import SqliteStore, sqlite_path
from switch.errors import ConfigError, SwitchError
from switch.threads import text

threads_app = typer.Typer(
    help="Show conversations: who talked, when, and transferred to whom.", add_completion=False
)

_CONFIG_FOLDER = Path("config")
_DEFAULT_COUNTRY = "US"
_STORE_FILE = "threads.sqlite"

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
    as_json: _Json = False,
    config: _ConfigPath = _CONFIG_FOLDER,
    data_dir: _DataDir = None,
) -> None:
    """List conversations, the newest first."""
    if context.invoked_subcommand is not None:
        return
    with _store(config, data_dir) as store:
        number = None if contact is None else _e164(contact, config, data_dir)
        found = store.newest(limit=limit, contact=number)
    if as_json:
        _print_json(found)
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


@contextmanager
def _store(config: Path, data_dir: Path | None) -> Iterator[SqliteStore]:
    """Yield the store; whatever is wrong with it ends the command with a sentence."""
    try:
        path = data_dir / _STORE_FILE if data_dir else sqlite_path(load(config).store_url)
        store = SqliteStore.open(path)
        try:
            yield store
        finally:
            store.close()
    except SwitchError as error:
        typer.echo(f"softswitch: {error}", err=True)
        # As every command: 2 for a wrong configuration, 1 for any other failure.
        raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from None


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
