"""Which codecs each leg of one conversation may speak, and how two that differ are joined.

What two legs have in common comes first in an offer, so that a phone that follows our order is
relayed and nothing else (RFC 3264 §6.1). What follows is for the others: rtpengine turns one
codec into the other. Seen with 10.5: 0.10 CPU-s a minute for PCMU to PCMU, 0.29 for PCMU to PCMA,
0.37 to G.722, 1.1 to Opus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from switch.call.ids import LegId
from switch.call.target import MediaPolicy
from switch.media.ng import MediaError
from switch.sip.sdp import TRANSCODABLE, common_codecs, parse_sdp
from switch.worker.told import Told

_EVENTS: Final = "telephone-event"
_NOT_ACCEPTABLE: Final = 488


class Codecs:
    """The codecs of one conversation's legs."""

    def __init__(self, told: Told, *, codecs: Sequence[str], transcode: bool) -> None:
        """Begin with legs that all may speak the same.

        Args:
            told: what each has said and was told.
            codecs: what a leg may be offered that has no list of its own, best first.
            transcode: whether rtpengine may turn one codec into another.
        """
        self._told = told
        self._codecs = tuple(codecs)
        self._transcode = transcode
        self._policies: dict[LegId, MediaPolicy] = {}

    def obey(self, leg_id: LegId, policy: MediaPolicy) -> None:
        """Note what the operator has set for a leg: it holds as long as the leg does."""
        self._policies.setdefault(leg_id, policy)

    def policy(self, leg_id: LegId) -> MediaPolicy:
        """Return what the operator has set for a leg."""
        return self._policies.get(leg_id, MediaPolicy())

    def wanted_of(self, leg_id: LegId) -> tuple[str, ...]:
        """Return what a leg may be offered, best first."""
        return self.policy(leg_id).codecs or self._codecs

    def agreed_with(self, leg_id: LegId) -> tuple[str, ...]:
        """Return what offer and answer of a leg share: the first is in use (RFC 3264 §6.1)."""
        told = self._told.told(leg_id) or ""
        audio = parse_sdp(told).audio if told else None
        if audio is None:
            return self.wanted_of(leg_id)
        if not self._told.has_said(leg_id):
            return audio.codecs
        said = parse_sdp(self._told.said_by(leg_id))
        if self._told.is_asked(leg_id):
            both = common_codecs(said, audio.codecs)
        else:
            both = common_codecs(parse_sdp(told), said.audio.codecs if said.audio else ())
        # A re-INVITE may name others than before, and is answered with them.
        return both or self.spoken_by(leg_id)

    def spoken_by(self, leg_id: LegId) -> tuple[str, ...]:
        """Return what a leg's party has said that it takes, as far as it may; best first.

        Whoever has no list of his own may come with any codec that rtpengine can turn into
        another, if he has none of ours.
        """
        said = parse_sdp(self._told.said_by(leg_id))
        wanted = self.wanted_of(leg_id)
        spoken = {name.upper() for name in common_codecs(said, wanted)}
        if not spoken and self._transcode and not self.policy(leg_id).codecs:
            return common_codecs(said, TRANSCODABLE)
        return tuple(name for name in wanted if name.upper() in spoken)

    def sends_tones(self, leg_id: LegId) -> bool:
        """Whether a leg's keys are tones in its audio, as the operator says."""
        return self.policy(leg_id).dtmf == "inband"

    def share(self, leg_id: LegId, peer: LegId) -> bool:
        """Whether what one speaks can be passed on to the other as it is."""
        upper = {name.upper() for name in self.agreed_with(peer)}
        return any(name.upper() in upper for name in self.spoken_by(leg_id))

    def in_common(self, leg_id: LegId, peer: LegId) -> tuple[str, ...]:
        """Return what both speak, best first; nothing if the peer uses something else."""
        agreed = self.agreed_with(peer)
        upper = {name.upper() for name in self.spoken_by(leg_id)}
        common = tuple(name for name in agreed if name.upper() in upper)
        return common if common[:1] == agreed[:1] else ()

    def to_join(
        self, spoken: Sequence[str], wanted: Sequence[str], *, of: LegId, to: LegId
    ) -> dict[str, Any]:
        """Return what rtpengine must know to offer what one speaks to one who wants this.

        Of two one of whom sends his keys as tones, and the other not, rtpengine 10.5 turns tones
        to events and events to tones: it is told to take events that it offers to nobody
        (``consume``), or to offer some that nobody sends (``transcode``).

        Raises:
            MediaError: they have nothing in common, and cannot be joined otherwise.
        """
        upper = {name.upper() for name in spoken}
        common = [name for name in wanted if name.upper() in upper]
        others: list[str] = []
        if self._transcode and any(name in TRANSCODABLE for name in spoken):
            others = [name for name in wanted if name not in common and name in TRANSCODABLE]
        if not common and not others:
            why = f"no codec joins {', '.join(spoken) or 'none'} with {', '.join(wanted)}"
            raise MediaError(command="offer", why=why, sip_status=_NOT_ACCEPTABLE)
        if self.sends_tones(to):
            events: dict[str, Any] = {"offer": common, "consume": [_EVENTS]}
        elif self.sends_tones(of):
            # The first has the first free number, the same each time it is offered.
            others = [_EVENTS, *others]
            events = {"offer": common}
        else:
            events = {"offer": [*common, _EVENTS]}
        if not others:
            return {"strip": ["all"]} | events
        return {"mask": ["all"], "transcode": others} | events

    def are_turned(self, leg_id: LegId, peer: LegId) -> bool:
        """Whether keys of two are turned, from tones to events and back."""
        return self.sends_tones(leg_id) is not self.sends_tones(peer)
