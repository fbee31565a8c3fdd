"""The API does what its own description says, whatever is sent to it."""

from __future__ import annotations

from typing import Any

import hypothesis
import jsonschema
import msgspec
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from switch.desk.web.examples import EXAMPLES
from tests.desk.web.house import House
from tests.live.moves import choice
from tests.records.samples import at, customer, rep, story

_EXAMPLES = 12
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
READS = [
    "reps",
    "territories",
    "presence",
    "live",
    "conversations",
    "one",
    "contacts",
    "figures",
    "tokens",
]
CONTROLS = ["transfer", "resume", "hangup", "hold", "mute", "record", "calls", "set_presence"]
WRITES = [*CONTROLS, "notes"]


@pytest.fixture
def described(house: House) -> schemathesis.BaseSchema:
    house.knows(customer(conversation_id="live"), rep("alice", conversation_id="live"))
    house.knows(*story())
    house.board.take_choice("live", choice(conversation_id="live", until_at=at(1)))
    house.desk.api_calls = type(house.desk.api_calls)(per_minute=1_000_000)
    token = house.desk.people.make_token("tester", ["read", "control", "admin"])
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", house.app)
    schema.config.headers = {"Authorization": f"Bearer {token}"}
    return schema


def test_every_answer_is_one_that_is_described(described: schemathesis.BaseSchema) -> None:
    operations: list[Any] = [one.ok() for one in described.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) == len(READS) + len(WRITES)

    for operation in operations:
        _hold_to_its_description(operation)


def _hold_to_its_description(operation: Any) -> None:
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        case.call_and_validate(checks=_CHECKS)

    holds()


def test_each_body_has_examples_that_are_read_as_any_other(house: House) -> None:
    told = house.client().get("/api/openapi.json").json()
    wanted = {
        body["schema"]["$ref"].rpartition("/")[2]
        for path in told["paths"].values()
        for operation in path.values()
        for body in operation.get("requestBody", {}).get("content", {}).values()
    }
    schemas = told["components"]["schemas"]
    shown = {name: schemas[name].get("examples") for name in wanted}

    assert wanted == {body.__name__ for body, _examples in EXAMPLES}
    for body, examples in EXAMPLES:
        assert shown[body.__name__] == list(examples)
        for one in examples:
            msgspec.json.decode(msgspec.json.encode(one), type=body)
            jsonschema.validate(one, {**schemas[body.__name__], "components": told["components"]})
    assert "Wants 40 seats." in house.client().get("/api").text
