"""Who is in the switch of the demo and the scenarios: reps, territories, numbers and trunks.

All scenarios share it, so each has its own corner: a territory for each strategy, a pair of
trunks for each way to fail. ``sipp_scenarios/README.md`` shows it as a table.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from dialplan import (
    Did,
    Identity,
    OwnToll,
    Rep,
    Strategy,
    Territory,
    Toll,
    Trunk,
)

TRUNK: Final = "pstn"
"""The trunk that customers call in through, and that takes every number outside."""

_PASSWORD: Final = "not a secret: the provider of vegas knows us by it"  # noqa: S105

REPS: Final = (
    Rep(name="alice", extension="101", display_name="Alice Moreno"),
    Rep(name="saul", extension="102", display_name="Saul Berger"),
    Rep(name="bob", extension="103", display_name="Bob Tanaka"),
    Rep(name="carol", extension="104", display_name="Carol Osei"),
    # What these two have done so far decides who is rung, so they are in one territory only.
    Rep(name="dana", extension="105", display_name="Dana Whitefeather"),
    Rep(name="erin", extension="106", display_name="Erin Kowalski"),
    Rep(name="fred", extension="107", display_name="Fred Almeida"),
    Rep(name="gina", extension="108", display_name="Gina Petrov"),
    # Who may call outside once at a time.
    Rep(
        name="hank",
        extension="109",
        display_name="Hank Dubois",
        toll=OwnToll(outside_at_once=1),
    ),
)

TERRITORIES: Final = (
    Territory(
        name="seattle",
        extension="801",
        members=("saul", "bob", "carol"),
        display_name="Seattle",
        ring_s=3.0,
    ),
    Territory(name="arizona", extension="802", members=("alice", "saul"), ring_s=3.0),
    Territory(
        name="portland",
        extension="803",
        members=("saul", "bob", "carol"),
        strategy=Strategy.SEQUENTIAL,
        ring_s=6.0,
        step_s=1.0,
    ),
    Territory(
        name="spokane",
        extension="804",
        members=("saul", "bob", "carol"),
        strategy=Strategy.ROUND_ROBIN,
        ring_s=6.0,
        step_s=1.0,
    ),
    Territory(
        name="tacoma",
        extension="805",
        members=("dana", "erin"),
        strategy=Strategy.LONGEST_IDLE,
        ring_s=6.0,
        step_s=1.0,
    ),
    Territory(
        name="boise",
        extension="806",
        members=("fred", "gina"),
        strategy=Strategy.FEWEST_CALLS,
        ring_s=6.0,
        step_s=1.0,
    ),
    Territory(
        name="denver",
        extension="807",
        members=("saul", "bob", "carol"),
        strategy=Strategy.PROGRESSIVE,
        ring_s=6.0,
        grow_s=1.0,
    ),
    # The overflows.
    Territory(
        name="salem", extension="808", members=("carol",), ring_s=1.0, on_no_answer="seattle"
    ),
    Territory(name="eugene", extension="809", members=("carol",), ring_s=1.0, on_no_answer="saul"),
    Territory(
        name="reno",
        extension="810",
        members=("carol",),
        ring_s=1.0,
        on_no_answer="+12065550109",
    ),
)

DIDS: Final = (
    Did(number="+14805550100", rep="alice"),
    Did(number="+14805550101", rep="saul"),
    Did(number="+14805550109", rep="hank"),
    *(
        Did(number=f"+148055502{place:02d}", territory=territory.name)
        for place, territory in enumerate(TERRITORIES)
    ),
)

TOLL: Final = Toll(outside_per_minute=1000)
"""As everybody has it, but that scenarios come thick and fast."""

_PAIRS: Final = (("denver1", "+1303"), ("chicago", "+1312"), ("atlanta", "+1404"), ("dallas", "+1214"))


def trunks(folder: Path) -> tuple[Trunk, ...]:
    """Return the trunks, without ports yet, each at an address of its own.

    Args:
        folder: where the password for one of them is written.
    """
    password_file = folder / "vegas.password"
    password_file.write_text(f"{_PASSWORD}\n")
    password_file.chmod(0o600)
    lines = [
        Trunk(name=TRUNK, address="", priority=9),
        Trunk(name="west", address="", prefixes=("+1206555010",)),
    ]
    return tuple(
        dataclasses.replace(line, address=f"127.0.0.{10 + place}" if place else "127.0.0.2")
        for place, line in enumerate(lines)
    )
