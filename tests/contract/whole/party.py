"""Somebody with a phone, a voice and ears."""

from __future__ import annotations

import asyncio

from switch.demo.voice import Voice
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import (
    DOMAIN,
    HOST,
    Message,
    as_callee,
    as_caller,
    raw_request,
    token,
)
from tests.contract.media.phones import audio_in, sdp_of

ALICES = "+14805550100"
CUSTOMER = "+14805550199"
REPS = {"alice": "101", "saul": "102", "bob": "103"}
TONES_HZ = {"customer": 900, "alice": 1100, "saul": 1300, "bob": 1500}


class Party:
    """Somebody with a phone, a voice and ears."""

    def __init__(self, name: str, phone: Phone, voice: Voice) -> None:
        self.name = name
        self.phone = phone
        self.voice = voice
        self.calling: Call | None = None
        self.offers: list[str] = []
        """The descriptions that re-INVITEs brought."""
        self.direction = "sendrecv"
        """How it answers them."""
        self.refuses: int | None = None
        """The status that it answers them with instead."""
        self.reports_from: int | None = None
        """The port for its RTCP, if that is not the next one."""

    @property
    def tone(self) -> str:
        return f"{self.voice.tone_hz} Hz"

    def sdp(self, *, codecs: str = "0", direction: str = "sendrecv", version: int = 1) -> str:
        sdp = sdp_of(
            self.voice.port,
            codecs=codecs,
            direction=direction,
            version=version,
            master=self.voice.master,
        )
        return sdp if self.reports_from is None else f"{sdp}a=rtcp:{self.reports_from}\r\n"

    async def answers(self, *, codecs: str = "0") -> Call:
        call = await self.phone.rung()
        sdp = self.sdp(codecs=codecs)
        reply = self.phone.ua.answer(call.invite, 200, "OK", body=sdp, tag=call.tag)
        call.dialog = as_callee(call.invite, reply)
        self.voice.speak_to(audio_in(call.invite.body))
        return call

    async def calls(self, number: str, *, codecs: str = "0") -> Call:
        ua, call_id = self.phone.ua, token()
        uri, sender = f"sip:{number}@{DOMAIN}", f"<sip:{CUSTOMER}@{HOST}>;tag={token()}"
        headers = ua.headers("INVITE", sender, f"<{uri}>", call_id)
        headers.append(("Content-Type", "application/sdp"))
        ua.last_invite = raw_request("INVITE", uri, headers, self.sdp(codecs=codecs))
        ua.send(ua.last_invite)
        reply = await ua.final("INVITE", call_id, timeout_s=PATIENCE_S)
        assert reply.status == 200, reply.start
        call = Call(phone=self.phone, invite=reply, dialog=as_caller(reply))
        self.phone._calls[call_id] = call
        self.calling = call
        assert call.dialog is not None
        ua.ack(call.dialog)
        self.voice.speak_to(audio_in(reply.body))
        return call

    def takes_new_descriptions(self) -> None:
        """Answer re-INVITEs as a phone does, and speak to where they say."""
        self.phone.reinvited = self._reinvited

    def _reinvited(self, request: Message) -> tuple[int, str]:
        self.offers.append(request.body)
        if self.refuses is not None:
            return self.refuses, ""
        self.voice.speak_to(audio_in(request.body))
        return 200, self.sdp(direction=self.direction, version=1)

    async def holds(self, call: Call) -> None:
        """Put the other on hold."""
        assert call.dialog is not None
        content = [("Content-Type", "application/sdp")]
        body = self.sdp(direction="sendonly", version=2)
        self.phone.ua.within(call.dialog, "INVITE", extra=content, body=body)
        assert (await self.phone.ua.final("INVITE")).status == 200
        self.phone.ua.ack(call.dialog)
        self.direction = "sendonly"

    def answers_nothing_by_itself(self) -> None:
        """Leave it to the test what is answered to what."""
        self.phone._living.cancel()

    async def hears(self, sound: str) -> None:
        """Return when the last that was heard is this."""
        async with asyncio.timeout(PATIENCE_S):
            while self.voice.heard.order()[-1:] != [sound]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def leaves(self) -> None:
        """Hang up, if nobody has yet."""
        if self.calling is not None and not self.calling.over.is_set():
            await self.calling.hang_up()

    async def registers(self, *, expires: int) -> None:
        registered = await self.phone.ua.register(self.name, f"secret-{self.name}", expires=expires)
        assert registered.status == 200

    async def transfers(self, call: Call, extension: str) -> None:
        """Send a REFER, and hang up."""
        assert call.dialog is not None
        refer_to = [("Refer-To", f"<sip:{extension}@{DOMAIN}>")]
        self.phone.ua.within(call.dialog, "REFER", extra=refer_to)
        assert (await self.phone.ua.final("REFER")).status == 202
        await call.hang_up()
