"""What a dialog of PJSIP's says of media, and is told: its callbacks for offers and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

import pjsua2 as pj

from switch.call.ids import LegId
from switch.sip.sdp import Direction, has_audio
from switch.worker.at_once import answer_at_once, offer_anew
from switch.worker.descriptions import with_direction
from switch.worker.disguise import disguised, undisguised
from switch.worker.facts import Fact, Reinvited
from switch.worker.reading import description_of

_LOG = logging.getLogger(__name__)
_OK: Final = 200
_NOT_ACCEPTABLE: Final = 488
_THEIRS: Final = {
    pj.PJMEDIA_DIR_ENCODING_DECODING: Direction.SENDRECV,
    pj.PJMEDIA_DIR_DECODING: Direction.SENDONLY,
    pj.PJMEDIA_DIR_ENCODING: Direction.RECVONLY,
}
"""What the other side has said, by what is left to us; anything else: inactive."""


class DescribedCall(pj.Call):
    """A call whose descriptions are rtpengine's, not PJSIP's."""

    def __init__(
        self, account: Any, report: Callable[[Fact], None], leg_id: LegId, pj_call_id: int
    ) -> None:
        """Make one for a leg; nothing is said yet."""
        super().__init__(account, pj_call_id)
        self._tell = report
        self.leg_id = leg_id
        self.local_sdp: str | None = None
        self.late_offer = False
        self.reinvite_waits = False
        self._said: str | None = None
        self._offered_late: str | None = None
        """What a re-INVITE without a description was offered, until its ACK has come."""

    def _report(self, fact: Fact) -> None:
        """Report a fact, and remember what it says of the other side's media."""
        self._said = getattr(fact, "sdp", None) or self._said
        self._tell(fact)

    def _refreshed(self, message: str) -> None:
        """Take a re-INVITE of theirs: it may move them elsewhere."""

    def _pass_over(self, prm: Any) -> None:
        """Take no notice: of PJSIP's own media nothing comes."""

    # What pjsua2 does by itself here is nothing too, at ten times the cost.
    onCallMediaTransportState = onCreateMediaTransport = _pass_over  # noqa: N815
    onStreamPreCreate = onStreamCreated = onStreamDestroyed = _pass_over  # noqa: N815

    def onCallSdpCreated(self, prm: Any) -> None:  # noqa: N802
        """Put rtpengine's description in the place of PJSIP's."""
        if self.local_sdp is not None:
            prm.sdp.wholeSdp = self.local_sdp

    def onCallRxReinvite(self, prm: Any) -> None:  # noqa: N802
        """Take a re-INVITE; it is answered when rtpengine has been asked."""
        try:
            sdp = description_of(prm.rdata.wholeMsg)
            if sdp is not None and not has_audio(sdp):
                # Refused at once: the call goes on as it was (RFC 3261 §14.2).
                prm.statusCode = _NOT_ACCEPTABLE
                return
            prm.isAsync = True
            self.reinvite_waits = True
            self._refreshed(prm.rdata.wholeMsg)
            self._report(Reinvited(leg_id=self.leg_id, sdp=sdp))
        except Exception:  # noqa: BLE001
            _LOG.exception("a re-INVITE of leg %s could not be read", self.leg_id)

    def onCallRxOffer(self, prm: Any) -> None:  # noqa: N802
        """Take the offer of an UPDATE, which is answered before it is over (RFC 3311 §5.2)."""
        try:
            prm.statusCode = _NOT_ACCEPTABLE
            said, told = undisguised(str(prm.offer.wholeSdp)), undisguised(self.local_sdp or "")
            stands = self.getInfo().state == pj.PJSIP_INV_STATE_CONFIRMED
            answer = answer_at_once(said, told=told) if stands else None
            if answer is not None:
                prm.statusCode = _OK
                self.local_sdp = disguised(answer)
                self._report(Reinvited(leg_id=self.leg_id, sdp=said, answered=answer))
        except Exception:  # noqa: BLE001
            _LOG.exception("an UPDATE of leg %s could not be read", self.leg_id)

    def onCallTxOffer(self, prm: Any) -> None:  # noqa: ARG002, N802
        """Make the offer that a re-INVITE without one asks for: PJSIP answers it by itself.

        It is open both ways, whoever holds: else nobody could come back like that.
        """
        if self.local_sdp is not None:
            self._offered_late = offer_anew(undisguised(self.local_sdp))
            self.local_sdp = disguised(self._offered_late)

    def onCallMediaState(self, prm: Any) -> None:  # noqa: ARG002, N802
        """Report what the ACK says to such an offer, as far as PJSIP tells: who sends.

        From where is seen by rtpengine when it comes.
        """
        try:
            offered, self._offered_late = self._offered_late, None
            if offered is not None and self._said is not None:
                info = self.getInfo()  # What SWIG returns of it lives as long as it does.
                theirs = _THEIRS.get(info.media[0].dir, Direction.INACTIVE)
                said = with_direction(self._said, theirs)
                self._report(Reinvited(leg_id=self.leg_id, sdp=said, answered=offered))
        except Exception:  # noqa: BLE001
            _LOG.exception("an answer of leg %s could not be read", self.leg_id)
