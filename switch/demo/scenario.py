"""A scenario: a folder of ``sipp_scenarios/`` with ``scenario.toml`` and an XML per party."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


_AFTER = re.compile(
    r"(?P<party>\w+)"
    r"(?:: (?:(?P<times>\d)x )?(?:(?P<status>\d{3}) )?(?P<method>[A-Z]+)(?: '(?P<text>[^']+)')?)?"
)


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """Is the moment that a party waits for before it begins."""

    party: str
    """Whose moment it is."""
    method: str | None = None
    """The request, or the method of the response, that he sends or gets; None: his part is over."""
    status: int | None = None
    """The status of the response; None: it is the request."""
    text: str = ""
    """What the message must hold."""
    times: int = 1
    """The how manieth such message it is; repetitions of one do not count."""

    @classmethod
    def read(cls, after: str) -> Cue:
        """Read what ``after`` says.

        Raises:
            ValueError: it cannot be read.
        """
        if (found := _AFTER.fullmatch(after)) is None:
            raise ValueError(f"after = {after!r}: neither a party nor one and its message")
        return cls(
            party=found["party"],
            method=found["method"],
            status=int(found["status"]) if found["status"] else None,
            text=found["text"] or "",
            times=int(found["times"] or 1),
        )


class PartyPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is one party of a scenario: who he is, what he does, what he must see and hear."""

    name: str
    """His role. A rep's name is his user."""
    plays: str = ""
    """The XML that he plays, without ``.xml``: in the folder or, if it is not there, in
    ``parties/``; empty: the one of his name."""
    side: Literal["rep", "trunk", "stranger", "desk"] = "rep"
    """A rep registers and has a password; the trunk is known by its address; a stranger is not. Who
    is at the desk has no phone: he asks the switch for something, over the bus."""
    trunk: str = TRUNK
    """Which trunk, if he is at one: its address is his."""
    phone_of: str | list[str] | None = None
    """Whose phone it is, if a rep has several and this one has another name, or several reps
    share it; None: his own."""
    dials: str | list[str] | None = None
    """Whom he calls: a rep's or a territory's name (from the trunk: the number of it), a number,
    or "customer"; a list: another one with each call. None: he waits to be called."""
    after: str = ""
    """What he waits for before he begins, so that it is not left to chance what comes first:
    "bob" (bob has finished his part), "bob: REFER" (bob has sent or got that request),
    "bob: 200 INVITE" (that response), "bob: 2x INVITE" (the second one) or
    "bob: NOTIFY 'terminated'" (one that holds that). Empty: for the first caller, if he calls."""
    after_s: float = 0.0
    """How long after that he begins."""
    asks: str = ""
    """At the desk, what he asks: "transfer bob" or "resume", as one types it after ``softswitch``,
    of the customer's call, as soon as somebody there can choose."""
    hangs_up_after: str = ""
    """When he is prompted to hang up, said as in ``after``; his XML must wait for that: a MESSAGE
    that does not come from the switch. Empty: never, his XML knows by itself."""
    hangs_up_after_s: float = 0.0
    """How long after that."""
    takes: int = 1
    """How many calls he carries before his part is over; 0: none may come, or as many as
    ``is_called`` says, and he waits until all others are through."""
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
    overlooks: bool = False
    """Whether he overlooks what comes when his XML does not expect it; else his part has failed.
    For who sends two messages at once: on a machine that is busy the first may be answered before
    SIPp gets to the second."""
    set: dict[str, int] = {}
    """SIPp variables (``-set``): pauses in ms, and how often he does what."""
    key: dict[str, str] = {}
    """SIPp keywords (``-key``); {domain} and {contact} are filled in."""
    hears: list[str] | None = None
    """Whom he must hear, one after the other: names of parties, or "music"; "music?" may be
    missing, where it ends as soon as the switch can end it. None: not looked at."""
    hears_before_answer: list[str] = []
    """Of these, whom he must hear before his call is answered."""
    is_called: int | None = None
    """How many calls reach him, taken or not; None: not looked at, but for who takes none."""
    sees: str | None = None
    """Who calls, according to the From of the INVITEs that reach him: "customer" or a rep."""
    shows: list[str] | None = None
    """What his phone shows in the calls that reach him, one after the other: the display names
    of their From. {contact} is filled in. None: not looked at."""
    gets: dict[str, int] = {}
    """Which final status his requests get, by method; the last counts."""
    is_notified: list[int] | None = None
    """The statuses that the NOTIFYs bring him about his transfers, one after the other; those of
    an alerting target (180, 183) may be missing."""
    receives: dict[str, list[str]] = {}
    """Lines that every request of a method that reaches him must hold (regular expressions of
    whole lines); of INVITEs the first of each call. {domain} and {contact} are filled in, and
    {main}: the number of ours that is shown for whoever has none."""
    never_receives: str | None = None
    """What no message that reaches him may hold (a regular expression; filled in likewise)."""

    @property
    def cue(self) -> Cue | None:
        """What he waits for; None: for nothing but the first caller.

        Raises:
            ValueError: ``after`` cannot be read.
        """
        return Cue.read(self.after) if self.after else None

    @property
    def end_cue(self) -> Cue | None:
        """What he is prompted to hang up by; None: by nothing.

        Raises:
            ValueError: ``hangs_up_after`` cannot be read.
        """
        return Cue.read(self.hangs_up_after) if self.hangs_up_after else None

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
    recalls: list[dict[str, Any]] | None = None
    """One table for each call back to a transferor; None: not looked at."""
    fallbacks: list[dict[str, Any]] | None = None
    """One table for each way that was tried when all was in vain; None: not looked at."""


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
    lasts_s: float = 60.0
    """After how long a party that has not finished has failed: so long that only a hang does."""
    alone: bool = False
    """Whether nothing else may be played on the switch meanwhile."""
    wrap_up_s: float = 0.0
    """How long territories leave a rep alone after a call: if not 0, it wants a switch of its
    own, started with it."""
    frees_everybody: bool = False
    """Whether all who are registered must be available again when all parts are over, and the
    customer must not be waiting for anybody."""
    folder: Path = Path()
    """Where it was loaded from; of one that is made by a program only its name, in two parts."""

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
        """Return the SIPp scenario of a name: the folder's own, else the one of all."""
        own = self.folder / f"{name}.xml"
        return own if own.is_file() else root() / "parties" / own.name

    def problems(self) -> Iterator[str]:
        """Yield why it cannot be played, if it cannot."""
        names = {party.name for party in self.party}
        for party in self.party:
            yield from self._problems_of(party, names)
        if not any(party.dials for party in self.party):
            yield "nobody dials"

    def _problems_of(self, party: PartyPlan, names: set[str]) -> Iterator[str]:
        if party.side == "desk":
            if not (party.asks and party.after):
                yield f"{party.name} asks for nothing, or waits for nothing"
        else:
            for xml in filter(None, (party.plays or party.name, party.is_called_by)):
                if not self.xml(xml).is_file():
                    yield f"{xml}.xml is missing"
        try:
            cues = [party.cue, party.end_cue]
        except ValueError as error:
            yield str(error)
            return
        for cue in filter(None, cues):
            if cue.party not in names:
                yield f"{party.name} waits for {cue.party}, who is not there"


def root() -> Path:
    """Return the folder ``sipp_scenarios`` of this source tree, or of the installed package."""
    here = Path(__file__).resolve()
    beside = here.parents[2] / "sipp_scenarios"
    return beside if beside.is_dir() else here.parents[1] / "sipp_scenarios"


def load(folder: Path) -> Scenario:
    """Read a scenario.

    Raises:
        ScenarioError: the file is missing or wrong, or what it says cannot be played.
    """
    file = folder / "scenario.toml"
    try:
        scenario = msgspec.toml.decode(file.read_bytes(), type=Scenario)
    except (OSError, msgspec.DecodeError) as error:
        raise ScenarioError(folder=folder, what=f"scenario.toml: {error}") from error
    scenario = msgspec.structs.replace(scenario, folder=folder)
    for what in scenario.problems():
        raise ScenarioError(folder=folder, what=what)
    return scenario


def find_all() -> list[Path]:
    """Return the folders of all scenarios, sorted."""
    return sorted(file.parent for file in root().glob("*/*/scenario.toml"))
