"""Programs see and do what their token is for; what is not done is told as a problem."""

from __future__ import annotations

import pytest

from switch.desk.asker import NobodyAnswers
from switch.records.commands import (
    Answer,
    CallCommand,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
    RecordCommand,
    ResumeCommand,
    TransferCommand,
)
from tests.desk.web.house import ID, House
from tests.live.moves import choice
from tests.records.samples import at, customer, rep, story

TALKING = rep("alice", state="answered", answered_at=at(2), revision=3)
READS = [
    "/reps",
    "/territories",
    "/presence",
    "/live",
    "/conversations",
    f"/conversations/{ID}",
    "/contacts/+14805550123",
]


@pytest.mark.parametrize("path", READS)
def test_a_token_for_reading_reads(house: House, path: str) -> None:
    house.knows(customer(), TALKING)

    answer = house.with_token("read").get(f"/api/v1{path}")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ssw_x", "Basic YTpi", "Bearer é"])
def test_without_a_token_nothing_is_read(house: House, path: str, authorization: str) -> None:
    headers = {"Authorization": authorization.encode()}

    answer = house.client().get(f"/api/v1{path}", headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/live/{ID}/transfer"),
        ("POST", f"/live/{ID}/resume"),
        ("POST", f"/live/{ID}/hangup"),
        ("POST", f"/live/{ID}/hold"),
        ("POST", f"/live/{ID}/mute"),
        ("POST", f"/live/{ID}/record"),
        ("POST", "/calls"),
        ("PUT", "/reps/alice/presence"),
        ("POST", f"/conversations/{ID}/notes"),
        ("GET", "/tokens"),
    ],
)
def test_a_token_for_reading_does_nothing_else(house: House, method: str, path: str) -> None:
    house.knows(customer(), TALKING)

    answer = house.with_token("read").request(
        method, f"/api/v1{path}", json={"target": "saul", "text": "x"}
    )

    assert answer.status_code == 403
    assert "yours is for read" in answer.json()["detail"]
    assert house.switch.asked == []
    assert house.store.notes([ID]) == []


def test_a_cookie_opens_no_api(house: House) -> None:
    assert house.signed_in().get("/api/v1/reps").status_code == 401


def test_what_is_read_is_what_goes_on(house: House) -> None:
    house.knows(customer(), TALKING)
    house.board.take_presence("saul", "available")
    house.board.take_choice(ID, choice())
    client = house.with_token("read")

    (seattle,) = client.get("/api/v1/territories").json()
    (live,) = client.get("/api/v1/live").json()
    found = client.get("/api/v1/contacts/(480) 555-0123").json()

    assert (seattle["name"], seattle["available"]) == ("seattle", 1)
    assert client.get("/api/v1/presence").json()["saul"] == "available"
    assert live["conversation"]["conversation_id"] == ID
    assert live["choice"]["target"] == "saul"
    assert found["contact"]["company"] == "Acme & Sons"
    assert [one["conversation_id"] for one in found["conversations"]] == [ID]


def test_a_program_transfers_for_whoevers_call_it_is_or_for_a_rep(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.with_token("read", "control")

    first = client.post(f"/api/v1/live/{ID}/transfer", json={"target": "saul"})
    client.post(f"/api/v1/live/{ID}/transfer", json={"target": "bob", "rep": "alice"})
    client.post(f"/api/v1/live/{ID}/resume", json={})

    assert (first.status_code, first.json()) == (202, {"conversation": ID})
    assert house.switch.asked == [
        TransferCommand(conversation=ID, target="saul"),
        TransferCommand(conversation=ID, target="bob", rep="alice"),
        ResumeCommand(conversation=ID),
    ]


def test_a_program_does_with_a_call_what_a_rep_can_do(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.with_token("control")

    said = [
        client.post(f"/api/v1/live/{ID}/{what}", json=how)
        for what, how in [
            ("hold", {"action": "on", "rep": "alice"}),
            ("mute", {"action": "off"}),
            ("record", {"action": "pause"}),
            ("hangup", {"rep": "alice"}),
            ("hangup", {}),
        ]
    ]

    assert [(one.status_code, one.json()) for one in said] == [(202, {"conversation": ID})] * 5
    assert house.switch.asked == [
        HoldCommand(conversation=ID, action="on", rep="alice"),
        MuteCommand(conversation=ID, action="off"),
        RecordCommand(conversation=ID, action="pause"),
        HangUpCommand(conversation=ID, rep="alice"),
        HangUpCommand(conversation=ID),
    ]


def test_a_program_calls_somebody_for_a_rep_once(house: House) -> None:
    client = house.with_token("control")
    asked = {"rep": "alice", "target": " (206) 555-0100 "}

    first = client.post("/api/v1/calls", json=asked, headers={"Idempotency-Key": "c-1"})
    again = client.post("/api/v1/calls", json=asked, headers={"Idempotency-Key": "c-1"})

    assert (first.status_code, first.json()) == (202, {"conversation": ID})
    assert again.headers["idempotency-replayed"] == "true"
    assert house.switch.asked == [CallCommand(rep="alice", target="(206) 555-0100")]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"rep": "zoe", "target": "saul"}, 404),
        ({"rep": "alice", "target": " "}, 422),
        ({"rep": "alice", "target": "a\u0000b"}, 422),
        ({"rep": "alice"}, 400),
        ({"rep": "alice", "target": "saul", "as": "bob"}, 400),
    ],
)
def test_a_call_that_cannot_be_asked_is_a_problem(
    house: House, asked: dict[str, str], status: int
) -> None:
    said = house.with_token("control").post("/api/v1/calls", json=asked)

    assert (said.status_code, said.json()["status"]) == (status, status)
    assert house.switch.asked == []


def test_a_program_says_that_a_rep_is_away_or_back(house: House) -> None:
    client = house.with_token("control")

    away = client.put("/api/v1/reps/alice/presence", json={"away": True})
    client.put("/api/v1/reps/alice/presence", json={"away": False})
    nobody = client.put("/api/v1/reps/zoe/presence", json={"away": True})

    assert (away.status_code, away.json()) == (200, {"rep": "alice", "away": True})
    assert nobody.status_code == 404
    assert house.switch.asked == [
        PresenceCommand(rep="alice", away=True),
        PresenceCommand(rep="alice", away=False),
    ]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(status=480, problem="no phone of alice's is registered"), 409),
        (Answer(status=486, problem="alice is on a call"), 409),
        (Answer(status=403, problem="premium numbers are denied"), 403),
        (NobodyAnswers(conversation=None, nodes=("node1",)), 504),
    ],
)
def test_a_call_that_is_refused_is_a_problem(
    house: House, answer: Answer | Exception, status: int
) -> None:
    house.switch.answers = [answer]

    said = house.with_token("control").post(
        "/api/v1/calls", json={"rep": "alice", "target": "saul"}
    )

    assert (said.status_code, said.json()["status"]) == (status, status)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(status=404, problem="zoe is no rep"), 404),
        (Answer(status=491, problem="a transfer is under way"), 409),
        (Answer(status=481, problem="the call is over"), 410),
        (NobodyAnswers(conversation=ID, nodes=()), 503),
    ],
)
def test_what_is_refused_is_a_problem(
    house: House, answer: Answer | Exception, status: int
) -> None:
    house.knows(customer(), TALKING)
    house.switch.answers = [answer]

    said = house.with_token("control").post(f"/api/v1/live/{ID}/transfer", json={"target": "zoe"})

    assert said.status_code == status
    assert said.headers["content-type"] == "application/problem+json"
    problem = said.json()
    assert problem["status"] == status
    assert problem["type"] == f"/api#status-{status}"
    assert problem["instance"] == f"/api/v1/live/{ID}/transfer"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"target": ""}', b'{"target": 1}', b'{"target": "x", "y": 1}'],
)
def test_a_body_that_is_none_is_refused(house: House, body: bytes) -> None:
    house.knows(customer(), TALKING)

    answer = house.with_token("control").post(
        f"/api/v1/live/{ID}/transfer",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert house.switch.asked == []


def test_a_request_that_is_sent_again_is_done_once(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.with_token("control")
    path, headers = f"/api/v1/live/{ID}/transfer", {"Idempotency-Key": "a-1"}

    first = client.post(path, json={"target": "saul"}, headers=headers)
    again = client.post(path, json={"target": "saul"}, headers=headers)
    other = client.post(path, json={"target": "bob"}, headers=headers)
    another = house.with_token("control", name="other").post(
        path, json={"target": "saul"}, headers=headers
    )

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert another.status_code == 202
    assert len(house.switch.asked) == 2


def test_what_was_refused_may_be_done_next_time(house: House) -> None:
    house.knows(customer(), TALKING)
    house.switch.answers = [Answer(status=503, problem="busy"), Answer(status=200)]
    client = house.with_token("control")

    statuses = [
        client.post(
            f"/api/v1/live/{ID}/transfer",
            json={"target": "saul"},
            headers={"Idempotency-Key": "a-1"},
        ).status_code
        for _ in range(2)
    ]

    assert statuses == [503, 202]


def test_a_program_that_asks_too_often_has_to_wait(house: House) -> None:
    house.desk.api_calls = type(house.desk.api_calls)(per_minute=2)
    client = house.with_token("read")

    answers = [client.get("/api/v1/presence") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert house.with_token("read", name="other").get("/api/v1/presence").status_code == 200


def test_notes_are_written_by_the_token_or_for_a_rep(house: House) -> None:
    house.knows(*story(conversation_id=ID))
    client = house.with_token("control", "read")
    path = f"/api/v1/conversations/{ID}/notes"

    own = client.post(path, json={"text": "from the CRM"})
    his = client.post(path, json={"text": "x", "rep": "saul", "disposition": "interested"})
    foreign = client.post(path, json={"text": "x", "rep": "bob"})
    nobody = client.post(path, json={"text": "x", "rep": "zoe"})
    stale = client.post(path, json={"text": "y", "revision": 0})

    assert (own.status_code, own.json()["author"]) == (200, "crm")
    assert (his.status_code, his.json()["author"]) == (200, "saul")
    assert (foreign.status_code, nobody.status_code, stale.status_code) == (403, 422, 409)
    whole = client.get(f"/api/v1/conversations/{ID}").json()
    assert [note["text"] for note in whole["notes"]] == ["from the CRM", "x"]


def test_a_note_of_a_megabyte_is_too_much(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.with_token("control")

    answer = client.post(f"/api/v1/conversations/{ID}/notes", json={"text": "x" * 1_048_576})

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert house.store.notes([ID]) == []


def test_conversations_come_a_page_at_a_time(house: House) -> None:
    for number in range(5):
        house.knows(*story(conversation_id=f"c{number}"))
    client = house.with_token("read")

    seen: list[str] = []
    before = ""
    while True:
        page = client.get("/api/v1/conversations", params={"limit": 2, "before": before}).json()
        seen += [one["conversation_id"] for one in page["conversations"]]
        if not (before := page["next"] or ""):
            break

    assert seen == ["c4", "c3", "c2", "c1", "c0"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"rep": "saul"}, 1),
        ({"rep": "bob"}, 0),
        ({"territory": "seattle"}, 0),
        ({"contact": "(480) 555-0123"}, 1),
        ({"contact": "+14805550123", "rep": "alice"}, 1),
        ({"contact": "+12065550100"}, 0),
        ({"since": "2026-11-22T12:45:00.000Z"}, 1),
        ({"since": "2026-11-23"}, 0),
        ({"until": "2026-11-22T12:45:00+00:00"}, 0),
    ],
)
def test_conversations_are_found_by_who_and_when(
    house: House, query: dict[str, str], count: int
) -> None:
    house.knows(*story(conversation_id=ID))

    answer = house.with_token("read").get("/api/v1/conversations", params=query)

    assert len(answer.json()["conversations"]) == count


@pytest.mark.parametrize(
    "query",
    [
        {"rep": "a", "territory": "b"},
        {"contact": "nobody"},
        {"since": "yesterday"},
        {"since": "0001-01-01"},
        {"before": "x"},
    ],
)
def test_a_search_that_cannot_be_understood_is_refused(house: House, query: dict[str, str]) -> None:
    answer = house.with_token("read").get("/api/v1/conversations", params=query)

    assert answer.status_code == 422
    assert house.signed_in().get("/conversations", params=query).status_code == 422


def test_tokens_are_listed_to_who_administrates(house: House) -> None:
    (token,) = house.with_token("admin").get("/api/v1/tokens").json()

    assert (token["name"], token["scopes"]) == ("crm", ["admin"])
    assert "ssw_" not in str(token)


def test_the_page_of_the_api_tells_of_each_route(house: House) -> None:
    page = house.client().get("/api")
    described = house.client().get("/api/openapi.json").json()

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for path in described["paths"]:
        assert path in page.text
    assert "cdn" not in page.text
