"""Each answer is counted: by part of the desk and status, whoever has given it."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from switch.desk.meters import Meters
from switch.desk.web.counted import counted, part_of
from tests.desk.web.house import House


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/", "page"),
        ("/api", "page"),
        ("/api/v1/reps", "api"),
        ("/apiary", "page"),
        ("/static/desk.css", "static"),
        ("/conversations/static", "page"),
    ],
)
def test_a_path_belongs_to_a_part(path: str, part: str) -> None:
    assert part_of(path) == part


def test_answers_are_counted_with_their_status(house: House) -> None:
    meters = Meters()
    client = TestClient(counted(house.app, meters), raise_server_exceptions=False)
    client.follow_redirects = False

    client.get("/api/v1/reps")
    client.get("/api/v1/reps", headers={"Authorization": "Bearer none"})
    client.get("/nowhere")
    client.get("/")
    client.get("/static/desk.css")

    def count(part: str, status: int) -> float | None:
        labels = {"part": part, "status": str(status)}
        return meters.registry.get_sample_value("softswitch_desk_requests_total", labels)

    assert count("api", 401) == 2
    assert (count("page", 404), count("page", 303), count("static", 200)) == (1, 1, 1)
    timed = meters.registry.get_sample_value(
        "softswitch_desk_request_seconds_count", {"part": "page"}
    )
    assert timed == 2
