from datetime import datetime

import pytest

from switch.demo.trace import Audio, Message, TraceReader

_INVITE = (
    "INVITE sip:alice@127.0.0.3 SIP/2.0\r\n"
    "To: <sip:alice@switch.test>\r\n"
    "Call-ID: one\r\n"
    "cseq: 1 INVITE\r\n"
    "Content-Type: application/sdp\r\n"
    "\r\n"
    "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 30000 RTP/AVP 0\r\n"
)
_OK = "SIP/2.0 200 OK\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
_STAMP = "2026-11-22 12:53:24.008581"


def _trace(text: str, way: str) -> bytes:
    brackets = "({} bytes)" if way == "sent" else "[{}] bytes "
    size = brackets.format(len(text))
    rule = "-" * 47
    return f"{rule} {_STAMP}\nUDP message {way} {size}:\n\n{text}\n".encode()


def _message(text: str, *, is_sent: bool = False) -> Message:
    return Message(at_s=0.0, is_sent=is_sent, text=text)


def test_a_trace_that_comes_in_pieces_gives_each_message_once() -> None:
    trace = _trace(_INVITE, "received") + _trace(_OK, "sent")
    reader = TraceReader()

    messages = [m for start in range(0, len(trace), 7) for m in reader.receive(trace[start:][:7])]

    assert [(m.is_sent, m.text) for m in messages] == [(False, _INVITE), (True, _OK)]
    assert messages[0].at_s == datetime.fromisoformat(_STAMP).timestamp()


def test_a_message_that_looks_like_a_trace_does_not_confuse_the_reader() -> None:
    inner = _trace("BYE sip:x SIP/2.0\r\n\r\n", "sent").decode()
    reader = TraceReader()

    [message] = reader.receive(_trace(_OK + inner, "received"))

    assert message.text.endswith(inner)


def test_headers_are_found_in_any_spelling_and_only_before_the_body() -> None:
    message = _message(_INVITE)

    assert message.method == "INVITE"
    assert message.call_id == "one"
    assert message.headers("c") == []
    assert message.header("Missing") == ""


def test_a_response_has_a_status_and_the_method_it_answers() -> None:
    message = _message(_OK)

    assert (message.status, message.method, message.is_request) == (200, "INVITE", False)
    assert _message(_INVITE).status is None


def test_an_sdp_tells_where_audio_is_wanted() -> None:
    assert _message(_INVITE).audio == Audio(address="127.0.0.1", port=30000)
    assert _message(_OK).audio is None
    assert _message(_INVITE.replace("30000", "0")).audio is None


def test_an_sdp_with_a_key_tells_it() -> None:
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "QUJD" * 10 + "\r\n"

    audio = _message(_INVITE + crypto).audio

    assert audio is not None
    assert audio.master == b"ABC" * 10


@pytest.mark.parametrize("junk", [b"", b"Resolving remote host... Done.\n", b"-" * 100])
def test_what_is_no_message_gives_none(junk: bytes) -> None:
    assert TraceReader().receive(junk) == []
