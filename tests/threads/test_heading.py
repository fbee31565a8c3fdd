import msgspec
from hypothesis import given
from hypothesis import strategies as st

from switch.call.endings import EndReason
from switch.threads.heading import Heading, heading
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import CUSTOMER, at, customer, given_back, rep, story


def test_a_call_that_goes_on_has_no_end() -> None:
    assert heading(fold([customer(), rep("alice")])) == Heading(
        contact=CUSTOMER, direction="inbound", started_at=at(0), ended_at=None
    )


def test_a_call_ends_with_its_last_leg() -> None:
    over = {"state": "ended", "end_reason": EndReason.COMPLETED}
    legs = [customer(ended_at=at(9), **over), rep("alice", ended_at=at(10), **over)]

    assert heading(fold(legs)).ended_at == at(10)


def test_the_caller_s_leg_says_which_way_it_goes_once_it_is_known() -> None:
    early = rep("alice", direction="internal", offered_at=at(-5))

    assert heading(fold([early])).direction == "internal"
    assert heading(fold([early, customer()])).direction == "inbound"
    assert heading(fold([early, customer()])).started_at == at(-5)


def test_the_contact_is_the_first_customer_who_has_a_number() -> None:
    withheld = customer(leg_id="leg-7", number=None, offered_at=at(-1))
    second = customer(leg_id="leg-8", number="+12065550100", offered_at=at(2))

    assert heading(fold([second, withheld, customer()])).contact == CUSTOMER
    assert heading(fold([withheld, rep("alice")])).contact is None


@given(st.sampled_from([story(), given_back()]), st.data())
def test_a_thread_is_listed_as_it_is_shown(stream: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    thread = fold(stream[: data.draw(st.integers(1, len(stream)))])
    seen = view(thread)

    shown = {name: getattr(seen, name) for name in Heading.__dataclass_fields__}
    assert heading(thread) == Heading(**shown)
    assert msgspec.json.encode(seen)
