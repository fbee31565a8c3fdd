"""Notes are kept as they are typed; each author has his own, none is lost to a second window."""

from __future__ import annotations

import pytest

from tests.desk.web.house import ID, House
from tests.records.samples import at, customer, rep, story

TALKING = rep("alice", state="answered", answered_at=at(2), revision=3)
PATH = f"/conversations/{ID}/note"


def test_a_note_is_kept_with_its_author_and_shown_to_the_others(house: House) -> None:
    house.knows(customer(), TALKING, rep("saul", leg_id="leg-2", state="answered"))

    answer = house.signed_in().put(
        PATH, data={"text": "40 seats", "revision": "0", "disposition": "interested"}
    )

    assert answer.status_code == 200
    (note,) = house.store.notes([ID])
    assert (note.author, note.text, note.disposition, note.revision) == (
        "alice",
        "40 seats",
        "interested",
        1,
    )
    sauls = house.signed_in("saul").get("/").text
    assert "40 seats" in sauls


def test_each_author_has_his_own(house: House) -> None:
    house.knows(customer(), TALKING, rep("saul", leg_id="leg-2", state="answered"))

    house.signed_in().put(PATH, data={"text": "mine", "revision": "0"})
    house.signed_in("saul").put(PATH, data={"text": "his", "revision": "0"})

    assert {note.author: note.text for note in house.store.notes([ID])} == {
        "alice": "mine",
        "saul": "his",
    }


def test_two_windows_do_not_overwrite_each_other(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.signed_in()
    client.put(PATH, data={"text": "first", "revision": "0"})

    answer = client.put(PATH, data={"text": "second", "revision": "0"})

    assert answer.status_code == 409
    assert "first" in answer.text
    assert [note.text for note in house.store.notes([ID])] == ["first"]
    assert client.put(PATH, data={"text": "second", "revision": "1"}).status_code == 200


def test_the_same_again_is_no_new_revision(house: House) -> None:
    house.knows(customer(), TALKING)
    client = house.signed_in()

    for _ in range(2):
        assert client.put(PATH, data={"text": "same", "revision": "0"}).status_code == 200
    assert [note.revision for note in house.store.notes([ID])] == [1]


def test_a_note_is_text_wherever_it_is_shown(house: House) -> None:
    house.knows(customer(), TALKING)
    evil = "</textarea><script>alert(1)</script>{{ 7 * 7 }}\0"
    client = house.signed_in()

    client.put(PATH, data={"text": evil, "revision": "0"})

    for page in (client.get("/").text, house.signed_in("saul").get(f"/conversations/{ID}").text):
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page


@pytest.mark.parametrize(("letters", "status"), [(20_000, 200), (20_001, 413), (1_048_576, 413)])
def test_a_note_has_an_end(house: House, letters: int, status: int) -> None:
    house.knows(customer(), TALKING)

    answer = house.signed_in().put(PATH, data={"text": "x" * letters, "revision": "0"})

    assert answer.status_code == status
    assert len(house.store.notes([ID])) == (status == 200)


@pytest.mark.parametrize(
    ("data", "status"),
    [({"disposition": "rich"}, 422), ({"revision": "9"}, 409), ({"revision": "x"}, 200)],
)
def test_what_is_no_note_is_refused(house: House, data: dict[str, str], status: int) -> None:
    house.knows(customer(), TALKING)

    answer = house.signed_in().put(PATH, data={"text": "x", "revision": "0", **data})

    assert answer.status_code == status
    assert len(house.store.notes([ID])) == (status == 200)


def test_somebody_elses_conversation_is_read_and_not_written(house: House) -> None:
    house.knows(*story(conversation_id=ID))
    bob = house.signed_in("bob")

    page = bob.get(f"/conversations/{ID}")
    answer = bob.put(PATH, data={"text": "x", "revision": "0"})

    assert page.status_code == 200
    assert 'id="note"' not in page.text
    assert answer.status_code == 403
    assert house.store.notes([ID]) == []
    assert bob.put("/conversations/never/note", data={"text": "x"}).status_code == 404
    supervisor = house.signed_in("dana").put(PATH, data={"text": "well done", "revision": "0"})
    assert supervisor.status_code == 200
