"""``softswitch transfers``, ``transfer``, ``resume`` and ``record``: what can be asked of a call.

The command line's entry file mounts them: ``_app.command()(transfers)``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from switch.errors import SwitchError

if TYPE_CHECKING:  # what the commands need is imported when they are given
    from switch.call.recording import Wish
    from switch.desk.asker import Bus
    from switch.records.commands import Answer, Command

_CONFIG_FOLDER: Final = Path("config")
_OK: Final = 200
_DONE: Final = {"on": "on", "off": "off", "pause": "paused", "resume": "on again"}

_ConfigPath = Annotated[
    Path, typer.Option("--config", help="The config folder, or the softswitch.toml in it.")
]
_Conversation = Annotated[
    str,
    typer.Argument(
        metavar="CONVERSATION", help="The conversation's id, or enough of its beginning."
    ),
]
_As = Annotated[
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


def transfers(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    config: _ConfigPath = _CONFIG_FOLDER,
) -> None:
    """List the transfers that are not settled: customers who hear music.

    Each can be given back to its transferor (softswitch resume) and, once nobody
    took it, go to somebody else (softswitch transfer). At "until" what is being
    done ends by itself, and the next is tried.
    """
    import msgspec

    from switch.desk.asker import waiting
    from switch.threads.text import Tone
    from switch.threads.unsettled import list_unsettled

    found = asyncio.run(waiting(_bus(config)))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for line in list_unsettled(found):
        typer.secho(line.text, dim=line.tone is Tone.QUIET)


def transfer(
    conversation: _Conversation,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="What a rep would dial: a name, an extension, a number."
        ),
    ],
    *,
    as_: _As = None,
    config: _ConfigPath = _CONFIG_FOLDER,
) -> None:
    """Transfer a call, or one whose transfer has failed to somebody else.

    The rep who talks is free at once, and the customer hears music until the
    target answers. Whom the rep may not dial is refused. For example:

    softswitch transfer 20261122-150905-k3 bob

    The id is that of softswitch transfers, or of softswitch threads. The exit
    status is 1 if it is refused; then all is as before.
    """
    from switch.records.commands import TransferCommand

    command = TransferCommand(conversation=conversation, target=target, rep=as_)
    answer = _ask(command, config, failed=f"not transferred to {target}")
    typer.echo(f"{answer.conversation} is being transferred to {target}")


def resume(
    conversation: _Conversation, *, as_: _As = None, config: _ConfigPath = _CONFIG_FOLDER
) -> None:
    """Give a transferor his call back now, whatever is being tried.

    Whoever is ringing for it is stopped, and the transferor called at once if he
    has hung up. For example:

    softswitch resume 20261122-150905-k3

    The exit status is 1 if there is nothing to resume.
    """
    from switch.records.commands import ResumeCommand

    command = ResumeCommand(conversation=conversation, rep=as_)
    answer = _ask(command, config, failed="not resumed")
    typer.echo(f"{answer.conversation} is being given back")


def record(
    conversation: _Conversation,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="on, off, pause or resume.")],
    *,
    as_: _As = None,
    config: _ConfigPath = _CONFIG_FOLDER,
) -> None:
    """Record a call from now on, or not.

    All of it that is recorded becomes one file, whatever transfers it goes
    through; a pause leaves out what is said meanwhile. For example:

    softswitch record 20261122-150905-k3 on

    The exit status is 1 if the call is over, or nothing is recorded to pause.
    """
    from switch.records.commands import RecordCommand

    command = RecordCommand(conversation=conversation, action=cast("Wish", action), rep=as_)
    answer = _ask(command, config, failed=f"recording is not {_DONE.get(action, 'changed')}")
    typer.echo(f"{answer.conversation}: recording is {_DONE[action]}")


def _ask(command: Command, config: Path, *, failed: str) -> Answer:
    from switch.desk.asker import ask
    from switch.records.commands import decode_command, encode_command
    from switch.records.errors import MessageError

    try:
        decode_command(encode_command(command))  # what the node would refuse need not travel
    except (MessageError, UnicodeEncodeError) as error:
        raise NoCommand(problem=str(error)) from None
    answer = asyncio.run(ask(_bus(config), command))
    if answer.status != _OK:
        raise Refused(what=failed, status=answer.status, problem=answer.problem)
    return answer


def _bus(config: Path) -> Bus:
    from switch.cli.folder import load_folder
    from switch.desk.asker import Bus

    bus = load_folder(config).bus
    return Bus(host=bus.host, port=bus.port, username=bus.username, password=bus.password)
