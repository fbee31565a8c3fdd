"""From day one: who is not known gets nothing, and what is forged goes nowhere."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.edge.conftest import Edge, OpenUa
from tests.contract.edge.peer import Peer, to_rep, to_trunk, to_worker
from tests.contract.edge.talk import talk_with_rep, talk_with_trunk
from tests.contract.edge.ua import (
    DOMAIN,
    HOST,
    SDP,
    Message,
    Ua,
    as_caller,
    raw_request,
    token,
    uri_of,
)

pytestmark = pytest.mark.contract

# Long enough for a message to cross loopback and a transaction to be made, many times over.
A_MOMENT_S = 0.15

FORGED = [
    ("P-Asserted-Identity", "<sip:ceo@switch.test>"),
    ("p-preferred-identity", "<sip:ceo@switch.test>"),
    ("Remote-Party-ID ", "<sip:ceo@switch.test>;party=calling"),
    ("Diversion", "<sip:ceo@switch.test>"),
    ("History-Info", "<sip:ceo@switch.test>;index=1"),
    ("Identity", '"abc"'),
    ("y", '"abc"'),
    ("Path", "<sip:127.0.0.1:9;lr>"),
    ("Referred-By", "<sip:ceo@switch.test>"),
    ("b", "<sip:ceo@switch.test>"),
    ("X-Conversation", "stolen"),
    ("x-anything", "1\r\n and a folded line"),
]
FORGED_NAMES = {name.strip().lower() for name, _ in FORGED}


def names(message: Message) -> set[str]:
    return {name.lower() for name, _ in message.headers}


async def test_an_unknown_source_gets_407_and_nobody_hears_of_it(
    edge: Edge, node: Peer, phone: OpenUa
) -> None:
    stranger = await phone()

    for uri in (f"sip:alice@{DOMAIN}", "sip:alice@elsewhere.example", f"sip:1@{HOST}:{9}"):
        stranger.invite(uri)
        assert (await stranger.final("INVITE")).status == 407

    assert node.events == []


async def test_a_wrong_password_is_challenged_again(edge: Edge, node: Peer, phone: OpenUa) -> None:
    alice = await phone()

    call_id = await alice.invite_as("alice", "guess", f"sip:bob@{DOMAIN}")

    assert (await alice.final("INVITE", call_id)).status == 407
    assert node.events == []


@pytest.mark.parametrize(
    "sender",
    [f"sip:bob@{DOMAIN}", "sip:alice@elsewhere.example", "sip:anonymous@anonymous.invalid"],
)
async def test_a_rep_may_call_in_his_own_name_only(
    edge: Edge, node: Peer, phone: OpenUa, sender: str
) -> None:
    alice = await phone()

    call_id = await alice.invite_as("alice", "secret-alice", f"sip:bob@{DOMAIN}", sender=sender)

    assert (await alice.final("INVITE", call_id)).status == 403
    assert node.events == []


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sip:bob@elsewhere.example", 403),
        (f"sip:bob@{HOST}:9", 403),
        (f"sip:bob@{DOMAIN}:9", 403),
        ("tel:+12065550100", 416),
        (f"sips:bob@{DOMAIN}", 416),
    ],
)
@pytest.mark.parametrize("party", ["rep", "trunk", "worker"])
async def test_no_other_domain_is_served(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, party: str, uri: str, status: int
) -> None:
    if party == "rep":
        caller = await phone()
        call_id = await caller.invite_as("alice", "secret-alice", uri)
    else:
        caller = trunk if party == "trunk" else worker
        call_id = caller.invite(uri)

    assert (await caller.final("INVITE", call_id)).status == status
    assert node.events == []


async def test_our_address_is_as_good_as_our_domain(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)

    trunk.invite(f"sip:+14805550100@{HOST}:{edge.settings.sip_port};user=phone")

    worker.answer(await worker.request("INVITE"), 486)
    assert (await trunk.final("INVITE")).status == 486


@pytest.mark.parametrize("party", ["rep", "trunk"])
async def test_forged_headers_do_not_reach_the_worker(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, party: str
) -> None:
    node.plan = lambda event: to_worker(worker.port)
    preloaded = [("Route", f"<sip:{HOST}:{trunk.port};lr>")]
    if party == "rep":
        caller = await phone()
        extra = [*FORGED, *preloaded, ("Record-Route", "<sip:evil.example;lr>")]
        await caller.invite_as("alice", "secret-alice", f"sip:bob@{DOMAIN}", extra=extra)
    else:
        caller = trunk
        caller.invite(f"sip:+14805550100@{DOMAIN}", extra=[*FORGED, *preloaded])

    invite = await worker.request("INVITE")

    assert names(invite) & FORGED_NAMES == set()
    assert invite.get("Route") == ""
    sides = [edge.settings.inner_port, edge.settings.sip_port]
    assert [uri_of(r).partition(";")[0] for r in invite.routes()] == [
        f"sip:{HOST}:{port}" for port in sides
    ]
    worker.answer(invite, 486)
    assert (await caller.final("INVITE")).status == 486
    if party == "rep":
        assert trunk.inbox == []


async def test_forged_headers_do_not_reach_a_party_by_way_of_a_worker(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    ours = "P-Asserted-Identity: <sip:+14805550100@switch.test>\r\n"
    node.plan = lambda event: {**to_trunk(trunk.port), "headers": ours}

    kept = [("Referred-By", "<sip:alice@switch.test>")]
    sent = [pair for pair in FORGED if pair[0] not in {"Referred-By", "b"}]
    worker.invite(f"sip:+12065550100@{DOMAIN}", extra=[*sent, *kept])

    invite = await trunk.request("INVITE")
    assert names(invite) & FORGED_NAMES == {"p-asserted-identity", "referred-by"}
    assert invite.all("P-Asserted-Identity") == ["<sip:+14805550100@switch.test>"]
    trunk.answer(invite, 404)
    await worker.final("INVITE")


async def test_what_a_worker_says_to_other_workers_stays_inside(
    edge: Edge, node: Peer, trunk: Ua, worker: Ua
) -> None:
    node.plan = lambda event: to_worker(worker.port)
    trunk.invite(f"sip:+14805550100@{DOMAIN}")
    worker.answer(await worker.request("INVITE"), 486, extra=[("X-Worker", "7")])

    assert names(await trunk.final("INVITE")) & {"x-worker"} == set()

    caller, _ = await talk_with_trunk(node, worker, trunk)
    worker.within(caller, "BYE", extra=[("X-Worker", "7")])

    bye = await trunk.request("BYE")
    trunk.answer(bye, 200)
    assert names(bye) & {"x-worker"} == set()


# ---------------------------------------------------------------- forged dialogs
def forged(method: str, uri: str, routes: list[str], port: int) -> bytes:
    headers = [
        ("Via", f"SIP/2.0/UDP {HOST}:{port};branch=z9hG4bK{token()};rport"),
        *(("Route", route) for route in routes),
        ("Max-Forwards", "70"),
        ("From", f"<sip:x@{DOMAIN}>;tag={token()}"),
        ("To", f"<sip:y@{DOMAIN}>;tag=invented"),
        ("Call-ID", token()),
        ("CSeq", f"1 {method}"),
        ("Contact", f"<sip:x@{HOST}:{port}>"),
        ("Event", "refer"),
        ("Refer-To", f"<sip:y@{DOMAIN}>"),
    ]
    return raw_request(method, uri, headers)


@pytest.mark.parametrize("method", ["INVITE", "ACK", "BYE", "NOTIFY", "REFER", "MESSAGE"])
async def test_an_invented_dialog_relays_nothing_to_anybody(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, method: str
) -> None:
    stranger, victim = await phone(), await phone()
    us = f"<sip:{HOST}:{edge.settings.sip_port};lr>"
    within = f"<sip:{HOST}:{edge.settings.inner_port};lr;r2=on>"
    to_the_trunk = f"sip:+1900@{HOST}:{trunk.port}"
    on_the_worker = f"sip:{HOST}:{worker.port}"
    attempts = [
        (to_the_trunk, [us]),
        (to_the_trunk, [us.replace("lr", "lr;r2=on"), within]),
        (to_the_trunk, [f"<sip:{DOMAIN};lr>"]),
        (to_the_trunk, []),
        (to_the_trunk, [f"<{to_the_trunk};lr>"]),
        (f"sip:x@{HOST}:{victim.port}", [us]),
        (f"sip:x@{HOST}:{edge.settings.rpc_port};transport=tcp", [us]),
        (on_the_worker, [us, f"<{to_the_trunk};lr>"]),
        # A strict router moves the last Route into the Request-URI.
        (f"sip:{HOST}:{edge.settings.sip_port}", [us, f"<{to_the_trunk}>"]),
        (f"sip:x@{HOST}:1;alias={HOST}~{trunk.port}~1", [us]),
        (f"sip:127.1:{worker.port}", [us]),
    ]

    for uri, routes in attempts:
        stranger.send(forged(method, uri, routes, stranger.port))
    if method != "ACK":
        for _ in attempts:
            assert (await stranger.final(method)).status in {403, 481}
    await asyncio.sleep(A_MOMENT_S)

    assert [ua.inbox for ua in (trunk, victim, worker)] == [[], [], []]
    assert node.events == []


@pytest.mark.parametrize("odd", ["", ";transport=tcp", f";maddr={HOST}", ";alias=127.0.0.1~9~1"])
async def test_an_invented_dialog_with_a_worker_is_the_workers_to_refuse(
    edge: Edge, node: Peer, phone: OpenUa, worker: Ua, odd: str
) -> None:
    stranger = await phone()
    us = f"<sip:{HOST}:{edge.settings.sip_port};lr>"

    stranger.send(forged("BYE", f"sip:x@{HOST}:{worker.port}{odd}", [us], stranger.port))

    worker.answer(await worker.request("BYE"), 481)
    assert (await stranger.final("BYE")).status == 481


async def test_nobody_but_a_worker_may_speak_on_the_inner_socket(
    edge: Edge, node: Peer, trunk: Ua
) -> None:
    stranger = await Ua.open(edge.settings.inner_port)
    try:
        stranger.invite(f"sip:+12065550100@{DOMAIN}")
        assert (await stranger.final("INVITE")).status == 403
    finally:
        await stranger.close()
    assert node.events == []


# ---------------------------------------------------------------- contacts that name others
@pytest.mark.parametrize("kind", ["trunk", "worker", "elsewhere", "second"])
async def test_a_registered_contact_is_rung_where_the_phone_is(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, kind: str
) -> None:
    alice = await phone()
    named = {
        "trunk": f"<sip:+1900@{HOST}:{trunk.port}>",
        "worker": f"<sip:+1900@{HOST}:{worker.port}>",
        "elsewhere": "<sip:+1900@10.9.9.9:5060>",
        "second": f"{alice.contact}, <sip:+1900@{HOST}:{trunk.port}>",
    }[kind]
    assert (await alice.register("alice", "secret-alice", contact=named)).status == 200
    node.plan = lambda event: to_rep("alice")

    worker.invite(f"sip:alice@{DOMAIN}")

    ringing = await alice.request("INVITE")
    alice.answer(ringing, 486)
    if kind == "second":
        alice.answer(await alice.request("INVITE"), 486)
    assert (await worker.final("INVITE")).status == 486
    assert trunk.inbox == []
    await alice.register("alice", "secret-alice", expires=0, contact=named)


@pytest.mark.parametrize("kind", ["trunk", "alias", "elsewhere"])
async def test_a_dialog_with_a_rep_goes_to_where_he_spoke_from(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, kind: str
) -> None:
    alice = await phone()
    named = {
        "trunk": f"<sip:+1900@{HOST}:{trunk.port}>",
        "alias": f"<sip:a@{HOST}:{alice.port};alias={HOST}~{trunk.port}~1>",
        "elsewhere": "<sip:a@10.9.9.9:5060>",
    }[kind]

    async with talk_with_rep(node, worker, alice, contact=named) as (caller, _):
        worker.within(caller, "INVITE", body=SDP, extra=[("Content-Type", "application/sdp")])
        hold = await alice.request("INVITE")
        assert hold.uri == named.strip("<>").partition(";alias")[0]
        alice.answer(hold, 200, body=SDP, contact=named)
        heard = await worker.final("INVITE")
        caller.target = heard.contact_uri
        worker.ack(caller)
        await alice.request("ACK")
        worker.within(caller, "BYE")
        alice.answer(await alice.request("BYE"), 200)
        assert (await worker.final("BYE")).status == 200
        assert trunk.inbox == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_adds_nobody_to_the_route_of_its_dialog(
    edge: Edge, node: Peer, phone: OpenUa, trunk: Ua, worker: Ua, transport: str
) -> None:
    alice = await phone(transport)
    await alice.register("alice", "secret-alice")
    node.plan = lambda event: to_rep("alice")
    worker.invite(f"sip:alice@{DOMAIN}")
    invite = await alice.request("INVITE")

    more = [("Record-Route", f"<sip:{HOST}:{trunk.port};lr>")]
    alice.answer(invite, 200, body=SDP, extra=more)

    caller = as_caller(await worker.final("INVITE"))
    ours = [uri_of(route).partition(";")[0] for route in caller.routes]
    assert ours == [f"sip:{HOST}:{p}" for p in (edge.settings.inner_port, edge.settings.sip_port)]
    worker.ack(caller)
    await alice.request("ACK")
    worker.within(caller, "BYE")
    alice.answer(await alice.request("BYE"), 200)
    assert (await worker.final("BYE")).status == 200
    assert trunk.inbox == []
    await alice.register("alice", "secret-alice", expires=0)
