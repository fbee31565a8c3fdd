"""``softswitch doctor``: says what is missing or dangling, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from switch.cli.options import CONFIG_FOLDER, ConfigPath

if TYPE_CHECKING:  # what the command needs is imported when it is given
    from switch.cli.examination import Findings

_SHOWN: Final = 5
_STUCK_AFTER_S: Final = 60.0
_FULL_FROM: Final = 0.8
_MIB: Final = 1024 * 1024


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Compare outbox, broker, store and workers, and say what is missing or dangling.

    Changes nothing, whether the switch runs or not. The exit status is 1 if something is
    missing, dangling, stuck or out of reach; then it says what to type next.
    """
    from switch.cli.examination import examine
    from switch.cli.folder import load_folder

    found = examine(load_folder(config))
    problems = list(problems_of(found))
    if as_json:
        typer.echo(_json(found, problems))
    else:
        typer.echo("\n".join(_seen(found)))
        for problem in problems:
            typer.echo("\n! " + problem.replace("\n", "\n  "))
        if not problems:
            typer.echo("\nAll is as it should be.")
    raise typer.Exit(1 if problems else 0)


def problems_of(found: Findings) -> Iterator[str]:
    """Yield what is wrong, each with what would help, in a sentence or two."""
    is_node_up = any((found.nodes or {}).values())
    for what, why in found.unreachable.items():
        yield f"{what}: {why}"
    if found.nodes is not None and not is_node_up:
        yield "no node is up: softswitch run"
    yield from _problems_of_outbox(found)
    if found.missing:
        sent_at_s = min((one.sent_at_s for one in found.missing if one.sent_at_s), default=10.0)
        yield (
            f"{_count(len(found.missing), 'leg')} missing in the store{_some_missing(found)}\n"
            f"if the desk runs: softswitch replay --since {_instant(sent_at_s - 10)}"
        )
    if found.dangling:
        some = "".join(f"\n    {one}" for one in found.dangling[:_SHOWN])
        yield (
            f"{_count(len(found.dangling), 'thread')} dangling: open, and no call is up{some}\n"
            "if its end was lost on the way: "
            f"softswitch replay --conversation {found.dangling[0]}"
        )
    if found.no_recording is not None:
        yield (
            f"no new recording starts: {found.no_recording}\n"
            "make room on the disk, or see what the log says of what waits there (recording.waits)"
        )
    if found.failed_recordings:
        some = "".join(f"\n    {one}" for one in found.failed_recordings[:_SHOWN])
        yield f"{_count(len(found.failed_recordings), 'recording')} could not be converted{some}"
    if found.unattended and not is_node_up:
        yield f"{_count(len(found.unattended), 'call')} without a worker, and no node to end it"


def _problems_of_outbox(found: Findings) -> Iterator[str]:
    fill = found.fill
    if fill is None:
        return
    age_s = 0.0 if fill.oldest_unsent_at_s is None else found.at_s - fill.oldest_unsent_at_s
    if age_s > _STUCK_AFTER_S and any((found.nodes or {}).values()):
        yield (
            f"{_count(fill.unsent, 'message')} stuck in the outbox for {_long(age_s)}, though node "
            "and broker are up: see what the node logs of its publisher"
        )
    share = fill.unsent_bytes / found.most_bytes
    if share >= _FULL_FROM:
        yield (
            f"the outbox is {100 * share:.0f} % full of what the broker has not taken: at 100 % "
            "new calls get 503; bring the broker back, or raise [outbox] most_mb"
        )
    if fill.aside:
        yield (
            f"{_count(fill.aside, 'message')} set aside, for no broker took it; once it takes "
            "more: softswitch replay --since 1970-01-01"
        )


def _some_missing(found: Findings) -> str:
    lines = []
    for one in found.missing[:_SHOWN]:
        stored = "nothing" if one.stored is None else f"revision {one.stored}"
        lines.append(f"\n    {one.leg_id}: sent revision {one.revision}, stored {stored}")
    return "".join(lines)


def _seen(found: Findings) -> Iterator[str]:
    """Yield what was seen, a line for each part."""
    if found.fill is not None:
        fill = found.fill
        oldest = ""
        if fill.oldest_unsent_at_s is not None:
            oldest = f", the oldest for {_long(found.at_s - fill.oldest_unsent_at_s)}"
        share = 100 * fill.used_bytes / found.most_bytes
        yield (
            f"outbox   {fill.messages} messages kept, {fill.unsent} unsent{oldest}; "
            f"{fill.used_bytes / _MIB:.1f} of {found.most_bytes // _MIB} MiB ({share:.0f} %)"
        )
        yield f"calls    {found.calls} up, {len(found.unattended)} of them without a worker"
    if found.nodes is not None:
        said = ", ".join(f"{one} {'up' if up else 'down'}" for one, up in found.nodes.items())
        yield f"broker   there; nodes: {said or 'none'}"
    if "store" not in found.unreachable:
        yield (
            f"store    {found.compared} records compared, {_count(len(found.missing), 'leg')} "
            f"missing, {len(found.dangling)} dangling, {_count(found.letters, 'message')} unread"
        )
    yield from _of_spool(found)


def _of_spool(found: Findings) -> Iterator[str]:
    if found.spool is not None:
        used, free = found.spool.used_bytes / _MIB, found.spool.free_bytes // _MIB
        yield f"spool    {used:.1f} MiB of recordings not stored yet; {free} MiB free on its disk"


def _json(found: Findings, problems: list[str]) -> str:
    import msgspec

    told: dict[str, Any] = asdict(found)
    told |= {"missing": found.missing, "is_well": not problems, "problems": problems}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _long(seconds: float) -> str:
    """Return a length of time as people say it."""
    for unit, unit_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _instant(at_s: float) -> str:
    """Return an instant as ``softswitch replay --since`` takes it."""
    return datetime.fromtimestamp(max(0.0, at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
