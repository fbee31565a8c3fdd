"""``softswitch route``: what would become of a call, without calling anybody.

The command line's entry file mounts it: ``_app.command()(route)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from switch.cli.options import CONFIG_FOLDER, ConfigPath
from switch.errors import SwitchError

if TYPE_CHECKING:  # what the command needs is imported when it is given
    from dialplan import Dialplan, Source

_NOBODY_RINGS: Final = 1


class UnknownCaller(SwitchError):
    """Is a name that neither a rep nor a trunk has."""

    def __init__(self, *, name: str | None, known: Sequence[str]) -> None:
        """Keep the name, if one was given, and those there are."""
        super().__init__(name, known)
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        """Say who is meant, and who there is."""
        there = ", ".join(self.known) or "nobody yet"
        if self.name is None:
            return f"there is no trunk that a call could come from; say who calls: --as {there}"
        return f"there is no rep and no trunk {self.name!r}; there is {there}"


def route(
    number: Annotated[
        str, typer.Argument(help="What is dialled: a name, an extension or a telephone number.")
    ],
    *,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Who calls or transfers: a rep, or a trunk. Left out: the first trunk.",
        ),
    ] = None,
    config: ConfigPath = CONFIG_FOLDER,
) -> None:
    """Say who would ring for a number, and why, without calling anybody.

    Tells what the number is, whether the toll policy allows it, which reps, territories or trunks
    would be tried in which order, and what comes if nobody answers. The exit status is 1 if it
    would be refused.
    """
    from dialplan import Refusal, explain
    from switch.cli.folder import load_folder

    plan = load_folder(config).dialplan
    source = _source(plan, as_)
    for line in explain(plan, source, number):
        typer.echo(line)
    if isinstance(plan.route_call(source, number), Refusal):
        raise typer.Exit(_NOBODY_RINGS)


def _source(plan: Dialplan, name: str | None) -> Source:
    from dialplan import RepSource, TrunkSource

    if name is None and plan.trunks:
        return TrunkSource(name=plan.trunks[0].name)
    if name is not None and plan.rep(name) is not None:
        return RepSource(name=name)
    if name is not None and plan.trunk(name) is not None:
        return TrunkSource(name=name)
    known = [*(rep.name for rep in plan.reps), *(trunk.name for trunk in plan.trunks)]
    raise UnknownCaller(name=name, known=known)
