"""What all commands share that ask something of a switch that runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from switch.errors import SwitchError

if TYPE_CHECKING:  # what the commands need is imported when they are given
    from switch.desk.asker import Bus
    from switch.records.commands import Answer, Command

_OK: Final = 200

Conversation = Annotated[
    str,
    typer.Argument(
        metavar="CONVERSATION", help="The conversation's id, or enough of its beginning."
    ),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="REP",
        help="The rep who wants it: refused if it is not his call. Left out: you, for whoever's "
        "call it is.",
    ),
]


class Refused(SwitchError):
    """Says why a command was not carried out."""

    def __init__(self, *, what: str, status: int, problem: str | None) -> None:
        """Keep what was asked, and the answer."""
        super().__init__(what, status, problem)
        self.what = what
        self.status = status
        self.problem = problem

    def __str__(self) -> str:
        """Say what was not done, and why."""
        return f"{self.what}: {self.problem or 'no reason given'} ({self.status})"


class NoCommand(SwitchError):
    """Says that what was typed makes no command."""

    def __init__(self, *, problem: str) -> None:
        """Keep what is wrong."""
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what is wrong."""
        return f"this cannot be asked: {self.problem}"


def ask_for(command: Command, config: Path, *, failed: str) -> Answer:
    """Have a command carried out, and return the answer.

    Args:
        command: what is wanted.
        config: the config folder.
        failed: what is said if it is refused, before the reason.

    Raises:
        SwitchError: it is refused, or nobody answers.
    """
    from switch.desk.asker import ask

    require_command(command)
    answer = asyncio.run(ask(bus_of(config), command))
    require_done(answer, failed=failed)
    return answer


def require_command(command: Command) -> None:
    """Return if it is one: what the node would refuse need not travel.

    Raises:
        NoCommand: it is none.
    """
    from switch.records import commands
    from switch.records.errors import MessageError

    try:
        commands.require_command(command)
    except MessageError as error:
        raise NoCommand(problem=str(error)) from None


def require_done(answer: Answer, *, failed: str) -> None:
    """Return if it is being done.

    Raises:
        Refused: it is not.
    """
    if answer.status != _OK:
        raise Refused(what=failed, status=answer.status, problem=answer.problem)


def bus_of(config: Path) -> Bus:
    """Return where the bus of a configuration is."""
    from switch.cli.folder import load_folder
    from switch.desk.asker import Bus

    bus = load_folder(config).bus
    return Bus(host=bus.host, port=bus.port, username=bus.username, password=bus.password)
