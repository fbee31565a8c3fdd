"""The names and limits that the commands of one conversation share, and what follows from them."""

from __future__ import annotations

import msgspec

from switch.call.commands import PlaceLeg
from switch.call.target import Party
from switch.sip.grammar import quote
from switch.sip.uri import SipUri


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Is what the commands of one conversation need to know besides themselves."""

    domain: str
    conversation_id: str
    accept_status: int
    """What an accepted REFER is answered with: 202, or 200 (RFC 7647)."""
    response_s: float
    """How long a transfer target may ring; a subscription lasts longer."""
    alert_info: str = ""
    """What Alert-Info says to the phone of a transferor who is called back; empty: nothing."""
    call_info: str = ""
    """The same for Call-Info."""

    def uri(self, user: str) -> str:
        """Return the address of somebody of ours."""
        return str(SipUri(user=user, host=self.domain))

    def persona(self, party: Party) -> str:
        """Return From for a leg: the face that its phone shows (RFC 3323 §4.1 if none)."""
        if party.number is None:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        uri = f"<{self.uri(party.number)}>"
        return uri if party.name is None else f"{quote(party.name)} {uri}"

    def headers(self, command: PlaceLeg) -> dict[str, str]:
        """Return what an INVITE says besides: to the node by way of the edge, and to the phone."""
        headers = {"X-Conversation": self.conversation_id}
        if command.referred_by is not None:
            headers["Referred-By"] = f"<{self.uri(command.referred_by)}>"
        if command.why == "summons":
            headers["Subject"] = "your call"
        if command.without:
            headers["X-Without"] = ",".join(command.without)
        if command.why == "recall" and self.alert_info:
            headers["Alert-Info"] = self.alert_info
        if command.why == "recall" and self.call_info:
            headers["Call-Info"] = self.call_info
        return headers
