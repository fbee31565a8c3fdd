"""Examples of what programs send: shown in the description of the API, and read by a test."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from switch.desk.web.bodies import (
    HangUpIn,
    NewCallIn,
    NoteIn,
    OnOffIn,
    PresenceIn,
    RecordingIn,
    ResumeIn,
    TransferIn,
)

EXAMPLES: Final[tuple[tuple[type[msgspec.Struct], tuple[dict[str, Any], ...]], ...]] = (
    (TransferIn, ({"target": "seattle"}, {"target": "+12065550100", "rep": "alice"})),
    (ResumeIn, ({}, {"rep": "alice"})),
    (HangUpIn, ({"rep": "alice"}, {})),
    (OnOffIn, ({"action": "on", "rep": "alice"}, {"action": "off"})),
    (RecordingIn, ({"action": "on", "rep": "alice"}, {"action": "pause"})),
    (NewCallIn, ({"rep": "alice", "target": "+12065550100"},)),
    (PresenceIn, ({"away": True},)),
    (NoteIn, ({"text": "Wants 40 seats.", "disposition": "interested", "rep": "alice"},)),
)
"""By what the body is: what may stand in it, the likeliest first."""


def with_examples(openapi: dict[str, Any]) -> dict[str, Any]:
    """Return the description of the API with the examples in it."""
    schemas = dict(openapi.get("components", {}).get("schemas", {}))
    for body, examples in EXAMPLES:
        schemas[body.__name__] = {**schemas[body.__name__], "examples": [*examples]}
    return {**openapi, "components": {**openapi.get("components", {}), "schemas": schemas}}
