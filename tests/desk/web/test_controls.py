"""The buttons of a live call do what they say, and nothing that would be refused is shown."""

from __future__ import annotations

from typing import Any

import pytest

from switch.desk.asker import NobodyAnswers
from switch.records.commands import (
    Answer,
    CallCommand,
    Command,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
    RecordCommand,
)
from switch.records.leg import LegRecord
from tests.desk.web.house import ID, House
from tests.records.samples import at, customer, rep, story


def talking(**changes: Any) -> LegRecord:
    how = {"state": "answered", "answered_at": at(2), "revision": 3}
    return rep("alice", **{**how, **changes})


def button(page: str, id_: str) -> str:
    """Return a button of a page as it is written; empty: it is not there."""
    before, found, after = page.partition(f'id="{id_}')
    return (
        before.rpartition("<button")[2] + found + after.partition("</button>")[0] if found else ""
    )


@pytest.mark.parametrize(
    ("path", "data", "command", "words"),
    [
        ("hangup", {}, HangUpCommand(conversation=ID, rep="alice"), "Hung up."),
        (
            "hold",
            {"action": "on"},
            HoldCommand(conversation=ID, action="on", rep="alice"),
            "On hold",
        ),
        (
            "mute",
            {"action": "off"},
            MuteCommand(conversation=ID, action="off", rep="alice"),
            "You are heard again.",
        ),
        (
            "record",
            {"action": "pause"},
            RecordCommand(conversation=ID, action="pause", rep="alice"),
            "Recording is paused.",
        ),
        (
            "call",
            {"target": " +12065550100 "},
            CallCommand(rep="alice", target="+12065550100"),
            "Your phone rings first; then (206) 555-0100 is called.",
        ),
        ("call", {"target": "saul"}, CallCommand(rep="alice", target="saul"), "then Saul is"),
        ("presence", {"action": "on"}, PresenceCommand(rep="alice", away=True), "You are away"),
        ("presence", {"action": "off"}, PresenceCommand(rep="alice", away=False), "You are back."),
    ],
)
def test_a_button_asks_the_switch_as_the_rep_who_clicks(
    house: House, path: str, data: dict[str, str], command: Command, words: str
) -> None:
    house.knows(customer(), talking())

    answer = house.signed_in().post(f"/{path}", data={"conversation": ID, **data})

    assert (answer.status_code, words in answer.text) == (200, True), answer.text
    assert house.switch.asked == [command]


@pytest.mark.parametrize("path", ["hold", "mute", "record", "presence"])
@pytest.mark.parametrize("action", ["", "perhaps", "<b>"])
def test_what_is_no_action_is_refused(house: House, path: str, action: str) -> None:
    house.knows(customer(), talking())

    answer = house.signed_in().post(f"/{path}", data={"conversation": ID, "action": action})

    assert answer.status_code == 422
    assert house.switch.asked == []


@pytest.mark.parametrize("path", ["hangup", "hold", "mute", "record", "call", "presence"])
def test_nothing_is_done_for_another_site(house: House, path: str) -> None:
    client = house.signed_in()
    del client.headers["x-csrftoken"]

    answer = client.post(f"/{path}", data={"conversation": ID, "action": "on", "target": "saul"})

    assert answer.status_code == 403
    assert house.switch.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Answer(status=481, problem="the call is over"), 410, "The call is over."),
        (Answer(status=403, problem="it is saul's"), 403, "It is saul&#39;s."),
        (NobodyAnswers(conversation=ID, nodes=("node1",)), 503, "Nobody answers for this call."),
    ],
)
@pytest.mark.parametrize("path", ["hangup", "hold", "mute", "record"])
def test_what_cannot_be_done_is_said(
    house: House, path: str, answer: Answer | Exception, status: int, words: str
) -> None:
    house.knows(customer(), talking())
    house.switch.answers = [answer]

    said = house.signed_in().post(f"/{path}", data={"conversation": ID, "action": "on"})

    assert (said.status_code, words in said.text) == (status, True)
    assert 'class="said bad"' in said.text


@pytest.mark.parametrize(
    ("changes", "tags", "offers"),
    [
        ({}, [], {"record": "on", "mute": "on", "hold": "on"}),
        ({"recording_state": "on"}, ["recording"], {"record": "off", "pause": "pause"}),
        ({"recording_state": "paused"}, ["recording paused"], {"pause": "resume"}),
        ({"muted": True}, ["you are muted"], {"mute": "off"}),
        ({"held": True}, ["on hold"], {"hold": "off"}),
    ],
)
def test_a_button_says_how_it_stands_and_offers_the_other(
    house: House, changes: dict[str, Any], tags: list[str], offers: dict[str, str]
) -> None:
    house.knows(customer(), talking(**changes))

    page = house.signed_in().get("/").text

    for tag in tags:
        assert f">{tag}</span>" in page
    for name, action in offers.items():
        pressed = "false" if action in {"on", "pause"} else "true"
        assert f'value="{action}" aria-pressed="{pressed}"' in button(page, f"{name}-"), name
    assert ("pause-" in page) is bool(changes.get("recording_state"))
    assert "Hang up" in button(page, "end-")


def test_who_is_rung_can_decline_and_nothing_else(house: House) -> None:
    house.knows(customer(), rep("alice", state="alerted", alerted_at=at(1)))

    page = house.signed_in().get("/").text

    assert "Decline" in button(page, "end-")
    assert button(page, "hold-") == ""


def test_whose_worker_has_died_can_only_hang_up_on_his_phone(house: House) -> None:
    house.knows(customer(), talking(unattended_since=at(5)))

    page = house.signed_in().get("/").text

    assert "hang up on your phone when you are done" in page
    assert button(page, "end-") == button(page, "record-") == ""


def test_a_rep_says_that_he_is_away_and_back(house: House) -> None:
    client = house.signed_in()
    house.board.take_presence("alice", "available")
    assert "Away" in button(client.get("/").text, "away")

    house.board.take_presence("alice", "away", is_away=True)
    page = client.get("/").text
    assert "no territory rings you" in page
    assert 'value="off"' in button(page, "away")
    assert button(page, "ready") == ""


def test_a_rep_who_wraps_up_sees_how_long_and_can_end_it(house: House) -> None:
    house.board.take_presence("alice", "wrap_up", until_at=at(600))

    page = house.signed_in().get("/").text

    assert f'data-until="{at(600)}"' in page
    assert 'value="off"' in button(page, "ready")


def test_a_contact_is_called_by_a_click(house: House) -> None:
    house.knows(*story(conversation_id=ID))
    client = house.signed_in()

    for path in ("/contacts/+14805550123", "/contacts/+14805550999", f"/conversations/{ID}"):
        page = client.get(path).text
        number = "+14805550999" if path.endswith("999") else "+14805550123"
        assert f'hx-post="/call" name="target" value="{number}"' in button(page, "call-contact")
    assert button(client.get("/conversations").text, "call-contact") == ""
