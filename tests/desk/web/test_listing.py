"""Conversations are listed, shown in full, and exported so that a spreadsheet does no harm."""

from __future__ import annotations

import csv
import io

import msgspec

from switch.desk.notes import Note
from tests.desk.web.house import ID, House
from tests.records.samples import at, customer, given_back, rep, story


def note(author: str, text: str) -> Note:
    return Note(
        conversation_id=ID,
        author=author,
        text=text,
        disposition="interested",
        revision=0,
        made_at=at(1),
        changed_at=at(1),
    )


def test_a_list_tells_who_talked(house: House) -> None:
    house.knows(*story(conversation_id=ID))

    page = house.signed_in().get("/conversations").text

    assert "Jane &lt;Doe&gt;" in page
    assert "Alice → Saul → Alice" in page
    assert "2 transfers" in page
    assert "3 min 30 s" in page


def test_a_long_list_goes_on(house: House) -> None:
    for number in range(45):
        house.store.add(story(("alice",), (3,), f"c{number:02}"))

    client = house.signed_in()
    page = client.get("/conversations").text
    later = client.get("/conversations", params={"before": f"{at(0)}~c05"}).text

    assert page.count('href="/conversations/c') == 40
    assert "before=" in page
    assert later.count('href="/conversations/c') == 5
    assert "before=" not in later


def test_a_thread_is_drawn_with_its_steps_and_notes(house: House) -> None:
    records = [msgspec.structs.replace(one, conversation_id=ID) for one in given_back()]
    house.store.add(records)
    house.store.write_note(note("saul", "call me"))

    page = house.signed_in("bob").get(f"/conversations/{ID}").text

    assert page.count("<svg") == 4
    assert "who took it back" in page
    assert "call me" in page
    assert house.signed_in().get("/conversations/never").status_code == 404
    assert house.signed_in().get("/contacts/nobody").status_code == 404


def test_a_call_that_goes_on_is_shown_as_it_is_now(house: House) -> None:
    house.knows(customer(), rep("alice", state="alerted"))

    page = house.signed_in().get(f"/conversations/{ID}").text

    assert "live" in page


def test_an_export_has_a_row_for_each_and_no_formula(house: House) -> None:
    house.knows(*story(conversation_id=ID))
    house.store.write_note(note("alice", "=HYPERLINK(1)"))
    house.store.write_note(note("saul", '+1"2'))

    answer = house.signed_in().get("/conversations.csv", params={"rep": "saul"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 1
    (row,) = rows
    assert (row["conversation"], row["contact"], row["company"]) == (
        ID,
        "+14805550123",
        "Acme & Sons",
    )
    assert (row["reps"], row["talked_s"], row["transfers"]) == (
        "alice > saul > alice",
        "204.0",
        "2",
    )
    assert row["notes"] == 'alice: =HYPERLINK(1)\nsaul: +1"2'
    assert row["dispositions"] == "interested, interested"
    evil = story(("alice",), (3,), "c-evil")
    house.store.add([msgspec.structs.replace(one, rep="=cmd") if one.rep else one for one in evil])
    text = house.signed_in().get("/conversations.csv").text
    assert "'=cmd" in text
    assert ",=cmd" not in text
