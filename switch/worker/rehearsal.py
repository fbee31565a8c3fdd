"""A call that nobody makes, played in the nursery: what it warms is warm in every worker.

The first call of a process is dear: Python adapts code to how it is used, fills its caches, and
loads what it has put off. Each worker would pay for that with time, and with memory of its own.
So the nursery, before it forks, plays some calls through the part of a worker that decides, as
often as it takes for the code to be adapted. Here nobody is behind the SIP stack and rtpengine.

PJSIP itself is not begun here, but only told what it will be told. It has a thread, which no fork
takes along, and it draws Call-IDs and tags from a sequence that all forks would go on with alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from pathlib import Path
from typing import Any, Final

from switch import logs, roll
from switch.bequest import Bequest
from switch.call.ids import LegId
from switch.call.recording import NO_POLICY
from switch.call.target import Party, Target
from switch.sip.kept import forget_kept
from switch.wire.nursery import Prompts, RecallSettings, RecordingSettings, WorkerSettings
from switch.wire.worker import Expect, decode_for_worker, encode
from switch.worker.endpoint import StackSettings, account_config, endpoint_config
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    Provisional,
    Stands,
)
from switch.worker.node_line import NodeLine
from switch.worker.reading import description_of, rep_of
from switch.worker.saying import Saying
from switch.worker.serving import Serving
from switch.worker.standing import Likeness
from switch.worker.worker import Worker

_TIMES: Final = 30
"""So often that what each call runs through once is adapted too."""
_OK: Final = 200
_RINGING: Final = 180
_EDGE: Final = "127.0.0.1:9"
_SETTINGS: Final = WorkerSettings(
    domain="rehearsal.invalid",
    address="127.0.0.1",
    edge=_EDGE,
    ng_host="127.0.0.1",
    ng_port=9,
    codecs=("PCMU", "PCMA"),
    music="/music.wav",
    prompts=Prompts(menu="/m.wav", wrong="/w.wav", goodbye="/g.wav", ringing="/r.wav"),
    recall=RecallSettings(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None),
    recording=RecordingSettings(spool="/nowhere", ending="flac", policy=NO_POLICY),
    accept_status=202,
    rest_s=0.1,
    recycle_after=300,
    silent_s=60,
    log_level="error",
    log_format="json",
)
_EXPECT: Final = Expect(
    conversation_id="rehearsal",
    call_id="rehearsal@invalid",
    caller=Party(role="customer", number="+10000000000", trunk="rehearsal"),
    presented=Party(role="customer", number="+10000000000"),
    dialled="100",
    target=Target(user="rep", kind="rep", rep="rep", number="100"),
    ring_s=20,
    response_s=20,
)
_SDP: Final = """\
v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 4000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=sendrecv
"""
_HEADERS: Final = """\
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKrehearsal;rport
Record-Route: <sip:127.0.0.1:9;lr>
From: "Rehearsal" <sip:100@rehearsal.invalid>;tag=ours
Call-ID: rehearsal@invalid
CSeq: 1 INVITE
Contact: <sip:100@127.0.0.1:9>
Content-Type: application/sdp

"""


def _sent(first_lines: str) -> str:
    """Return a SIP message that begins so, as it is on the wire."""
    return (first_lines + _HEADERS + _SDP).replace("\n", "\r\n")


_INVITE: Final = _sent("INVITE sip:rep@127.0.0.1 SIP/2.0\nTo: <sip:rep@rehearsal.invalid>\n")
_ANSWER: Final = _sent("SIP/2.0 200 OK\nTo: <sip:rep@rehearsal.invalid>;tag=theirs\n")


def rehearse(run_dir: Path) -> None:
    """Play some calls to nobody; nothing is logged, and nothing is left.

    Args:
        run_dir: where a worker will leave its files.
    """
    folder = run_dir / "rehearsal"
    folder.mkdir(exist_ok=True)
    with contextlib.redirect_stderr(io.StringIO()):
        logs.set_up(form="json", part="worker")
        for _ in range(_TIMES):
            asyncio.run(_Play(folder).perform())
    logs.set_up()
    forget_kept()
    with contextlib.suppress(OSError):  # Somebody killed another nursery in the middle of it.
        for inside in folder.iterdir():
            inside.rmdir()
        folder.rmdir()


class _Play:
    """One call, and all that stands in for the world around it."""

    def __init__(self, folder: Path) -> None:
        enrolled = roll.Enrolled(pid=os.getpid(), worker="rehearsal", port=9)
        roll.enrol(folder, enrolled)
        roll.strike(folder, enrolled.pid)
        self._left = Bequest.begin(folder, enrolled.pid)
        # As the real one is made; it is not run.
        line = NodeLine(folder / "nobody")
        Worker(_SETTINGS, line, name=enrolled.worker, port=enrolled.port, left=self._left)
        endpoint_config()
        account_config(
            StackSettings(address=_SETTINGS.address, port=9, domain=_SETTINGS.domain, edge=_EDGE)
        )
        self._saying = Saying(self._send, self._left)

    async def perform(self) -> None:
        """Let the call come, be put through and end."""
        expect = decode_for_worker(encode(_EXPECT))
        assert isinstance(expect, Expect)
        self._serving = Serving(
            expect, _SETTINGS, stack=self, media_server=self, say=self._saying.say
        )
        caller = self._serving.conversation.caller_leg_id
        self._described(caller).offered(_INVITE)
        serves = asyncio.create_task(self._serving.run())
        self._serving.take(Invited(leg_id=caller, sdp=description_of(_INVITE)))
        await serves
        self._left.burn()
        self._left.close()

    def _described(self, leg_id: LegId) -> Likeness:
        return Likeness(
            9, changed=lambda dialog: self._serving.take(Stands(leg_id=leg_id, dialog=dialog))
        )

    def _soon(self, *facts: Fact) -> None:
        for fact in facts:
            asyncio.get_running_loop().call_soon(self._serving.take, fact)

    def _send(self, line: bytes, *, may_wait: bool, about: str | None) -> None:
        """Send nothing: there is no node."""

    # ------------------------------------------------------------ as rtpengine

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """Answer as rtpengine does."""
        await asyncio.sleep(0)
        if command == "query":
            return {"result": "ok", "tags": {}}
        return {"result": "ok", "sdp": fields.get("sdp", "")}

    # ------------------------------------------------------------ as the SIP stack

    def place(self, leg_id: LegId, **_said: object) -> None:
        """Ring, and answer."""
        likeness = self._described(leg_id)
        likeness.placed(_INVITE)
        likeness.responded(_ANSWER)
        self._soon(
            Provisional(leg_id=leg_id, sip_status=_RINGING, sdp=None),
            Answered(leg_id=leg_id, sdp=description_of(_ANSWER), rep=rep_of(_ANSWER)),
        )

    def answer(self, leg_id: LegId, sip_status: int, **_said: object) -> None:
        """Acknowledge the answer, and hang up."""
        if sip_status == _OK:
            self._soon(
                Acknowledged(leg_id=leg_id, sdp=None),
                Disconnected(leg_id=leg_id, by_party=True, sip_status=_OK),
            )

    def hang_up(self, leg_id: LegId, **_said: object) -> None:
        """Be gone."""
        self._soon(Disconnected(leg_id=leg_id, by_party=False, sip_status=_OK))

    def is_up(self, leg_id: LegId) -> bool:  # noqa: ARG002
        """Whether the dialog of a leg stands: nobody asks who has hung up."""
        return True

    def called_by_us(self, leg_id: LegId) -> bool:
        """Whether it was we who called a leg."""
        return leg_id != self._serving.conversation.caller_leg_id

    def leg_of(self, call_id: str) -> LegId | None:  # noqa: ARG002
        """Return the leg with that Call-ID: there is no hunt."""
        return None

    def answer_reinvite(self, leg_id: LegId, **said: object) -> None:
        """Do nothing: nobody moves."""

    refuse_reinvite = reinvite = notify = answer_reinvite
