"""A scenario: a folder of ``sipp_scenarios/`` with ``scenario.toml`` and an XML per party."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from switch.demo.house import TRUNK
from switch.errors import SwitchError


class ScenarioError(SwitchError):
    """Is a scenario folder that cannot be played as it stands."""

    def __init__(self, *, folder: Path, what: str) -> None:
        """Keep which folder it is and what is wrong with it."""
        super().__init__(folder, what)
        self.folder = folder
        self.what = what

    def __str__(self) -> str:
        """Say both in one line."""
        return f"{self.folder}: {self.what}"


class PartyPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is one party of a scenario: who he is, what he does, what he must see and hear."""

    name: str
    """His role; his XML is the file of this name in the folder. A rep's name is his user."""
    side: Literal["rep", "trunk", "stranger"] = "rep"
    """A rep registers and has a password; the trunk is known by its address; a stranger is not."""
    trunk: str = TRUNK
    """Which trunk, if he is at one: its address is his."""
    phone_of: str | list[str] | None = None
    """Whose phone it is, if a rep has several and this one has another name, or several reps
    share it; None: his own."""
    dials: str | list[str] | None = None
    """Whom he calls: a rep's or a territory's name (from the trunk: the number of it), a number,
    or "customer"; a list: another one with each call. None: he waits to be called."""
    after_s: float = 0.0
    """How long after the first caller he begins, if he calls."""
    takes: int = 1
    """How many calls he carries before his part is over; 0: none may come."""
    rate_per_s: int = 10
    """How many calls he begins in a second, if he dials several times."""
    at_once: int | None = None
    """How many of them may be up at once; None: any number."""
    srtp: bool = False
    """Whether his phone speaks SRTP, with keys in its SDP."""
    transport: Literal["udp", "tcp"] = "udp"
    registers: bool = True
    """Whether a rep registers before the scenario begins."""
    is_called_by: str | None = None
    """The XML that he plays in calls that reach him, if his own is not that: of a phone that
    registers and is called over one TCP connection."""
    set: dict[str, int] = {}
    """SIPp variables (``-set``): pauses in ms, and how often he does what."""
    key: dict[str, str] = {}
    """SIPp keywords (``-key``); {domain} and {contact} are filled in."""
    hears: list[str] | None = None
    """Whom he must hear, one after the other: names of parties, or "music". None: not looked at."""
    hears_before_answer: list[str] = []
    """Of these, whom he must hear before his call is answered."""
    is_called: int | None = None
    """How many calls reach him, taken or not; None: not looked at, but for who takes none."""
    sees: str | None = None
    """Who calls, according to the From of the INVITEs that reach him: "customer" or a rep."""
    gets: dict[str, int] = {}
    """Which final status his requests get, by method; the last counts."""
    is_notified: list[int] | None = None
    """The statuses that the NOTIFYs bring him about his transfers, one after the other; those of
    an alerting target (180, 183) may be missing."""
    receives: dict[str, list[str]] = {}
    """Lines that every request of a method that reaches him must hold (regular expressions of
    whole lines); of INVITEs the first of each call. {domain} and {contact} are filled in."""
    never_receives: str | None = None
    """What no message that reaches him may hold (a regular expression; filled in likewise)."""

    @property
    def users(self) -> list[str]:
        """The reps whose phone it is; empty if he is no rep."""
        if self.side != "rep":
            return []
        return (
            [self.phone_of or self.name] if not isinstance(self.phone_of, list) else self.phone_of
        )


class ExpectedThread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is what the thread of the scenario must say; what is not named may be anything."""

    direction: Literal["inbound", "outbound", "internal"] | None = None
    legs: list[dict[str, Any]] = []
    """One table for each row, in order, with the keys to compare. ``attempts`` likewise."""
    transfers: list[dict[str, Any]] = []
    """One table for each transfer, in order of time."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is what ``scenario.toml`` says."""

    summary: str
    """What happens, in one or two sentences."""
    party: list[PartyPlan]
    rfc: list[str] = []
    """The sections that oblige us."""
    thread: ExpectedThread | None = None
    """The expected thread; None if the call never becomes one (it was refused at the edge)."""
    threads: int = 1
    """How many threads there must be, each like ``thread``."""
    each_thread: list[ExpectedThread] = []
    """In the place of both, if they differ: the threads, in the order of their beginning."""
    lasts_s: float = 20.0
    """After how long a party that has not finished has failed."""
    wrap_up_s: float = 0.0
    """How long territories leave a rep alone after a call: if not 0, it wants a switch of its
    own, started with it."""
    folder: Path = Path()
    """Where it was loaded from."""

    @property
    def name(self) -> str:
        """Kind and behaviour: "blind_transfer/target_busy"."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def expected_threads(self) -> list[ExpectedThread]:
        """What the threads must say, in the order of their beginning."""
        if self.each_thread or self.thread is None:
            return self.each_thread
        return [self.thread] * self.threads

    def xml(self, name: str) -> Path:
        """Return the SIPp scenario of a name."""
        return self.folder / f"{name}.xml"


def root() -> Path:
    """Return the folder ``sipp_scenarios`` of this source tree, or of the installed package."""
    here = Path(__file__).resolve()
    beside = here.parents[2] / "sipp_scenarios"
    return beside if beside.is_dir() else here.parents[1] / "sipp_scenarios"


def load(folder: Path) -> Scenario:
    """Read a scenario.

    Raises:
        ScenarioError: the file is missing or wrong, or a party has no XML.
    """
    file = folder / "scenario.toml"
    try:
        scenario = msgspec.toml.decode(file.read_bytes(), type=Scenario)
    except (OSError, msgspec.DecodeError) as error:
        raise ScenarioError(folder=folder, what=f"scenario.toml: {error}") from error
    scenario = msgspec.structs.replace(scenario, folder=folder)
    for party in scenario.party:
        for name in filter(None, (party.name, party.is_called_by)):
            if not scenario.xml(name).is_file():
                raise ScenarioError(folder=folder, what=f"{name}.xml is missing")
    if not any(party.dials for party in scenario.party):
        raise ScenarioError(folder=folder, what="nobody dials")
    return scenario


def find_all() -> list[Path]:
    """Return the folders of all scenarios, sorted."""
    return sorted(file.parent for file in root().glob("*/*/scenario.toml"))
