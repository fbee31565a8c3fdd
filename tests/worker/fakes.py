"""What stands in for the world around a worker: a media server and a SIP stack."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.sip.sdp import parse_sdp
from switch.worker.endpoint import StackError

_ADDRESS = "127.0.0.9"


@dataclass(slots=True)
class _Party:
    """One leg as the fake media server knows it."""

    port: int
    profile: str = "RTP/AVP"
    is_muted: bool = False
    hears: str = ""

    def stop(self) -> None:
        if not self.hears:
            raise MediaError(command="stop media", why="Not currently playing media")
        self.hears = ""


_OF_KEYS = {"block DTMF", "unblock DTMF", "play DTMF"}


class FakeMediaServer:
    """Relays no packet, but answers as rtpengine does; passes tests/contract/media/test_server.py.

    ``asked`` has every request; what is in ``broken`` is refused, with those words. What is played
    lasts for ``lasts_ms``.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.broken: dict[str, str] = {}
        self.lasts_ms: object = 5
        self.calls: dict[str, dict[str, _Party]] = {}
        self._ports = itertools.count(10_000, 2)

    @property
    def commands(self) -> list[str]:
        return [command for command, _fields in self.asked]

    async def request(self, command: str, **fields: Any) -> dict[str, Any]:
        self.asked.append((command, fields))
        if command in self.broken:
            raise MediaError(command=command, why=self.broken[command])
        call_id = fields["call_id"]
        if command == "offer":
            return self._offer(self.calls.setdefault(call_id, {}), fields)
        if command == "delete":
            self.calls.pop(call_id, None)
            return {"result": "ok"}
        if call_id not in self.calls:
            raise MediaError(command=command, why="Unknown call-id")
        parties = self.calls[call_id]
        if command == "query":
            return {"result": "ok", "tags": {tag: {} for tag in parties}}
        party = parties.get(fields["from_tag"])
        if party is None:
            raise MediaError(command=command, why="No monologue matched")
        match command:
            case "answer":
                return self._answer(parties, fields)
            case "block media" | "unblock media":
                party.is_muted = command == "block media"
            case "play media":
                party.hears = fields["file"]
                return {"result": "ok", "duration": self.lasts_ms}
            case "stop media":
                party.stop()
            case _ if command not in _OF_KEYS:
                raise MediaError(command=command, why="Unrecognized command")
        return {"result": "ok"}

    def _offer(self, parties: dict[str, _Party], fields: dict[str, Any]) -> dict[str, Any]:
        audio = parse_sdp(fields["sdp"]).audio
        assert audio is not None
        offerer = parties.setdefault(fields["from_tag"], _Party(next(self._ports)))
        offerer.profile = audio.profile
        other = parties.setdefault(fields["to_tag"], _Party(next(self._ports)))
        other.profile = fields.get("transport_protocol", other.profile)
        return {"result": "ok", "sdp": _relayed(fields, other)}

    def _answer(self, parties: dict[str, _Party], fields: dict[str, Any]) -> dict[str, Any]:
        if fields["to_tag"] not in parties:
            raise MediaError(command="answer", why="No monologue matched")
        return {"result": "ok", "sdp": _relayed(fields, parties[fields["from_tag"]])}


def _relayed(fields: dict[str, Any], reader: _Party) -> str:
    """Return a description with the fake's own address, port and profile, and allowed codecs."""
    sdp: str = fields["sdp"]
    audio = parse_sdp(sdp).audio
    assert audio is not None
    allowed = fields.get("codec", {}).get("offer", [*audio.codecs, "telephone-event"])
    numbers = [str(one.payload_type) for one in audio.formats if one.name in allowed]
    line = f"m=audio {reader.port} {reader.profile} {' '.join(numbers)}"
    sdp = re.sub(r"(?m)^m=audio [^\r\n]*", line, sdp)
    return re.sub(r"(?m)^c=[^\r\n]*", f"c=IN IP4 {_ADDRESS}", sdp)


@dataclass(slots=True)
class FakeStack:
    """Keeps what it was told to do.

    A leg in ``over`` cannot be used any more; a deed in ``faults`` is done wrong by ourselves.
    """

    done: list[tuple[str, LegId, dict[str, Any]]] = field(default_factory=list)
    over: set[LegId] = field(default_factory=set)
    call_ids: dict[LegId, str] = field(default_factory=dict)
    """Those of the dialogs that stand, as far as a test asks."""
    faults: set[str] = field(default_factory=set)
    waiting: set[LegId] = field(default_factory=set)
    """Who waits for the answer to a re-INVITE of his own, so that we cannot send one."""
    called: set[LegId] = field(default_factory=set)
    """Whom we called."""

    @property
    def deeds(self) -> list[str]:
        return [deed for deed, _leg_id, _with in self.done]

    def place(
        self, leg_id: LegId, *, uri: str, persona: str, headers: dict[str, str], sdp: str
    ) -> None:
        self._note("place", leg_id, uri=uri, persona=persona, headers=headers, sdp=sdp)

    def answer(self, leg_id: LegId, sip_status: int, *, sdp: str | None = None) -> None:
        self._note("answer", leg_id, sip_status=sip_status, sdp=sdp)

    def answer_reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        self._note("answer_reinvite", leg_id, sdp=sdp)

    def refuse_reinvite(self, leg_id: LegId, *, sip_status: int) -> None:
        self.done.append(("refuse_reinvite", leg_id, {"sip_status": sip_status}))

    def reinvite(self, leg_id: LegId, *, sdp: str) -> None:
        if leg_id in self.waiting:
            raise StackError(what="reinvite", why="another INVITE is in progress")
        self._note("reinvite", leg_id, sdp=sdp)

    def called_by_us(self, leg_id: LegId) -> bool:
        return leg_id in self.called

    def hang_up(self, leg_id: LegId, *, sip_status: int = 0) -> None:
        self.done.append(("hang_up", leg_id, {"sip_status": sip_status}))

    def leg_of(self, call_id: str) -> LegId | None:
        found = (leg_id for leg_id, known in self.call_ids.items() if known == call_id)
        return next(found, None)

    def is_up(self, leg_id: LegId) -> bool:
        return leg_id not in self.over

    def notify(
        self, leg_id: LegId, *, refer_id: str, event_id: int, sipfrag: str, expires_s: int | None
    ) -> None:
        self._note(
            "notify",
            leg_id,
            refer_id=refer_id,
            event_id=event_id,
            sipfrag=sipfrag,
            expires_s=expires_s,
        )

    def _note(self, deed: str, leg_id: LegId, **said: Any) -> None:
        if deed in self.faults:
            raise RuntimeError(deed)
        if leg_id in self.over:
            raise StackError(what=deed, why="its dialog is over")
        self.done.append((deed, leg_id, said))
