"""``softswitch transfers``, ``transfer``, ``resume`` and ``record``: what can be asked of a call.

The command line's entry file mounts them: ``_app.command()(transfers)``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from switch.cli.asking import As, Conversation, ask_for, bus_of
from switch.cli.options import CONFIG_FOLDER, ConfigPath

if TYPE_CHECKING:  # what the commands need is imported when they are given
    from switch.call.recording import Wish

_DONE: Final = {"on": "on", "off": "off", "pause": "paused", "resume": "on again"}


def transfers(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    config: ConfigPath = CONFIG_FOLDER,
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

    found = asyncio.run(waiting(bus_of(config)))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for line in list_unsettled(found):
        typer.secho(line.text, dim=line.tone is Tone.QUIET)


def transfer(
    conversation: Conversation,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="What a rep would dial: a name, an extension, a number."
        ),
    ],
    *,
    as_: As = None,
    config: ConfigPath = CONFIG_FOLDER,
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
    answer = ask_for(command, config, failed=f"not transferred to {target}")
    typer.echo(f"{answer.conversation} is being transferred to {target}")


def resume(
    conversation: Conversation, *, as_: As = None, config: ConfigPath = CONFIG_FOLDER
) -> None:
    """Give a transferor his call back now, whatever is being tried.

    Whoever is ringing for it is stopped, and the transferor called at once if he
    has hung up. For example:

    softswitch resume 20261122-150905-k3

    The exit status is 1 if there is nothing to resume.
    """
    from switch.records.commands import ResumeCommand

    command = ResumeCommand(conversation=conversation, rep=as_)
    answer = ask_for(command, config, failed="not resumed")
    typer.echo(f"{answer.conversation} is being given back")


def record(
    conversation: Conversation,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="on, off, pause or resume.")],
    *,
    as_: As = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Record a call from now on, or not.

    All of it that is recorded becomes one file, whatever transfers it goes
    through; a pause leaves out what is said meanwhile. For example:

    softswitch record 20261122-150905-k3 on

    The exit status is 1 if the call is over, or nothing is recorded to pause.
    """
    from switch.records.commands import RecordCommand

    command = RecordCommand(conversation=conversation, action=cast("Wish", action), rep=as_)
    answer = ask_for(command, config, failed=f"recording is not {_DONE.get(action, 'changed')}")
    typer.echo(f"{answer.conversation}: recording is {_DONE[action]}")
