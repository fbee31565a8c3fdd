"""pjsua2 as a signalling stack: one endpoint, one UDP socket, one OS thread.

pjsua2 is polled by the asyncio loop itself (:mod:`switch.worker.pump`). So every
callback runs on the loop's thread, between two other things it does: no locks, and nothing
to be handed across threads.

PJSIP would send RTP itself; here it must not. Its media transports are loops without a
socket, there is no sound device, and each session description is replaced by the one
that rtpengine made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import pjsua2 as pj

from switch.call.ids import LegId
from switch.worker.dialog import Dialog
from switch.worker.disguise import disguised
from switch.worker.endpoint import (
    StackError,
    StackSettings,
    account_config,
    open_endpoint,
    refusals,
    socket_on,
)
from switch.worker.facts import Fact, Invited
from switch.worker.pump import Pump
from switch.worker.reading import call_id_of, description_of
from switch.worker.sweep import sweep

_REQUEST_TERMINATED: Final = 487


class _Account(pj.Account):
    """The one account: it takes the INVITE that is expected and refuses all others."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self._stack._invited(prm.callId, prm.rdata.wholeMsg)  # noqa: SLF001


class Stack:
    """The SIP side of a worker."""

    def __init__(
        self,
        settings: StackSettings,
        *,
        report: Callable[[Fact], None],
        claim: Callable[[str], LegId | None],
    ) -> None:
        """Prepare a stack; :meth:`start` opens its socket.

        Args:
            settings: where it listens.
            report: is called with each fact, outside of PJSIP's callbacks, in order.
            claim: is asked, with its Call-ID, which leg an INVITE is; None refuses it.
        """
        self._settings = settings
        self._report = report
        self._claim = claim
        self._dialogs: dict[LegId, Dialog] = {}
        self._graves: list[Dialog] = []
        self._pending: list[Fact] = []
        self._endpoint: Any = None
        self._account: _Account | None = None
        self._pump = Pump(self._handle_events)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Open the endpoint and let the running loop poll it."""
        with refusals("start"):
            self._endpoint = open_endpoint(self._settings)
            self._account = _Account(self)
            self._account.create(account_config(self._settings), True)  # noqa: FBT003
        self._pump.start(socket_on(self._settings.address, self._settings.port))

    def stop(self) -> None:
        """Close the endpoint; its dialogs must be over."""
        self._pump.stop()

    async def tidy(self) -> None:
        """Give back what calls that are over still hold; none may be up.

        Raises:
            StackError: PJSIP cannot.
        """
        self._graves.clear()
        with refusals("tidy up"):
            await sweep(self._endpoint)

    # ------------------------------------------------------------ what it can be told

    def place(
        self, leg_id: LegId, *, uri: str, persona: str, headers: dict[str, str], sdp: str
    ) -> None:
        """Send an INVITE through the edge, From the persona, offering the description."""
        dialog = Dialog(self._account, self._reported, leg_id, port=self._settings.port)
        dialog.local_sdp = disguised(sdp)
        options = pj.CallOpParam(True)  # noqa: FBT003
        options.txOption.localUri = persona
        _add_headers(options.txOption, headers)
        with refusals("place a leg"):
            dialog.makeCall(uri, options)
            dialog.note_placed()
        dialog.called_by_us = True
        self._dialogs[leg_id] = dialog
        self._pump.stir()

    def answer(self, leg_id: LegId, sip_status: int, *, sdp: str | None = None) -> None:
        """Answer the INVITE of a leg, with the description if there is one."""
        dialog = self._dialog(leg_id)
        options = pj.CallOpParam()
        options.statusCode = sip_status
        if sdp is not None and dialog.late_offer:
            # PJSIP makes its offer now, and asks for ours in its place.
            dialog.local_sdp = disguised(sdp)
            options.opt = pj.CallSetting(True)  # noqa: FBT003
        elif sdp is not None and dialog.local_sdp is None:
            # Once only: what a 183 said the 200 repeats (RFC 3261 §13.2.1); given a second
            # answer to the one offer, PJSIP aborts the process.
            dialog.local_sdp = options.sdp.wholeSdp = disguised(sdp)
        with refusals(f"answer with {sip_status}"):
            dialog.answer(options)

    def answer_reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Answer the re-INVITE that a leg waits for."""
        options = pj.CallOpParam()
        options.statusCode = 200
        options.sdp.wholeSdp = disguised(sdp)
        dialog = self._dialog(leg_id)
        if not dialog.reinvite_waits:
            # It was cancelled meanwhile. PJSIP would abort the process.
            raise StackError(what="answer a re-INVITE", why="none waits")
        dialog.reinvite_waits = False
        dialog.local_sdp = disguised(sdp)
        with refusals("answer a re-INVITE"):
            dialog.answer(options)

    def refuse_reinvite(self, leg_id: LegId, *, sip_status: int) -> None:
        """Refuse the re-INVITE that a leg waits for, if it does; its call goes on as it was."""
        dialog = self._dialogs.get(leg_id)
        if dialog is None or not dialog.reinvite_waits:
            return
        dialog.reinvite_waits = False
        self._pump.stir()
        options = pj.CallOpParam()
        options.statusCode = sip_status
        with refusals("refuse a re-INVITE"):
            dialog.answer(options)

    def reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        """Send a re-INVITE with the description."""
        dialog = self._dialog(leg_id)
        before, dialog.local_sdp = dialog.local_sdp, disguised(sdp)
        try:
            with refusals("send a re-INVITE"):
                dialog.reinvite(pj.CallOpParam(True))  # noqa: FBT003
        except StackError:
            dialog.local_sdp = before
            raise
        dialog.reinviting = True

    def hang_up(self, leg_id: LegId, *, sip_status: int = 0) -> None:
        """End a leg: BYE, CANCEL, or the final status for one not answered."""
        dialog = self._dialogs.get(leg_id)
        if dialog is None or not dialog.isActive():
            return
        # PJSIP would never answer it: what waits is refused first (RFC 3261 §15.1.2).
        with contextlib.suppress(StackError):
            self.refuse_reinvite(leg_id, sip_status=_REQUEST_TERMINATED)
        options = pj.CallOpParam()
        options.statusCode = sip_status
        dialog.hung_up_by_us = True
        self._pump.stir()
        with refusals("hang up"):
            dialog.hangup(options)

    def called_by_us(self, leg_id: LegId) -> bool:
        """Whether it was we who called a leg: its Call-ID is ours then."""
        dialog = self._dialogs.get(leg_id)
        return dialog is not None and dialog.called_by_us

    def is_up(self, leg_id: LegId) -> bool:
        """Whether the dialog of a leg still stands."""
        dialog = self._dialogs.get(leg_id)
        return dialog is not None and not dialog.is_over

    def notify(
        self, leg_id: LegId, *, refer_id: str, event_id: int, sipfrag: str, expires_s: int | None
    ) -> None:
        """Send a NOTIFY of a REFER's subscription; ``expires_s`` None ends it.

        The ``id`` is sent with the first REFER of a dialog too, as RFC 3515 §2.4.6 allows.
        """
        state = (
            "terminated;reason=noresource" if expires_s is None else f"active;expires={expires_s}"
        )
        request = pj.CallSendRequestParam()
        request.method = "NOTIFY"
        _add_headers(
            request.txOption,
            {"Event": f"refer;id={event_id}", "Subscription-State": state},
        )
        request.txOption.contentType = "message/sipfrag;version=2.0"
        request.txOption.msgBody = sipfrag
        dialog = self._dialog(leg_id)
        dialog.notify = (refer_id, expires_s is None)
        with refusals("send a NOTIFY"):
            dialog.sendRequest(request)

    def find(self, call_id: str, *, from_tag: str, to_tag: str) -> LegId | None:
        """Return the leg with that Call-ID whose tags are these, seen from the phone."""
        for leg_id, dialog in self._dialogs.items():
            if dialog.matches(call_id, remote_tag=from_tag, local_tag=to_tag):
                return leg_id
        return None

    def leg_of(self, call_id: str) -> LegId | None:
        """Return the leg with that Call-ID, if its dialog stands."""
        return next(
            (leg_id for leg_id, dialog in self._dialogs.items() if dialog.call_id == call_id),
            None,
        )

    @property
    def dialogs(self) -> int:
        """How many dialogs are up."""
        return len(self._dialogs)

    # ------------------------------------------------------------ what PJSIP says

    def _invited(self, pj_call_id: int, message: str) -> None:
        """Take the expected INVITE; runs inside a callback, so it only makes the object."""
        leg_id = self._claim(call_id_of(message))
        if leg_id is None:
            stranger = self._made(lambda _fact: None, LegId(""), pj_call_id)
            self._graves.append(stranger)
            refusal = pj.CallOpParam()
            refusal.statusCode = 503
            asyncio.get_running_loop().call_soon(stranger.hangup, refusal)
            return
        dialog = self._made(self._reported, leg_id, pj_call_id)
        dialog.note_invite(message)
        self._dialogs[leg_id] = dialog
        self._reported(Invited(leg_id=leg_id, sdp=description_of(message)))

    def _made(self, report: Callable[[Fact], None], leg_id: LegId, pj_call_id: int) -> Dialog:
        return Dialog(self._account, report, leg_id, pj_call_id, port=self._settings.port)

    def _reported(self, fact: Fact) -> None:
        """Keep a fact until PJSIP's callback has returned."""
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._pending.append(fact)

    def _hand_over(self) -> None:
        facts, self._pending = self._pending, []
        for fact in facts:
            dialog = self._dialogs.get(fact.leg_id)
            if dialog is not None and dialog.is_over:
                # PJSIP may still be using the object below us: it dies a little later.
                self._graves.append(self._dialogs.pop(fact.leg_id))
            self._report(fact)

    def _handle_events(self) -> int:
        handled = int(self._endpoint.libHandleEvents(0))
        if not self._dialogs:
            self._graves.clear()
        return handled

    def _dialog(self, leg_id: LegId) -> Dialog:
        dialog = self._dialogs.get(leg_id)
        if dialog is None:
            raise StackError(what="use a leg", why="its dialog is over")
        self._pump.stir()
        return dialog


def _add_headers(options: Any, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName = name
        header.hValue = value
        options.headers.append(header)
