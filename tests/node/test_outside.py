"""Calls that leave through a trunk: allowed or not, by which trunks, and as whom."""

from __future__ import annotations

import dataclasses
import time

import pytest
import structlog.testing

from dialplan import Denied, Dialplan, Identity, OutsideRoute, Toll, Trunk, hops_to
from switch.call.target import Party
from switch.edge.credentials import ha1
from switch.node.outside import Outside
from switch.node.plans import reply
from switch.node.pooled import Memory, PooledWorker
from switch.wire.edge import Hop, HopEnded, Plan, TrunkState
from tests.dialplan.samples import PSTN, SPARE
from tests.dialplan.samples import plan as dialplan

NUMBER = "+12065550100"
OURS = "+14805550100"
CUSTOMER = Party(role="customer", number="+12065550199", name="Kim", trunk="pstn")
ALICE = Party(role="rep", rep="alice", number="101", name="Alice Moreno")
DIGEST = dataclasses.replace(
    PSTN,
    username="us",
    realm="provider.test",
    password="secret word",
    password_file="pstn.password",
)
HA1 = ha1("us", "provider.test", "secret word")


@dataclasses.dataclass(frozen=True, slots=True)
class Invite:
    """An INVITE that waits at the edge."""

    index: int = 7
    label: int = 9


class Exchange:
    """Calls to the outside from workers that are not there."""

    def __init__(self, *trunks: Trunk, toll: Toll | None = None) -> None:
        plan = dataclasses.replace(dialplan(), toll=toll or Toll())
        self.plan: Dialplan = dataclasses.replace(plan, trunks=trunks) if trunks else plan
        self.security: list[tuple[str, Denied]] = []
        self.outside = Outside(
            self.plan,
            domain="switch.test",
            security=lambda rep, denied: self.security.append((rep, denied)),
        )

    def route(self, number: str = NUMBER) -> OutsideRoute:
        return OutsideRoute(number=number, hops=hops_to(self.plan.trunks, number))

    def call(
        self, worker: PooledWorker, number: str = NUMBER, *, transferor: str | None = None
    ) -> Plan:
        return self.outside.plan(Invite(), worker, self.route(number), transferor)

    def hops(self) -> list[str]:
        """Return the trunks that a customer's call would try, in that order."""
        return [hop.trunk for hop in self.call(a_worker(CUSTOMER)).hops]

    def ended(self, trunk: str, code: int) -> None:
        self.outside.hop_ended(HopEnded(call_id="YQ==", trunk=trunk, code=code))

    def state(self, trunk: str, *, up: bool) -> None:
        self.outside.trunk_state(TrunkState(name=trunk, up=up))


def a_worker(
    caller: Party = ALICE,
    *,
    conversation_id: str = "c1",
    dialled: str = OURS,
    max_forwards: int = 70,
    private: bool = False,
) -> PooledWorker:
    return PooledWorker(
        name="w1",
        port=20_000,
        conversation_id=conversation_id,
        routes={NUMBER: OutsideRoute(number=NUMBER, hops=())},
        memory=Memory(caller=caller, dialled=dialled, max_forwards=max_forwards, private=private),
    )


# ------------------------------------------------------------ the plan


def test_a_reps_call_leaves_with_his_number_and_one_hop_less() -> None:
    assert Exchange().call(a_worker()) == Plan(
        index=7,
        label=9,
        action="trunk",
        hops=(
            Hop(trunk="pstn", ruri=f"sip:{NUMBER}@192.0.2.1:5080", uri="sip:192.0.2.1:5080"),
            Hop(trunk="spare", ruri=f"sip:{NUMBER}@192.0.2.2:5060", uri="sip:192.0.2.2:5060"),
        ),
        headers=f"P-Asserted-Identity: <sip:{OURS}@switch.test>\r\n",
        max_forwards=69,
    )


def test_a_number_that_a_territory_overflowed_to_sees_whom_it_may_see() -> None:
    exchange = Exchange()
    elsewhere = "+12065550199"

    told = exchange.call(a_worker(CUSTOMER), transferor="alice")
    overflow = exchange.call(a_worker(CUSTOMER), elsewhere, transferor="alice")
    withheld = exchange.call(a_worker(CUSTOMER, private=True), elsewhere, transferor="alice")

    # Where the worker was told of the number, it has written the right From itself.
    assert told.shown_from == ""
    assert overflow.shown_from == f"sip:{OURS}@switch.test"
    assert withheld.shown_from == "sip:anonymous@anonymous.invalid"


def test_a_transfer_tells_who_was_dialled_and_who_transferred() -> None:
    plan = Exchange().call(a_worker(CUSTOMER), transferor="alice")

    lines = plan.headers.split("\r\n")
    assert lines[1] == f"Diversion: <sip:{OURS}@switch.test>;reason=deflection;counter=1"
    assert "<sip:alice@switch.test>;index=1.1" in lines[2]


def test_whom_a_rep_called_and_transferred_on_dialled_nothing_of_ours() -> None:
    plan = Exchange().call(a_worker(ALICE, dialled="2065550100"), transferor="alice")

    assert "Diversion: <sip:alice@switch.test>;" in plan.headers
    assert "sip:2065550100" not in plan.headers


def test_a_customer_who_withheld_his_number_keeps_it_withheld() -> None:
    shows_customers = dataclasses.replace(PSTN, identity=Identity.CUSTOMER)
    exchange = Exchange(shows_customers)

    shown = exchange.call(a_worker(CUSTOMER), transferor="alice")
    withheld = exchange.call(a_worker(CUSTOMER, private=True), transferor="alice")

    assert f"P-Asserted-Identity: <sip:{CUSTOMER.number}@switch.test>\r\n" in shown.headers
    assert "Privacy:" not in shown.headers
    assert "Privacy: id\r\n" in withheld.headers
    assert f"P-Asserted-Identity: <sip:{OURS}@switch.test>\r\n" in withheld.headers
    assert str(CUSTOMER.number) not in withheld.headers


@pytest.mark.parametrize(
    ("identity", "rep", "shown"),
    [
        (Identity.COMPANY, "alice", "+14805550111"),
        (Identity.REP, "alice", OURS),
        (Identity.REP, "saul", "+14805550111"),
        (Identity.REP, None, "+14805550111"),
        (Identity.CUSTOMER, "alice", CUSTOMER.number),
    ],
)
def test_the_trunk_says_whose_number_is_shown(
    identity: Identity, rep: str | None, shown: str
) -> None:
    trunk = dataclasses.replace(PSTN, identity=identity, company_number="+14805550111")
    exchange = Exchange(trunk)
    worker = a_worker(CUSTOMER)

    assert exchange.outside.shown(exchange.route(), rep=rep, worker=worker) == shown


def test_who_has_no_conversation_calls_nobody() -> None:
    exchange = Exchange()
    stranger = PooledWorker(name="w1", port=20_000)

    assert exchange.call(stranger) == reply(Invite(), 403)
    assert exchange.outside.shown(exchange.route(), rep=None, worker=stranger) == OURS


@pytest.mark.parametrize(("came", "goes"), [(70, 69), (2, 1)])
def test_max_forwards_counts_down(came: int, goes: int) -> None:
    assert Exchange().call(a_worker(max_forwards=came)).max_forwards == goes


@pytest.mark.parametrize("came", [1, 0])
def test_a_call_that_has_gone_round_enough_ends_here_and_costs_nothing(came: int) -> None:
    exchange = Exchange(toll=Toll(outside_per_minute=1))

    assert exchange.call(a_worker(max_forwards=came)) == reply(Invite(), 483)

    assert exchange.call(a_worker(conversation_id="c2")).action == "trunk"


# ------------------------------------------------------------ what it may cost


def test_a_rep_has_so_many_calls_at_once_and_one_event_for_each_that_is_too_many() -> None:
    exchange = Exchange(toll=Toll(outside_at_once=1))
    assert exchange.call(a_worker()).action == "trunk"

    with structlog.testing.capture_logs() as lines:
        assert exchange.call(a_worker(conversation_id="c2")) == reply(Invite(), 403)

    ((rep, denied),) = exchange.security
    assert (rep, denied.limit, denied.number) == ("alice", "at_once", NUMBER)
    warnings = [line for line in lines if line["log_level"] == "warning"]
    assert warnings == [
        {"event": "toll.denied", "rep": "alice", "limit": "at_once", "log_level": "warning"}
    ]


def test_a_call_that_is_over_makes_room_for_another() -> None:
    exchange = Exchange(toll=Toll(outside_at_once=1))
    exchange.call(a_worker())

    exchange.outside.call_over("c1", None)
    exchange.outside.call_over("c1", "+12065550999")
    assert exchange.call(a_worker(conversation_id="c2")).code == 403

    exchange.outside.call_over("c1", NUMBER)
    assert exchange.call(a_worker(conversation_id="c2")).action == "trunk"


def test_a_rep_begins_so_many_calls_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    exchange = Exchange(toll=Toll(outside_per_minute=1))
    exchange.call(a_worker())
    exchange.outside.call_over("c1", NUMBER)

    assert exchange.call(a_worker(conversation_id="c2")).code == 403
    assert [denied.limit for _rep, denied in exchange.security] == ["per_minute"]

    now_s += 60
    assert exchange.call(a_worker(conversation_id="c2")).action == "trunk"


def test_a_call_that_is_placed_again_is_counted_once() -> None:
    exchange = Exchange(toll=Toll(outside_at_once=1))

    assert exchange.call(a_worker()).action == "trunk"
    assert exchange.call(a_worker()).action == "trunk"


def test_a_transfer_is_the_transferors_call() -> None:
    exchange = Exchange(toll=Toll(outside_at_once=1))
    assert exchange.call(a_worker(CUSTOMER), transferor="alice").action == "trunk"

    assert exchange.call(a_worker(ALICE, conversation_id="c2")).code == 403
    saul = Party(role="rep", rep="saul")
    assert exchange.call(a_worker(saul, conversation_id="c3")).action == "trunk"


def test_what_no_rep_asked_for_is_nobodys_call() -> None:
    exchange = Exchange(toll=Toll(outside_at_once=1, outside_per_minute=1))

    for number in range(3):
        worker = a_worker(CUSTOMER, conversation_id=f"c{number}")
        assert exchange.call(worker).action == "trunk"
    assert exchange.security == []


# ------------------------------------------------------------ which trunks


def test_a_trunk_that_fails_is_left_out_until_it_is_back() -> None:
    exchange = Exchange()
    assert exchange.hops() == ["pstn", "spare"]

    exchange.ended("pstn", 503)
    assert exchange.hops() == ["spare"]
    exchange.state("pstn", up=False)
    assert exchange.hops() == ["spare"]

    exchange.state("pstn", up=True)
    assert exchange.hops() == ["pstn", "spare"]


def test_a_trunk_that_the_edge_finds_silent_is_left_out() -> None:
    exchange = Exchange()

    exchange.state("pstn", up=False)

    assert exchange.hops() == ["spare"]


@pytest.mark.parametrize("code", [200, 401, 403, 404, 408, 480, 486, 487, 603])
def test_what_the_called_party_says_blames_no_trunk(code: int) -> None:
    """408 too: the edge says by itself which silence is the trunk's, and which the party's."""
    exchange = Exchange()

    exchange.ended("pstn", code)

    assert exchange.hops() == ["pstn", "spare"]


def test_when_all_fail_all_are_tried() -> None:
    exchange = Exchange()
    for trunk in ("pstn", "spare"):
        exchange.ended(trunk, 500)

    assert exchange.hops() == ["pstn", "spare"]


def test_trunks_of_one_priority_share_the_calls_by_weight() -> None:
    exchange = Exchange(
        dataclasses.replace(PSTN, weight=9), dataclasses.replace(SPARE, priority=1, weight=1)
    )

    first = [exchange.hops()[0] for _ in range(400)]

    assert set(first) == {"pstn", "spare"}
    assert first.count("pstn") > first.count("spare")


def test_a_trunk_comes_and_goes_with_one_line_in_the_log_each() -> None:
    exchange = Exchange()

    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            exchange.ended("pstn", 503)
        for _ in range(2):
            exchange.state("pstn", up=True)
        for _ in range(2):
            exchange.state("pstn", up=False)

    assert [line["event"] for line in lines] == ["trunk.left_out", "trunk.up", "trunk.down"]


# ------------------------------------------------------------ digest


def test_a_trunk_that_asks_for_a_digest_gets_what_stands_for_the_password() -> None:
    (hop,) = Exchange(DIGEST).call(a_worker()).hops

    assert (hop.auth_user, hop.auth_realm, hop.auth_ha1) == ("us", "provider.test", HA1)


def test_neither_password_nor_what_stands_for_it_is_in_a_log() -> None:
    exchange = Exchange(DIGEST, toll=Toll(outside_at_once=1))

    with structlog.testing.capture_logs() as lines:
        exchange.call(a_worker())
        exchange.call(a_worker(conversation_id="c2"))
        exchange.ended("pstn", 503)
        exchange.state("pstn", up=True)

    assert lines
    for said in (str(lines), repr(DIGEST), repr(exchange.plan), repr(exchange.route())):
        assert HA1 not in said
        assert "secret word" not in said
