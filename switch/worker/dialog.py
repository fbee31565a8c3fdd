"""One INVITE dialog: a pjsua2 ``Call`` whose callbacks report facts and do nothing else.

PJSIP calls back in the middle of its own work. So a callback reads what it needs out of
the message, reports it, and lets no exception through: SWIG would end the process.

Each attribute of what pjsua2 hands over is a call into it, which takes as long as a dozen of our
own lines: it is read once, and where nothing is waited for not at all.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

import pjsua2 as pj

from switch.audio.dtmf import DIGITS
from switch.call.ids import LegId
from switch.sip.errors import SipParseError
from switch.sip.message import parse_message
from switch.worker.described import DescribedCall
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    KeyPressed,
    NotifyDone,
    Provisional,
    ReinviteAnswered,
    Stands,
)
from switch.worker.reading import description_of, rep_of
from switch.worker.standing import Likeness

_LOG = logging.getLogger(__name__)
_TRYING: Final = 100
_DECLINE: Final = 603


class Dialog(DescribedCall):
    """One INVITE dialog of the switch, as PJSIP sees it."""

    def __init__(
        self,
        account: Any,
        report: Callable[[Fact], None],
        leg_id: LegId,
        pj_call_id: int = pj.PJSUA_INVALID_ID,
        *,
        port: int,
    ) -> None:
        """Make a dialog for a leg; ``pj_call_id`` is PJSIP's, for an INVITE that came in."""
        super().__init__(account, report, leg_id, pj_call_id)
        self._is_uac = self._is_unsent = pj_call_id == pj.PJSUA_INVALID_ID
        self.called_by_us = False
        self.reinviting = False
        """A re-INVITE of ours is on its way."""
        self.hung_up_by_us = False
        self.is_over = False
        self.notify: tuple[str, bool] | None = None
        """The NOTIFY that is being sent: the REFER it is about, and whether it is the last."""
        self._notifies: dict[int, tuple[str, bool]] = {}
        self._call_id = ""
        self._local_tag: str | None = None
        self._remote_tag: str | None = None
        self._answered = False
        self._likeness = Likeness(
            port, changed=lambda dialog: report(Stands(leg_id=leg_id, dialog=dialog))
        )

    def note_invite(self, message: str) -> None:
        """Keep what the INVITE that came in says of its dialog."""
        with contextlib.suppress(SipParseError):
            invite = parse_message(message)
            self._call_id = invite.call_id
            self._remote_tag = invite.from_tag
        self.late_offer = description_of(message) is None
        self._likeness.offered(message)

    def _refreshed(self, message: str) -> None:
        """Take a re-INVITE of theirs: it may move them elsewhere."""
        self._likeness.refreshed(message)

    def note_placed(self) -> None:
        """Keep the Call-ID that PJSIP gave to the INVITE it has just sent."""
        self._call_id = str(self.getInfo().callIdString)

    @property
    def call_id(self) -> str:
        """Its Call-ID."""
        return self._call_id

    def matches(self, call_id: str, *, remote_tag: str, local_tag: str) -> bool:
        """Whether this is the dialog of that Call-ID and those tags (RFC 3261 §12)."""
        return (call_id, remote_tag, local_tag) == (
            self._call_id,
            self._remote_tag,
            self._local_tag,
        )

    # ------------------------------------------------------------ pjsua2's callbacks

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Report how far the INVITE has come."""
        try:
            self._state_changed(prm.e)
        except Exception:  # noqa: BLE001
            _LOG.exception("a state of leg %s could not be read", self.leg_id)

    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        """Report the end of a NOTIFY's or re-INVITE's transaction."""
        if not (self._is_unsent or self.reinviting or self.notify or self._notifies):
            return
        try:
            self._transaction_changed(prm.e.body.tsxState)
        except Exception:  # noqa: BLE001
            _LOG.exception("a transaction of leg %s could not be read", self.leg_id)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """Report a key that came by SIP INFO; PJSIP has answered it already."""
        digit = str(prm.digit).upper()
        if len(digit) == 1 and digit in DIGITS:
            self._report(KeyPressed(leg_id=self.leg_id, digit=digit, way="info"))

    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse: a REFER ends at the edge. PJSIP would dial it unless it is told not to."""
        prm.statusCode = _DECLINE

    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse an INVITE with Replaces: PJSIP would obey it unless it is told not to."""
        prm.statusCode = _DECLINE

    def onCallRedirected(self, prm: Any) -> int:  # noqa: ARG002, N802
        """Call nobody whom a phone names: only the dialplan says who is called."""
        return int(pj.PJSIP_REDIRECT_REJECT)

    # ------------------------------------------------------------ reading

    def _state_changed(self, event: Any) -> None:
        info = self.getInfo()
        match info.state:
            case pj.PJSIP_INV_STATE_EARLY if self._is_uac:
                message, status = _received(event), info.lastStatusCode
                if message is not None and status > _TRYING:
                    self._note_response(message)
                    self._report(
                        Provisional(
                            leg_id=self.leg_id, sip_status=status, sdp=description_of(message)
                        )
                    )
            case pj.PJSIP_INV_STATE_CONNECTING if self._is_uac:
                message = _received(event)
                if message is not None:
                    self._note_response(message)
                    self._report_answer(message)
            case pj.PJSIP_INV_STATE_EARLY | pj.PJSIP_INV_STATE_CONNECTING:
                self._note_our_answer(event.body.tsxState.src.tdata.wholeMsg)
            case pj.PJSIP_INV_STATE_CONFIRMED if not self._is_uac:
                ack = event.body.rxMsg.rdata.wholeMsg
                self._report(Acknowledged(leg_id=self.leg_id, sdp=description_of(ack)))
            case pj.PJSIP_INV_STATE_DISCONNECTED:
                self.is_over = True
                self._report(
                    Disconnected(
                        leg_id=self.leg_id,
                        by_party=not self.hung_up_by_us,
                        sip_status=info.lastStatusCode,
                    )
                )

    def _transaction_changed(self, changed: Any) -> None:
        """Follow what we ask in a dialog that stands."""
        transaction = changed.tsx
        if transaction.role != pj.PJSIP_ROLE_UAC:
            return
        method = transaction.method
        if method == "NOTIFY":
            self._notify_changed(changed)
        elif method == "INVITE" and transaction.state == pj.PJSIP_TSX_STATE_CALLING:
            if self._is_unsent:  # Else it is a re-INVITE.
                self._is_unsent = False
                self._likeness.placed(changed.src.tdata.wholeMsg)
        elif method == "INVITE" and self.reinviting and _is_done(changed):
            self.reinviting = False
            status, sdp = transaction.statusCode, None
            if changed.type == pj.PJSIP_EVENT_RX_MSG and status // 100 == 2:  # noqa: PLR2004
                sdp = description_of(changed.src.rdata.wholeMsg)
                self._likeness.refreshed(changed.src.rdata.wholeMsg)
            self._report(ReinviteAnswered(leg_id=self.leg_id, sip_status=status, sdp=sdp))

    def _notify_changed(self, changed: Any) -> None:
        """Follow each NOTIFY by its CSeq: their answers may come in another order."""
        transaction = changed.tsx
        if transaction.state == pj.PJSIP_TSX_STATE_CALLING:
            if self.notify is not None:
                cseq = parse_message(changed.src.tdata.wholeMsg).cseq.number
                self._notifies[cseq], self.notify = self.notify, None
            return
        if not _is_done(changed) or not self._notifies:
            return
        # What timed out has no answer with a CSeq; it is the one that was sent first.
        cseq = min(self._notifies)
        if changed.type == pj.PJSIP_EVENT_RX_MSG:
            cseq = parse_message(changed.src.rdata.wholeMsg).cseq.number
        refer_id, final = self._notifies.pop(cseq)
        self._report(
            NotifyDone(
                leg_id=self.leg_id,
                refer_id=refer_id,
                final=final,
                sip_status=transaction.statusCode,
            )
        )

    def _report_answer(self, message: str) -> None:
        if not self._answered:
            self._answered = True
            self._report(
                Answered(leg_id=self.leg_id, sdp=description_of(message), rep=rep_of(message))
            )

    def _note_response(self, message: str) -> None:
        # PJSIP reads some messages that we do not; then no REFER will find this dialog.
        with contextlib.suppress(SipParseError):
            response = parse_message(message)
            self._call_id = response.call_id
            self._local_tag = response.from_tag
            self._remote_tag = response.to_tag
        self._likeness.responded(message)

    def _note_our_answer(self, message: str) -> None:
        with contextlib.suppress(SipParseError):
            self._local_tag = parse_message(message).to_tag
        self._likeness.responded(message)


def _is_done(changed: Any) -> bool:
    """Whether a transaction has just got its final answer, or been given up."""
    state = changed.tsx.state
    return bool(
        state == pj.PJSIP_TSX_STATE_COMPLETED
        or (
            state == pj.PJSIP_TSX_STATE_TERMINATED
            and changed.prevState < pj.PJSIP_TSX_STATE_COMPLETED
        )
    )


def _received(event: Any) -> str | None:
    """Return the message that caused a change of state, if a message did."""
    if event.type != pj.PJSIP_EVENT_TSX_STATE:
        return None
    state = event.body.tsxState
    return str(state.src.rdata.wholeMsg) if state.type == pj.PJSIP_EVENT_RX_MSG else None
