"""``softswitch``: what a person types.

Rules of this package:

* What a command needs is imported when it is given: ``softswitch --help`` answers at once.
* Whatever can go wrong ends with a sentence on standard error, never with a traceback: exit
  status 2 for a command or a configuration that is wrong, 1 for everything else.
* What is printed for people goes to standard output, log lines to standard error.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from switch import __version__
from switch.cli.control import away, back, call, hangup, hold, mute
from switch.cli.desk_access import desk_password, token_app
from switch.cli.doctor import doctor
from switch.cli.erase import erase
from switch.cli.load import load
from switch.cli.options import CONFIG_FOLDER, ConfigPath
from switch.cli.replay import replay
from switch.cli.route import route
from switch.cli.transfers import record, resume, transfer, transfers
from switch.errors import ConfigError, SwitchError

_DEMO_FOLDER: Final = Path("var/demo")
_WRONG: Final = 2
_FAILED: Final = 1
_FOLLOW: Final = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
"""Whatever stands behind the command is left to those whose command it is."""

_app = typer.Typer(
    help="A sales team's telephone switch: blind transfers that stay one conversation.",
    epilog="New here? Type: softswitch demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Do what was typed and exit; ``arguments`` None: as the command line has it."""
    try:
        _app(arguments, prog_name="softswitch")
    except ConfigError as error:
        _say("the configuration cannot be followed:", *str(error).splitlines())
        sys.exit(_WRONG)
    except SwitchError as error:
        _say(str(error))
    except BrokenPipeError:  # whoever reads has read enough: `softswitch threads | head`
        with contextlib.suppress(OSError):
            sys.stdout.close()
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}")
    sys.exit(_FAILED)


_app.command()(route)
_app.command()(transfers)
_app.command()(transfer)
_app.command()(resume)
_app.command()(desk_password)
_app.add_typer(token_app, name="token")
_app.command()(record)
_app.command()(hangup)
_app.command()(hold)
_app.command()(mute)
_app.command()(call)
_app.command()(away)
_app.command()(back)
_app.command()(erase)
_app.command()(replay)
_app.command()(doctor)
_app.command()(load)


@_app.callback()
def _every_command(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda wanted: _tell_version(wanted=wanted),
            help="Say which release this is.",
        ),
    ] = False,
) -> None:
    """Have options that stand before any command."""


@_app.command(
    epilog="Each rep needs a password before his phone can register: softswitch password NAME"
)
def run(*, config: ConfigPath = CONFIG_FOLDER) -> None:
    """Start the switch and keep it up, until Ctrl-C.

    Says where phones and trunks reach it and how to register a phone. Ctrl-C (or SIGTERM) ends
    the calls and stops everything in order; a second Ctrl-C does not wait for that.
    """
    from switch.cli import foreground

    raise typer.Exit(foreground.run(config))


@_app.command()
def demo(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep its logs and what SIPp saw, and say where.")
    ] = False,
    stay: Annotated[
        bool,
        typer.Option(
            "--stay", help="Keep the switch up afterwards, to look at its desk, until Ctrl-C."
        ),
    ] = False,
    act: Annotated[
        int | None, typer.Option(min=1, max=4, help="Play only this act, 1 to 4.")
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where story.json, recall.json and territory.json go.")
    ] = _DEMO_FOLDER,
) -> None:
    """Play calls that are transferred twice, and show what becomes of them.

    Needs no configuration: a switch of its own starts on free ports of this machine. SIPp plays
    the customer, the reps and an office, with real audio; then come the SIP messages and the
    threads.
    """
    from switch.cli import foreground

    raise typer.Exit(foreground.play_demo(folder, keep=keep, stay=stay, only=act))


@_app.command(context_settings=_FOLLOW, add_help_option=False)
def threads(context: typer.Context) -> None:
    """Show conversations: who talked, when, and transferred to whom."""
    from switch.desk.cli import threads_app

    threads_app(context.args, prog_name="softswitch threads")


@_app.command(
    epilog="A script gives it on standard input: pass show alice | softswitch password alice"
)
def password(
    rep: Annotated[str, typer.Argument(metavar="REP", help="The rep's name, as in reps.toml.")],
    *,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make one up and print it, once.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it away: his phones can register no more.")
    ] = False,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Give a rep the password that his phones register with, or a new one.

    It is asked for twice and not shown. It holds from the next request on, also while the switch
    runs. Only its digest (HA1) is kept.
    """
    from switch.cli import passwords
    from switch.cli.folder import load_folder

    if generate and remove:
        raise typer.BadParameter("give --generate or --remove, not both")
    settings = load_folder(config)
    if remove:
        passwords.remove(settings, rep)
    else:
        passwords.change(settings, rep, generate=generate)


@_app.command()
def check(*, config: ConfigPath = CONFIG_FOLDER) -> None:
    """Say whether the configuration is right, without starting anything.

    Reads all five files and names everything that is wrong in them; then asks Kamailio whether
    it would start with what is made of them.
    """
    from switch.cli import checking

    checking.check(config)


def _tell_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"softswitch {__version__}")
        raise typer.Exit


def _say(what: str, *more: str) -> None:
    typer.echo("\n  ".join((f"softswitch: {what}", *more)), err=True)
