"""Nobody sees a page who has not signed in, and nobody acts for somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.web.house import ID, PASSWORD, House, csrf_in, make_house
from tests.records.samples import customer, rep


@pytest.mark.parametrize(
    "path", ["/", "/conversations", "/conversations/x", "/contacts/+14805550123", "/floor"]
)
def test_a_page_leads_to_the_sign_in_and_back(house: House, path: str) -> None:
    answer = house.client().get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path.replace('+', '%2B')}"


def test_a_rep_signs_in_and_out(house: House) -> None:
    client = house.client()
    token = csrf_in(client.get("/sign-in"))

    data = {"rep": "alice", "password": PASSWORD, "_csrf_token": token}
    assert client.post("/sign-in", data=data).headers["location"] == "/"
    page = client.get("/")
    assert page.status_code == 200
    assert "Alice" in page.text
    left = client.post("/sign-out", data={"_csrf_token": csrf_in(page)})
    assert left.headers["location"] == "/sign-in"
    assert client.get("/").status_code == 303


def test_the_cookie_is_for_the_server_alone(house: House) -> None:
    client = house.client()
    token = csrf_in(client.get("/sign-in"))
    answer = client.post(
        "/sign-in", data={"rep": "alice", "password": PASSWORD, "_csrf_token": token}
    )

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_by_https_the_cookie_is_sent_by_nothing_else(tmp_path: Path) -> None:
    house = make_house(tmp_path, https=True)
    client = house.client()
    first = client.get("/sign-in")
    answer = client.post(
        "/sign-in",
        data={"rep": "alice", "password": PASSWORD, "_csrf_token": csrf_in(first)},
        headers={"Cookie": first.headers["set-cookie"].split(";")[0]},
    )

    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", "x" * 5000), ("dana ", "\0")],
)
def test_a_wrong_password_is_not_told_from_a_wrong_name(
    house: House, name: str, password: str
) -> None:
    client = house.client()
    token = csrf_in(client.get("/sign-in"))

    answer = client.post("/sign-in", data={"rep": name, "password": password, "_csrf_token": token})

    assert answer.status_code == 401
    assert "Name and password do not belong together." in answer.text
    assert "softswitch_desk" not in answer.headers.get("set-cookie", "")


def test_who_guesses_has_to_wait(house: House) -> None:
    client = house.client()
    token = csrf_in(client.get("/sign-in"))
    data = {"rep": "alice", "password": "guess", "_csrf_token": token}

    statuses = [client.post("/sign-in", data=data).status_code for _ in range(12)]
    last = client.post("/sign-in", data={**data, "password": PASSWORD})

    assert statuses == [401] * 10 + [429] * 2
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    saul = client.post("/sign-in", data={**data, "rep": "saul", "password": PASSWORD})
    assert saul.status_code == 303


def test_a_new_password_signs_out_whoever_has_the_old_one(house: House) -> None:
    client = house.signed_in()
    house.desk.people.set_password("alice", "another password")

    assert client.get("/").headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize(
    "value", ["", "x", "WyJhbGljZSIsICJ4Il0.aaaa.bbbb", "alice", '["alice","x"]']
)
def test_a_cookie_that_is_not_ours_is_nobodys(house: House, value: str) -> None:
    client = house.client()
    client.cookies.set("softswitch_desk", value)

    assert client.get("/").status_code == 303


def test_a_request_that_another_site_forges_changes_nothing(house: House) -> None:
    house.knows(customer(), rep("alice", state="answered"))
    client = house.signed_in()
    client.headers.pop("x-csrftoken")

    for forged in ({}, {"x-csrftoken": "0" * 96}):
        answer = client.post(
            "/transfer", data={"conversation": ID, "target": "saul"}, headers=forged
        )
        assert answer.status_code == 403
    assert house.switch.asked == []


def test_nobody_is_sent_to_another_site(house: House) -> None:
    client = house.client()
    page = client.get("/sign-in", params={"next": "//evil.test/"})
    data = {"rep": "alice", "password": PASSWORD, "_csrf_token": csrf_in(page)}

    for next_ in ("//evil.test/", "https://evil.test/", "/\\evil.test", "/a\r\nb: c"):
        answer = client.post("/sign-in", data={**data, "next": next_})
        assert answer.headers["location"] == "/"
    answer = client.post("/sign-in", data={**data, "next": "/conversations"})
    assert answer.headers["location"] == "/conversations"


def test_a_proxy_is_believed_by_its_address(tmp_path: Path) -> None:
    trusted = make_house(tmp_path / "a", user_header="X-User", proxies=("testclient",))
    stranger = make_house(tmp_path / "b", user_header="X-User", proxies=("10.0.0.1",))

    assert trusted.client().get("/", headers={"X-User": "alice"}).status_code == 200
    assert trusted.client().get("/", headers={"X-User": "nobody"}).status_code == 303
    assert trusted.client().get("/").status_code == 303
    assert stranger.client().get("/", headers={"X-User": "alice"}).status_code == 303


def test_every_answer_says_what_a_browser_may_do_with_it(house: House) -> None:
    for path in ("/sign-in", "/nowhere", "/static/desk.css", "/api"):
        headers = house.client().get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
