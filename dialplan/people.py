"""Who can ring: reps, the territories they belong to, and the numbers that reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dialplan.keys import Dtmf
from dialplan.policy import OwnToll
from dialplan.protection import Srtp
from dialplan.strategies import Strategy

TRANSFEROR: Final = "transferor"
"""The word in ``on_no_answer`` that gives the call back; nobody may be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """Is a person of the sales team, with any number of phones."""

    name: str
    """What the rep's phones register as: the user part of his SIP address."""
    extension: str
    """The short number colleagues dial, 2 to 6 digits."""
    display_name: str
    """What a called phone shows."""
    record: bool = False
    """Whether his calls are always recorded."""
    toll: OwnToll | None = None
    """What he may call outside, where it differs from his territory's; ``None`` = nowhere."""
    codecs: tuple[str, ...] = ()
    """Codecs of his phones, the most wanted first; empty = those of the switch."""
    srtp: Srtp = Srtp.OFF
    """Whether his phones are offered SRTP when they are called."""
    webrtc: bool = False
    """Whether his phones are browsers: all of them then, for one offer must fit them all."""
    wrap_up_s: float | None = None
    """How long territories leave him alone after a call, in seconds; ``None`` = as the territory
    that it came by has it, or else as everybody."""
    dtmf: Dtmf = Dtmf.RFC4733
    """How his phones send keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Is a hunt group: several reps who take the same calls."""

    name: str
    """The user part of its SIP address."""
    extension: str
    """The short number colleagues dial, 2 to 6 digits."""
    members: tuple[str, ...]
    """Names of its reps, in the order of the file."""
    display_name: str = ""
    """What a phone shows while the territory rings; empty = its name."""
    strategy: Strategy = Strategy.RING_ALL
    """In which order the available reps are rung."""
    ring_s: float = 30.0
    """How long it may ring in all, in seconds."""
    step_s: float = 15.0
    """How long one rep may ring where one is rung after the other, in seconds."""
    grow_s: float = 8.0
    """After how long the next rep joins in, in seconds, for ``progressive``."""
    on_no_answer: str = TRANSFEROR
    """Who gets a call that nobody took: the name of a territory or a rep, an outside number in
    E.164 form, or ``transferor``: whoever transferred it; a call nobody transferred gets 480."""
    music: str | None = None
    """File that who waits for it, or for one of its reps, hears; ``None`` = as everybody."""
    wrap_up_s: float | None = None
    """How long its reps are left alone after a call that came by it, in seconds; ``None`` = as
    everybody."""
    record: bool = False
    """Whether its calls are always recorded."""
    toll: OwnToll | None = None
    """What its reps may call outside, where it differs from the switch's; ``None`` = nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """Is an outside number of ours (direct inward dialling) and whom it reaches."""

    number: str
    """The number in E.164 form, such as ``+14805550100``."""
    rep: str | None = None
    """Name of the rep who rings; ``None`` if a territory does."""
    territory: str | None = None
    """Name of the territory that rings; ``None`` if a rep does."""
