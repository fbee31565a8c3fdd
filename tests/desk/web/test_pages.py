"""A rep sees his call and transfers it; what goes wrong is said, and nothing is changed."""

from __future__ import annotations

import pytest

from switch.desk.asker import BusAway, NobodyAnswers
from switch.records.commands import Answer, ResumeCommand, TransferCommand
from tests.desk.web.house import ID, House
from tests.live.moves import choice
from tests.records.samples import at, customer, rep, story

TALKING = rep("alice", state="answered", answered_at=at(2), revision=3)


def test_a_call_shows_who_it_is(house: House) -> None:
    house.knows(customer(), TALKING)

    page = house.signed_in().get("/").text

    assert "Jane &lt;Doe&gt;" in page
    assert "Acme &amp; Sons" in page
    assert 'href="https://crm.test/1"' in page
    assert "(480) 555-0123" in page
    assert f'data-transfer="{ID}"' in page


def test_what_outsiders_say_of_themselves_is_text(house: House) -> None:
    evil = '<img src=x onerror=alert(1)>"'
    house.knows(customer(number="+14805550999", name=evil), TALKING)
    house.store.add([])
    client = house.signed_in()

    for path in ("/", f"/conversations/{ID}", "/conversations", "/contacts/+14805550999"):
        page = client.get(path).text
        assert "<img" not in page, path
        assert "<script>alert" not in page, path
        assert "javascript:" not in page, path
    dana = house.signed_in("dana")
    assert "<img" not in dana.get("/floor").text


def test_a_call_is_transferred_as_the_rep_who_asks(house: House) -> None:
    house.knows(customer(), TALKING)

    answer = house.signed_in().post("/transfer", data={"conversation": ID, "target": "saul"})

    assert (answer.status_code, "Transferring to Saul." in answer.text) == (200, True)
    assert house.switch.asked == [TransferCommand(conversation=ID, target="saul", rep="alice")]


def test_a_call_is_taken_back(house: House) -> None:
    house.knows(customer(), TALKING)

    assert house.signed_in().post("/resume", data={"conversation": ID}).status_code == 200
    assert house.switch.asked == [ResumeCommand(conversation=ID, rep="alice")]


def test_a_supervisor_asks_for_whoevers_call_it_is(house: House) -> None:
    house.knows(customer(), TALKING)

    house.signed_in("dana").post("/transfer", data={"conversation": ID, "target": "saul"})

    assert house.switch.asked == [TransferCommand(conversation=ID, target="saul", rep=None)]


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Answer(status=404, problem="zoe is no rep"), 404, "Zoe is no rep."),
        (Answer(status=403, problem="it is saul's"), 403, "It is saul&#39;s."),
        (Answer(status=491, problem="a transfer is under way"), 409, "A transfer is under way."),
        (Answer(status=481, problem="the call is over"), 410, "The call is over."),
        (Answer(status=482, problem="to himself"), 422, "To himself."),
        (Answer(status=504, problem="silent"), 504, "Silent."),
        (Answer(status=503), 503, "The switch gave no reason."),
        (BusAway(host="h", port=1, problem="refused"), 503, "The bus is away"),
        (NobodyAnswers(conversation=ID, nodes=()), 503, "No node of the switch is up"),
        (NobodyAnswers(conversation=ID, nodes=("node1",)), 503, "Nobody answers for this call."),
    ],
)
def test_what_is_refused_is_said_with_its_status(
    house: House, answer: Answer | Exception, status: int, words: str
) -> None:
    house.knows(customer(), TALKING)
    house.switch.answers = [answer]

    said = house.signed_in().post("/transfer", data={"conversation": ID, "target": "zoe"})

    assert said.status_code == status
    assert words in said.text
    assert 'class="said bad"' in said.text


@pytest.mark.parametrize("target", ["saul", "102"])
def test_a_target_that_is_offline_is_refused_and_nothing_is_asked(
    house: House, target: str
) -> None:
    house.knows(customer(), TALKING)
    house.board.take_presence("saul", "offline")

    said = house.signed_in().post("/transfer", data={"conversation": ID, "target": target})
    told = house.with_token("control").post(f"/api/v1/live/{ID}/transfer", json={"target": target})

    assert (said.status_code, told.status_code) == (409, 409)
    assert "Saul is offline: no phone would ring" in said.text
    assert told.json()["detail"] == "Saul is offline: no phone would ring"
    assert house.switch.asked == []


def test_a_call_that_has_ended_and_one_that_never_was_are_told_apart(house: House) -> None:
    house.knows(*story(conversation_id=ID))
    silent = NobodyAnswers(conversation=ID, nodes=("node1",))
    client = house.signed_in()

    house.switch.answers = [silent, silent]
    ended = client.post("/transfer", data={"conversation": ID, "target": "saul"})
    never = client.post("/transfer", data={"conversation": "never", "target": "saul"})

    assert (ended.status_code, never.status_code) == (410, 404)


@pytest.mark.parametrize("target", ["", "   ", "x" * 200, "a\nb"])
def test_a_target_that_is_none_does_not_travel(house: House, target: str) -> None:
    house.knows(customer(), TALKING)

    answer = house.signed_in().post("/transfer", data={"conversation": ID, "target": target})

    assert answer.status_code == 422
    assert house.switch.asked == []


@pytest.mark.parametrize(
    ("typed", "shows"),
    [
        ("(206) 555-0100", 'value="+12065550100"'),
        ("+44 20 7946 0958", "Not allowed: +442079460958 is a number of GB"),
        ("saul", ""),
        ("102", ""),
        ("+14805550100", ""),
        ("<script>1", ""),
    ],
)
def test_an_outside_number_is_judged_as_it_is_typed(house: House, typed: str, shows: str) -> None:
    answer = house.signed_in().get("/targets", params={"q": typed})

    assert answer.status_code == 200
    assert shows in answer.text
    assert "<script>" not in answer.text


def test_only_a_supervisor_sees_the_floor(house: House) -> None:
    house.knows(customer(), TALKING)
    house.board.take_choice(ID, choice())

    assert house.signed_in("alice").get("/floor").status_code == 403
    page = house.signed_in("dana").get("/floor")
    assert page.status_code == 200
    assert "Alice → Saul: ringing" in page.text


def test_a_page_that_is_not_there_says_so(house: House) -> None:
    client = house.signed_in()
    client.headers.pop("HX-Request")

    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "There is no such page." in answer.text


def test_when_the_switch_is_away_the_page_says_so(house: House) -> None:
    house.board.take_status("node1", is_up=False)

    assert "The switch is not there at the moment." in house.signed_in().get("/").text
