from switch.demo import ladder
from switch.demo.trace import Message


def _message(
    at_s: float,
    first_line: str,
    *,
    is_sent: bool,
    cseq: str = "1 INVITE",
    body: str = "",
    more: str = "",
) -> Message:
    text = f"{first_line}\r\nCSeq: {cseq}\r\nCall-ID: x\r\n{more}\r\n{body}"
    return Message(at_s=at_s, is_sent=is_sent, text=text)


_CUSTOMER = [
    _message(10.0, "INVITE sip:+14805550100@switch SIP/2.0", is_sent=True),
    _message(10.5, "INVITE sip:+14805550100@switch SIP/2.0", is_sent=True),
    _message(10.9, "SIP/2.0 200 OK", is_sent=False),
]
_ALICE = [
    _message(10.1, "INVITE sip:alice@127.0.0.3 SIP/2.0", is_sent=False),
    _message(10.8, "SIP/2.0 200 OK", is_sent=True),
]
_SAUL = [
    _message(
        12.0,
        "NOTIFY sip:saul@x SIP/2.0",
        is_sent=False,
        cseq="2 NOTIFY",
        body="SIP/2.0 180 Ringing",
    ),
    _message(
        11.0,
        "REFER sip:w@x SIP/2.0",
        is_sent=True,
        cseq="1 REFER",
        more="Refer-To: <sip:alice@switch.test>\r\n",
    ),
]


def _drawn() -> list[str]:
    parties = {"customer": _CUSTOMER, "alice": _ALICE, "saul": _SAUL}
    return [line.plain for line in ladder.draw(parties)]


def test_messages_are_drawn_in_order_of_time_and_repetitions_once() -> None:
    rows = _drawn()

    assert [row.split()[0] for row in rows[1:]] == ["0", "100", "800", "900", "1000", "2000"]


def test_the_head_names_everybody_with_the_switch_second() -> None:
    assert _drawn()[0].split() == ["customer", "switch", "alice", "saul"]


def test_arrows_point_from_who_sent_to_who_received() -> None:
    rows = _drawn()

    assert rows[1].index("INVITE +14805550100") < rows[1].index("▶")
    assert rows[4].index("◀") < rows[4].index("200 OK")
    assert "▶│" in rows[2]


def test_an_arrow_that_crosses_somebody_keeps_its_words_beside_who_sent_it() -> None:
    row = _drawn()[5]

    assert "┼" in row
    assert row.index("┼") < row.index("REFER → alice")


def test_a_notify_shows_what_it_tells() -> None:
    assert "NOTIFY 180 Ringing" in _drawn()[6]


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, _drawn())) <= ladder.WIDTH


def test_nothing_at_all_is_a_head_and_no_rungs() -> None:
    assert len(ladder.draw({"customer": []})) == 1


def test_words_that_do_not_fit_are_left_out_whole() -> None:
    quiet: dict[str, list[Message]] = {name: [] for name in ("bob", "carol", "office")}

    rows = [str(line) for line in ladder.draw({"customer": _CUSTOMER, "alice": _ALICE, **quiet})]

    assert "─ INVITE ─" in rows[1]
    assert "INVITE ali" not in "".join(rows)
