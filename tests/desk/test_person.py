import pytest

from switch.desk.person import Person, nameless
from tests.records.samples import customer, rep

JANE = Person(number="+14805550123", country="US")


@pytest.mark.parametrize(
    "number",
    ["+14805550123", "4805550123", "(480) 555-0123", "1-480-555-01-23", "tel:+14805550123"],
)
def test_somebody_is_known_by_his_number_however_it_was_dialled(number: str) -> None:
    assert JANE.is_contact(customer(number=number))
    assert JANE.is_contact(customer(number=None, dialled=number))


@pytest.mark.parametrize(
    "number", [None, "+14805550124", "5550123", "123", "jane", "", "+4414805550123"]
)
def test_others_are_not_taken_for_him(number: str | None) -> None:
    assert not JANE.is_party(customer(number=number, dialled=number))


def test_a_rep_who_dialled_him_is_no_contact() -> None:
    leg = rep("alice", dialled="4805550123")

    assert JANE.is_party(leg)
    assert not JANE.is_contact(leg)


@pytest.mark.parametrize(
    ("payload", "is_in"),
    [
        (b'{"number": "+14805550123"}', True),
        (b"480 555 0123", True),
        (b"5550123", True),
        (b"\xff\x00480-555-0124", False),
        (b"", False),
    ],
)
def test_a_message_nobody_can_read_is_searched_for_his_digits(payload: bytes, is_in: bool) -> None:
    assert JANE.is_in("a/b", payload) == is_in
    assert JANE.is_in(f"a/{payload.decode('latin-1')}", b"") == is_in


def test_digits_of_the_topic_and_of_the_payload_are_not_read_as_one_number() -> None:
    assert not JANE.is_in("softswitch/555", b"0123")


def test_a_leg_without_a_name_is_still_the_leg_it_was() -> None:
    outside = customer(leg_id="x", role="external", name="Jane", dialled="4805550123")

    blank = nameless(outside)

    assert (blank.number, blank.name, blank.dialled) == (None, None, None)
    assert (blank.leg_id, blank.revision, blank.offered_at) == ("x", 1, outside.offered_at)
    assert nameless(rep("alice", dialled="4805550123")) == rep("alice", dialled=None)
