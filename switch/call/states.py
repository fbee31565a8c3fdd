"""``python -m switch.call.states``: prints STATES.md, drawn from the tables that the code runs on.

So whoever changes a cell changes STATES.md too, and sees it in review.
"""

from __future__ import annotations

import ast
import enum
import inspect
import sys
import textwrap
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, TypeVar

from switch.call import leg, recall, recording, transfer
from switch.call.events import ALL_EVENTS
from switch.call.reactions import IGNORED, IMPOSSIBLE, REACTIONS
from switch.call.roster import Part

_State = TypeVar("_State", bound=enum.StrEnum)
_Input = TypeVar("_Input", bound=enum.StrEnum)

_ABOUT: Final = """\
# States

Written by `make states` from the tables in `switch/call`; a test fails when this file is stale.
Every cell is decided: it moves something, it is ignored for the reason that stands in it, or it
cannot come, for the reason that stands in it.
"""

_PARTS: Final = """\
## What a leg is in its conversation

Each leg has a part, and the part decides what an event means. **Bold**: what is done then.
*Ignored*: nothing is to be done, and why. *Impossible*: it cannot come, and why; if it does all
the same, that one conversation is ended as `switch_error`.
"""

_MARKS: Final = "`+` something is done, `–` ignored, `×` impossible:\n"


def text() -> str:
    """Return STATES.md."""
    return "\n".join(
        [
            _ABOUT,
            _machine("A leg", leg.LegState, leg.LegInput, leg.TRANSITIONS, leg.IGNORED),
            _machine(
                "A transfer",
                transfer.TransferState,
                transfer.TransferInput,
                transfer.TRANSITIONS,
                transfer.IGNORED,
            ),
            _machine(
                "A recall",
                recall.RecallState,
                recall.RecallInput,
                recall.TRANSITIONS,
                recall.IGNORED,
            ),
            _machine(
                "A recording",
                recording.RecordingState,
                recording.RecordingInput,
                recording.TRANSITIONS,
                recording.IGNORED,
            ),
            _parts(),
        ]
    )


def _machine(
    title: str,
    states: type[_State],
    inputs: type[_Input],
    transitions: Mapping[tuple[_State, _Input], _State],
    ignored: Mapping[tuple[_State, _Input], str],
) -> str:
    """Return the chapter of one state machine: diagram, states, and every cell."""
    rows = [
        [
            f"`{state}`",
            *(
                f"**{transitions[state, happened]}**"
                if (state, happened) in transitions
                else f"*{ignored[state, happened]}*"
                for happened in inputs
            ),
        ]
        for state in states
    ]
    return "\n".join(
        [
            f"## {title}\n",
            _diagram(states, transitions),
            _explained(states),
            "What can happen to it:\n",
            _explained(inputs),
            "Every state and everything that can happen; in italics: ignored, and why.\n",
            _table(["", *(f"`{happened}`" for happened in inputs)], rows),
        ]
    )


def _diagram(states: Iterable[_State], transitions: Mapping[tuple[_State, _Input], _State]) -> str:
    """Return the moves as a Mermaid state diagram."""
    moves = sorted(
        ((before, after, happened) for (before, happened), after in transitions.items()),
        key=lambda move: [list(states).index(move[0]), list(states).index(move[1])],
    )
    reached = {after for before, after, _ in moves if before is not after}
    left = {before for before, _, _ in moves}
    # A machine that comes back to where it began, begins in its first state.
    first = [state for state in states if state not in reached] or list(states)[:1]
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{state}" as {_name(state)}' for state in states if " " in state]
    lines += [f"    [*] --> {_name(state)}" for state in first]
    for (before, after), edge in groupby(moves, key=lambda move: move[:2]):
        label = " / ".join(happened for _, _, happened in edge)
        lines.append(f"    {_name(before)} --> {_name(after)}: {label}")
    lines += [f"    {_name(state)} --> [*]" for state in states if state not in left]
    return "\n".join([*lines, "```", ""])


def _name(state: enum.StrEnum) -> str:
    """Return what a state is called within a diagram: Mermaid takes no spaces there."""
    return state.replace(" ", "_")


def _parts() -> str:
    """Return the chapter of the parts: an overview, then every cell."""
    overview = [[f"`{part}`", *(_mark(part, event) for event in ALL_EVENTS)] for part in Part]
    return "\n".join(
        [
            _PARTS,
            _explained(Part),
            _MARKS,
            _table(["", *(f"`{event.__name__}`" for event in ALL_EVENTS)], overview),
            *(_part(part) for part in Part),
        ]
    ).rstrip("\n")


def _mark(part: Part, event: type) -> str:
    if (part, event) in REACTIONS:
        return "+"
    return "–" if (part, event) in IGNORED else "×"


def _part(part: Part) -> str:
    """Return all that can happen to a leg of one part."""
    rows = []
    for event in ALL_EVENTS:
        cell = (part, event)
        if cell in REACTIONS:
            summary = inspect.getdoc(REACTIONS[cell]) or ""
            meaning = f"**{summary.partition(chr(10))[0]}**"
        elif cell in IGNORED:
            meaning = f"*Ignored:* {IGNORED[cell]}."
        else:
            meaning = f"*Impossible:* {IMPOSSIBLE[cell]}."
        rows.append([f"`{event.__name__}`", meaning])
    return f"### {part}\n\n{_table(['What happens', 'What it means'], rows)}"


def _explained(members: type[enum.StrEnum]) -> str:
    """Return the members of an enumeration as a list, each with its docstring."""
    said = docstrings(members)
    lines = [
        f"* `{member.value}`" + (f": {said[member.name]}" if member.name in said else "")
        for member in members
    ]
    return "\n".join([*lines, ""])


def docstrings(members: type[enum.StrEnum]) -> dict[str, str]:
    """Return what stands below each member of an enumeration, by the member's name.

    Python throws such strings away, so they are read from the source.
    """
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(members))).body
    assert isinstance(defined, ast.ClassDef)
    found = {}
    for member, below in zip(defined.body, defined.body[1:], strict=False):
        match member, below:
            case (
                ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                found[name] = " ".join(said.split())
    return found


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), ""])


if __name__ == "__main__":
    sys.stdout.write(text() + "\n")
