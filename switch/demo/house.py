"""Who is in the switch of the demo and the scenarios: reps, territories, numbers and trunks.

All scenarios share it, so that a switch need not be started for each; what one leaves behind
must not disturb another. So each strategy has a territory of its own, and each way in which a
provider fails a pair of trunks. ``sipp_scenarios/README.md`` lists them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dialplan import Did, Identity, OwnToll, Rep, Strategy, Territory, Toll, Trunk

TRUNK: Final = "pstn"
"""The trunk that customers call through, and can be called through."""
TRUNK_ADDRESS: Final = "127.0.0.2"
"""Where customers live: everything from this address is the trunk."""
_CUSTOMERS: Final = ("+1480", "+1602")
PROVIDER_PASSWORD: Final = "all-that-glitters"  # noqa: S105 -- of nobody but a SIPp
"""What the provider of the trunk ``vegas`` asks for."""

REPS: Final = (
    Rep(name="alice", extension="101", display_name="Alice Moreno"),
    Rep(name="saul", extension="102", display_name="Saul Berger"),
    Rep(name="bob", extension="103", display_name="Bob Tanaka"),
    Rep(name="carol", extension="104", display_name="Carol Osei"),
    # Whom their territories ring depends on what they have done, so they do nothing else.
    Rep(name="dana", extension="105", display_name="Dana Kowalski"),
    Rep(name="erin", extension="106", display_name="Erin Almeida"),
    Rep(name="fred", extension="107", display_name="Fred Petrov"),
    Rep(name="gina", extension="108", display_name="Gina Dubois"),
    Rep(name="hank", extension="109", display_name="Hank Lund", toll=OwnToll(outside_at_once=1)),
    Rep(
        name="iris", extension="110", display_name="Iris Novak", toll=OwnToll(outside_per_minute=1)
    ),
)

_RING_S: Final = 6.0
_REPS_OF_A_CITY: Final = 3
_STEP_S: Final = 5.0
_BRIEF_S: Final = 3.0
_PATIENT_S: Final = 60.0

TERRITORIES: Final = (
    Territory(
        name="seattle",
        extension="801",
        members=("saul", "bob", "carol"),
        display_name="Seattle",
        ring_s=_RING_S,
    ),
    # Before arizona: so it is alice's own, where her customers go whom nobody takes.
    Territory(name="olympia", extension="813", members=("alice", "bob"), ring_s=_RING_S),
    Territory(name="arizona", extension="802", members=("alice", "saul", "bob"), ring_s=_RING_S),
    Territory(
        name="portland",
        extension="803",
        members=("saul", "bob", "carol"),
        strategy=Strategy.SEQUENTIAL,
        step_s=_STEP_S,
    ),
    Territory(
        name="spokane",
        extension="804",
        members=("saul", "bob", "carol"),
        strategy=Strategy.ROUND_ROBIN,
        step_s=_STEP_S,
    ),
    Territory(
        name="tacoma",
        extension="805",
        members=("dana", "erin"),
        strategy=Strategy.LONGEST_IDLE,
        step_s=_STEP_S,
    ),
    Territory(
        name="boise",
        extension="806",
        members=("fred", "gina"),
        strategy=Strategy.FEWEST_CALLS,
        step_s=_STEP_S,
    ),
    Territory(
        name="denver",
        extension="807",
        members=("saul", "bob", "carol"),
        strategy=Strategy.PROGRESSIVE,
        grow_s=5.0,
    ),
    Territory(
        name="helena",
        extension="811",
        members=("saul", "bob", "carol"),
        strategy=Strategy.RANDOM,
        step_s=_STEP_S,
    ),
    Territory(
        name="salem",
        extension="808",
        members=("carol",),
        ring_s=_STEP_S,
        on_no_answer="seattle",
    ),
    Territory(
        name="eugene",
        extension="809",
        members=("carol",),
        ring_s=_STEP_S,
        on_no_answer="saul",
    ),
    Territory(
        name="reno",
        extension="810",
        members=("carol",),
        ring_s=_STEP_S,
        on_no_answer="+12065550109",
    ),
    Territory(name="astoria", extension="814", members=("saul", "carol"), ring_s=_BRIEF_S),
    # Rings for so long that what comes sooner did not wait for it.
    Territory(name="yakima", extension="812", members=("saul", "bob", "carol"), ring_s=_PATIENT_S),
)

DIDS: Final = (
    Did(number="+14805550100", rep="alice"),
    Did(number="+14805550101", rep="saul"),
    Did(number="+14805550102", rep="hank"),
    *(
        Did(number=f"+148055501{place:02d}", territory=territory.name)
        for place, territory in enumerate(TERRITORIES, start=10)
    ),
)

TOLL: Final = Toll(outside_per_minute=1000)
"""Scenarios come thick and fast; the other limits are as everybody has them."""


def crowd(cities: int) -> tuple[tuple[Rep, ...], tuple[Territory, ...], tuple[Did, ...]]:
    """Return further territories, each with three reps of its own and a number.

    ``city1`` has ``rep1``, ``rep2`` and ``rep3``, and so on.
    """
    names = [f"rep{number}" for number in range(1, _REPS_OF_A_CITY * cities + 1)]
    reps = tuple(
        Rep(name=name, extension=f"{1000 + place}", display_name=f"Rep {place}")
        for place, name in enumerate(names, start=1)
    )
    territories = tuple(
        Territory(
            name=f"city{city}",
            extension=f"{5000 + city}",
            members=tuple(names[_REPS_OF_A_CITY * (city - 1) : _REPS_OF_A_CITY * city]),
        )
        for city in range(1, cities + 1)
    )
    dids = tuple(
        Did(number=f"+1480556{city:04d}", territory=f"city{city}") for city in range(1, cities + 1)
    )
    return reps, territories, dids


TRUNKS: Final = (
    TRUNK,
    *("west", "east", "south", "vegas", "fresno"),
    *(f"{pair}{place}" for pair in ("denver", "chicago", "atlanta", "dallas") for place in (1, 2)),
)
"""The names of :func:`trunks`."""


def trunks(folder: Path) -> tuple[Trunk, ...]:
    """Return the trunks, each at an address of its own, on any port.

    Args:
        folder: where the password of one of them is written.
    """
    password_file = folder / "vegas.password"
    password_file.write_text(f"{PROVIDER_PASSWORD}\n")
    password_file.chmod(0o600)
    return (
        Trunk(name=TRUNK, address=TRUNK_ADDRESS, prefixes=_CUSTOMERS, priority=9),
        Trunk(name="west", address="127.0.0.11", prefixes=("+1206555010",)),
        Trunk(
            name="east",
            address="127.0.0.12",
            prefixes=("+1212555",),
            strip=2,
            prepend="9",
            identity=Identity.COMPANY,
            company_number="+14805550199",
        ),
        Trunk(
            name="south", address="127.0.0.13", prefixes=("+1504555",), identity=Identity.CUSTOMER
        ),
        Trunk(
            name="vegas",
            address="127.0.0.14",
            prefixes=("+1702555",),
            username="softswitch",
            realm="provider.test",
            password_file=str(password_file),
        ),
        Trunk(name="fresno", address="127.0.0.15", prefixes=("+1559555010",)),
        *_pair("denver", "+1303555", 21),
        *_pair("chicago", "+1312555", 23),
        *_pair("atlanta", "+1404555", 25),
        *_pair("dallas", "+1214555", 27),
    )


def _pair(name: str, prefix: str, place: int) -> tuple[Trunk, Trunk]:
    """Return a trunk, and one that takes the same numbers when that one fails."""
    return (
        Trunk(name=f"{name}1", address=f"127.0.0.{place}", prefixes=(prefix,)),
        Trunk(name=f"{name}2", address=f"127.0.0.{place + 1}", prefixes=(prefix,), priority=2),
    )
