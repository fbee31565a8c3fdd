"""The words of SIP: URIs, addresses, messages, statuses and session descriptions. Pure.

Example::

    request = parse_request(octets)
    target = parse_name_addr(request.one("Refer-To")).uri
    target.dialled  # what the dialplan is asked for
    sipfrag(486)  # the body of a NOTIFY: SIP/2.0 486 Busy Here
    has_common_codec(parse_sdp(request.body), ("PCMU", "PCMA"))
"""

from switch.sip.address import NameAddr, parse_name_addr
from switch.sip.errors import SipParseError, UnsupportedSchemeError
from switch.sip.message import (
    CSeq,
    Header,
    SipMessage,
    SipRequest,
    SipResponse,
    parse_message,
    parse_request,
)
from switch.sip.sdp import (
    AudioFormat,
    Direction,
    Media,
    Sdp,
    common_codecs,
    has_common_codec,
    late_offer,
    negotiated_codecs,
    parse_sdp,
)
from switch.sip.status import (
    StatusClass,
    is_final,
    parse_sipfrag,
    reason_phrase,
    sipfrag,
    status_class,
)
from switch.sip.uri import SipUri, TelUri, parse_uri

__all__ = [
    "AudioFormat",
    "CSeq",
    "Direction",
    "Header",
    "Media",
    "NameAddr",
    "Sdp",
    "SipMessage",
    "SipParseError",
    "SipRequest",
    "SipResponse",
    "SipUri",
    "StatusClass",
    "TelUri",
    "UnsupportedSchemeError",
    "common_codecs",
    "has_common_codec",
    "is_final",
    "late_offer",
    "negotiated_codecs",
    "parse_message",
    "parse_name_addr",
    "parse_request",
    "parse_sdp",
    "parse_sipfrag",
    "parse_uri",
    "reason_phrase",
    "sipfrag",
    "status_class",
]
