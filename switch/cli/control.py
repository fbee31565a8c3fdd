"""``softswitch hangup``, ``hold``, ``mute``, ``call``, ``away`` and ``back``.

The command line's entry file mounts them: ``_app.command()(hangup)``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, cast

import typer

from switch.cli.asking import (
    As,
    Conversation,
    ask_for,
    bus_of,
    require_command,
    require_done,
)
from switch.cli.options import CONFIG_FOLDER, ConfigPath

if TYPE_CHECKING:  # what the commands need is imported when they are given
    from switch.records.commands import Answer, Switched
    from switch.records.leg import LegRecord

_OnOff = Annotated[str, typer.Argument(metavar="ACTION", help="on or off.")]
_Rep = Annotated[str, typer.Argument(metavar="REP", help="The rep's name.")]


def hangup(
    conversation: Conversation, *, as_: As = None, config: ConfigPath = CONFIG_FOLDER
) -> None:
    """Hang up: for a rep as if his phone had, or for everybody.

    A rep who is rung declines by it, and one who calls gives up. For example:

    softswitch hangup 20261122-150905-k3 --as alice

    Without --as the call ends for all who are in it. The exit status is 1 if it
    is over already, or none of his.
    """
    from switch.records.commands import HangUpCommand

    command = HangUpCommand(conversation=conversation, rep=as_)
    answer = ask_for(command, config, failed="not hung up")
    typer.echo(f"{answer.conversation}: {'ended' if as_ is None else f'{as_} hangs up'}")


def hold(
    conversation: Conversation,
    action: _OnOff,
    *,
    as_: As = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Hold a call, or go on with it.

    The other party hears music, and nobody hears the rep; his phone is asked
    nothing. If the phone holds the call too, both must end. For example:

    softswitch hold 20261122-150905-k3 on

    The exit status is 1 if no rep talks in it just now.
    """
    from switch.records.commands import HoldCommand

    command = HoldCommand(conversation=conversation, action=cast("Switched", action), rep=as_)
    answer = ask_for(command, config, failed=f"hold is not {action}")
    typer.echo(f"{answer.conversation}: hold is {action}")


def mute(
    conversation: Conversation,
    action: _OnOff,
    *,
    as_: As = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Let nobody hear a rep, who goes on hearing; or let him be heard.

    For example:

    softswitch mute 20261122-150905-k3 on

    The exit status is 1 if no rep talks in it just now.
    """
    from switch.records.commands import MuteCommand

    command = MuteCommand(conversation=conversation, action=cast("Switched", action), rep=as_)
    answer = ask_for(command, config, failed=f"mute is not {action}")
    typer.echo(f"{answer.conversation}: mute is {action}")


def call(
    rep: _Rep,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="What he would dial: a name, an extension, a number."
        ),
    ],
    *,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Call somebody for a rep: his phone rings first, then the other's.

    He may call whom he may dial. What happens is told until they talk, or it has
    come to nothing; Ctrl-C ends the telling, not the call. For example:

    softswitch call alice "(206) 555-0100"

    The exit status is 1 if it is refused: he has no phone, or is on a call.
    """
    from switch.desk.asker import follow
    from switch.records.commands import CallCommand

    command = CallCommand(rep=rep, target=target)
    require_command(command)

    def began(answer: Answer) -> None:
        require_done(answer, failed=f"{target} is not called for {rep}")
        typer.echo(f"{answer.conversation}: calling {rep}")

    told: set[str] = set()

    def goes_on(record: LegRecord) -> bool:
        line = _line(record, rep, target)
        if line not in told:
            told.add(line)
            typer.echo(line)
        is_over = record.side == "caller" and record.state in {"released", "ended"}
        return not is_over and not record.talks

    asyncio.run(follow(bus_of(config), command, began=began, goes_on=goes_on))


def away(rep: _Rep, *, config: ConfigPath = CONFIG_FOLDER) -> None:
    """Say that a rep is away: no territory rings him, who dials him does.

    It holds until softswitch back, also when the switch is started anew.
    """
    _set_away(rep, config, is_away=True)


def back(rep: _Rep, *, config: ConfigPath = CONFIG_FOLDER) -> None:
    """Say that a rep is back, from being away or from his notes after a call."""
    _set_away(rep, config, is_away=False)


def _set_away(rep: str, config: ConfigPath, *, is_away: bool) -> None:
    from switch.records.commands import PresenceCommand

    state = "away" if is_away else "back"
    ask_for(PresenceCommand(rep=rep, away=is_away), config, failed=f"{rep} is not {state}")
    typer.echo(f"{rep} is {state}")


def _line(record: LegRecord, rep: str, target: str) -> str:
    """Return what a record says of such a call, for people."""
    who = rep if record.side == "caller" else target
    match record.state:
        case "ended" | "released":
            reason = "" if record.end_reason is None else record.end_reason.replace("_", " ")
            return f"{who}: {reason or 'over'}"
        case "answered":
            return f"{who} has answered" + (": they talk" if record.talks else "")
        case "alerted":
            return f"{who}'s phone rings"
        case _:
            return f"calling {who}"
