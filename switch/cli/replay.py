"""``softswitch replay``: publishes records again, for a desk or a CRM that has lost some."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from switch.cli.options import CONFIG_FOLDER, ConfigPath
from switch.errors import SwitchError

if TYPE_CHECKING:  # what the command needs is imported when it is given
    from switch.node.ledger import Ledger

_AGO: Final = re.compile(r"(\d{1,6})([smhdw])")
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SOME: Final = 5


class NoInstant(SwitchError):
    """Says that what was typed is no time."""

    def __init__(self, *, typed: str) -> None:
        """Keep what was typed."""
        super().__init__(typed)
        self.typed = typed

    def __str__(self) -> str:
        """Say how a time is typed."""
        return (
            f"--since {self.typed!r} is no time: say how long ago it was (90s, 30m, 2h, 3d, 1w), "
            "or when (2026-11-28, 2026-11-28T10:00, 2026-11-28T10:00Z)"
        )


class WhichOnes(SwitchError):
    """Says that it was not said which records."""

    def __str__(self) -> str:
        """Say how to say it."""
        return "say which records: --since 2h, --conversation ID, or both"


def replay(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="Those sent since: how long ago (30m, 2h, 3d), or when (2026-11-28T10:00).",
        ),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            "--conversation", metavar="ID", help="Only those of one: its id, or its beginning."
        ),
    ] = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Publish records on the bus again, as they were and in their order.

    For whoever has lost some: the desk stores what it lacks and takes nothing twice. It reads
    what the node has kept, [outbox] keep_h hours of it, whether the node runs or not. For
    example:

    softswitch replay --since 2h

    Also those are tried that the broker would not take. Nothing else is changed.
    """
    from switch.cli.folder import load_folder
    from switch.node.bus import broker_of
    from switch.node.ledger import Ledger
    from switch.node.replaying import replay as publish

    if since is None and conversation is None:
        raise WhichOnes
    since_s = 0.0 if since is None else _instant_s(since)
    settings = load_folder(config)
    with contextlib.closing(Ledger.open_to_read(settings.ledger_path)) as ledger:
        one = None if conversation is None else _the_one(ledger, conversation)
        from_seq = _first(ledger, since_s)
        with _progress(from_seq, ledger.sent_through) as told:
            done = asyncio.run(
                publish(
                    ledger,
                    broker_of(settings.bus),
                    from_seq=from_seq,
                    conversation_id=one,
                    told=told,
                )
            )
    legs = "conversation" if done.conversations == 1 else "conversations"
    typer.echo(f"{done.records} records of {done.conversations} {legs} published again")
    if done.left_out:
        typer.echo(f"{done.left_out} more are set aside: the broker does not take them", err=True)


def _instant_s(typed: str) -> float:
    """Return the instant that was typed; one without a zone is this machine's time."""
    if ago := _AGO.fullmatch(typed):
        return time.time() - int(ago[1]) * _UNITS_S[ago[2]]
    try:
        return datetime.fromisoformat(typed).astimezone().timestamp()
    except (ValueError, OverflowError):
        raise NoInstant(typed=typed) from None


def _the_one(ledger: Ledger, beginning: str) -> str:
    """Return the conversation whose id is this, or is the only one that begins so."""
    from switch.node import keeping
    from switch.node.errors import NothingKept, SeveralConversations

    found = keeping.conversations(ledger, beginning, limit=_SOME)
    if not found:
        wanted = f"of a conversation {beginning!r}"
        raise NothingKept(wanted=wanted, kept_since=_said(keeping.kept_since(ledger)))
    if len(found) > 1 and found[0] != beginning:
        raise SeveralConversations(beginning=beginning, some=found)
    return found[0]


def _first(ledger: Ledger, since_s: float) -> int:
    """Return the number of the first record since then; say if there were some before it."""
    from switch.node import keeping
    from switch.node.errors import NothingKept

    kept_since_s = keeping.kept_since(ledger)
    first = keeping.first_since(ledger, since_s)
    if first is None or kept_since_s is None:
        wanted = "" if since_s == 0 else f"that was sent since {_said(since_s)}"
        raise NothingKept(wanted=wanted, kept_since=_said(kept_since_s))
    if 0 < since_s < kept_since_s and first > 1:
        typer.echo(f"nothing is kept that was sent before {_said(kept_since_s)}", err=True)
    return first


def _said(instant_s: float | None) -> str | None:
    if instant_s is None:
        return None
    return datetime.fromtimestamp(instant_s, UTC).astimezone().isoformat(timespec="seconds")


@contextlib.contextmanager
def _progress(first: int, last: int) -> Iterator[Callable[[int], None]]:
    """Yield what shows how far it has come, where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("publishing again", total=max(1, last - first + 1))
        yield lambda seq: progress.update(task, completed=seq - first + 1)
