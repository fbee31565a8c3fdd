"""``softswitch desk-password`` and ``softswitch token``: who may use the desk's pages and API.

The command line's entry file mounts them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from switch.cli.options import CONFIG_FOLDER, ConfigPath
from switch.errors import SwitchError

if TYPE_CHECKING:  # what the commands need is imported when they are given
    from switch.desk.people import People


_Name = Annotated[str, typer.Argument(metavar="NAME", help="What the token is for: crm, reports.")]


class BadToken(SwitchError):
    """Says that a token cannot be made, or is not there."""

    def __init__(self, *, why: str) -> None:
        """Keep why."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Say why."""
        return self.why


def desk_password(
    rep: Annotated[str, typer.Argument(metavar="REP", help="The rep's name, as in reps.toml.")],
    *,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make one up and print it, once.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it away: he can sign in no more.")
    ] = False,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Give a rep the password that he signs in at the desk's page with, or a new one.

    It is another one than his phones have. It holds at once, and whoever is signed in with
    the old one is signed out.
    """
    from switch.cli import passwords
    from switch.cli.folder import load_folder

    loaded = load_folder(config)
    people = _people(config)
    if remove:
        if not people.remove_password(rep):
            passwords.require_rep(loaded, rep)
            typer.echo(f"{rep} has no password for the desk; nothing to remove.", err=True)
            return
        typer.echo(f"{rep} can sign in at the desk no more.", err=True)
        return
    passwords.require_rep(loaded, rep)
    password = passwords.new_password(rep, generate=generate)
    people.set_password(rep, password)
    if generate:
        typer.echo(f"The desk password of {rep}, shown this once:", err=True)
        typer.echo(password)
    desk = loaded.desk
    typer.echo(f"{rep} can sign in at http://{desk.http_address}:{desk.http_port}/ now.", err=True)


token_app = typer.Typer(
    help="Give programs access to the desk's API: GET /api tells what it does.",
    no_args_is_help=True,
    add_completion=False,
)


@token_app.command("add")
def token_add(
    name: _Name,
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, control or admin; may be given several times. Left out: read."),
    ] = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Make a token and print it, once. It is sent as "Authorization: Bearer TOKEN"."""
    from switch.desk.people import SCOPES

    scopes = list(dict.fromkeys(scope or ["read"]))
    if unknown := [one for one in scopes if one not in SCOPES]:
        raise BadToken(why=f"there is no scope {unknown[0]!r}: {', '.join(SCOPES)}")
    if not name or len(name) > 64 or not name.isprintable():  # noqa: PLR2004
        raise BadToken(why="a token's name has 1 to 64 letters")
    token = _people(config).make_token(name, scopes)
    typer.echo(f"The token {name} ({', '.join(scopes)}), shown this once:", err=True)
    typer.echo(token)


@token_app.command("list")
def token_list(*, config: ConfigPath = CONFIG_FOLDER) -> None:
    """List the tokens that there are."""
    from switch.threads.columns import aligned

    tokens = _people(config).tokens()
    if not tokens:
        typer.echo("no tokens yet: softswitch token add NAME")
        return
    rows = [("name", "scopes", "made", "used")]
    rows += [
        (one.name, ", ".join(one.scopes), _day(one.made_at), _day(one.used_at)) for one in tokens
    ]
    for line in aligned(rows):
        typer.echo(line)


@token_app.command("remove")
def token_remove(name: _Name, *, config: ConfigPath = CONFIG_FOLDER) -> None:
    """Take a token away: it is good for nothing from now on."""
    if not _people(config).remove_token(name):
        raise BadToken(why=f"there is no token {name!r}: softswitch token list")
    typer.echo(f"the token {name} is good for nothing any more", err=True)


def _people(config: Path) -> People:
    from switch.cli.folder import load_folder
    from switch.desk.people import People

    return People(load_folder(config).desk_path)


def _day(at: float | None) -> str:
    if at is None:
        return "–"
    return f"{dt.datetime.fromtimestamp(at, tz=dt.UTC).astimezone():%Y-%m-%d %H:%M}"
