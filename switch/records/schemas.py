"""What is published on the bus, as AsyncAPI and JSON Schema say it to programs.

Made of the types that write and read the messages, so that it cannot say anything else. The file
that is shipped is written by ``make asyncapi``, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from switch.records import codec, topics
from switch.records.away import AwayRecord
from switch.records.choice import ChoiceRecord
from switch.records.commands import COMMANDS, Answer, Command
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent

_REF: Final = "#/components/schemas/{name}"
_INSTANT: Final = "2026-11-22T12:45:01.250Z"
_ID: Final = "20261122-124500-k3"

_EVENTS: Final[Mapping[str, tuple[str, str, type[Any]]]] = {
    "LegEvent": (codec.LEG_TYPE, "A change of a leg: its whole state at a revision.", LegRecord),
    "PresenceEvent": (codec.PRESENCE_TYPE, "What a rep is doing.", codec.PresenceData),
    "AwayEvent": (codec.AWAY_TYPE, "What a rep has said of himself: away, or back.", AwayRecord),
    "ChoiceEvent": (codec.CHOICE_TYPE, "What a transferor can choose.", ChoiceRecord),
    "StatusEvent": (codec.STATUS_TYPE, "Whether a node is up.", codec.StatusData),
    "SecurityEvent": (codec.SECURITY_TYPE, "What was denied to whom.", SecurityEvent),
}
"""CloudEvents, by the name of their schema: type, what it says, and its data."""

_CHANNELS: Final = {
    "legs": (topics.leg("{conversation}", "{leg}"), "LegEvent", False),
    "presence": (topics.presence("{rep}"), "PresenceEvent", True),
    "away": (topics.away("{rep}"), "AwayEvent", True),
    "choices": (topics.choice("{conversation}"), "ChoiceEvent", True),
    "status": (topics.status("{node}"), "StatusEvent", True),
    "security": (topics.security("{node}"), "SecurityEvent", False),
}
"""What the switch publishes: topic, schema, and whether it is retained."""

EXAMPLES: Final[Mapping[str, list[dict[str, Any]]]] = {
    "Command": [
        {"command": "transfer", "conversation": _ID, "target": "bob"},
        {"command": "transfer", "conversation": _ID, "target": "+12065550100", "rep": "alice"},
        {"command": "resume", "conversation": _ID},
        {"command": "record", "conversation": _ID, "action": "pause", "rep": "alice"},
        {"command": "hangup", "conversation": _ID, "rep": "alice"},
        {"command": "hold", "conversation": _ID, "action": "on", "rep": "alice"},
        {"command": "mute", "conversation": _ID, "action": "off"},
        {"command": "call", "rep": "alice", "target": "+12065550100"},
        {"command": "presence", "rep": "alice", "away": True},
    ],
    "Answer": [
        {"status": 200, "conversation": _ID},
        {"status": 404, "problem": "zoe is no rep, territory or number", "conversation": _ID},
    ],
    "PresenceEvent": [
        {
            "specversion": "1.0",
            "id": f"node1.alice.{_INSTANT}",
            "source": "softswitch/node1",
            "type": codec.PRESENCE_TYPE,
            "subject": "alice",
            "time": _INSTANT,
            "datacontenttype": "application/json",
            "data": {"rep": "alice", "state": "on_call", "away": True},
        }
    ],
}
"""Messages as they are; a test reads each as the switch does."""


def schemas() -> dict[str, Any]:
    """Return the JSON Schema of each message, and of what is in it, by name."""
    kinds = [data for _type, _says, data in _EVENTS.values()]
    _roots, found = msgspec.json.schema_components([*kinds, Command, Answer], ref_template=_REF)
    commands = [
        {"$ref": _REF.format(name=one)} for one in sorted(struct.__name__ for struct in COMMANDS)
    ]
    made = {
        # The data of a security event has the name of the event.
        ("SecurityData" if name == "SecurityEvent" else name): schema
        for name, schema in found.items()
    }
    made["Command"] = {"oneOf": commands, "description": "What is asked of the switch."}
    for name, (kind, says, data) in _EVENTS.items():
        of = "SecurityData" if data is SecurityEvent else data.__name__
        made[name] = _cloud_event(kind, says, of)
    portable: dict[str, Any] = _portable(made)
    return dict(sorted(portable.items()))


def asyncapi(version: str) -> dict[str, Any]:
    """Return the description of the bus.

    Args:
        version: that of this release.
    """
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, (address, schema, is_retained) in _CHANNELS.items():
        channels[name] = _channel(address, schema)
        operations[name] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "bindings": {"mqtt": {"qos": 1, "retain": is_retained}},
        }
    channels["commands"] = _channel(topics.COMMAND, "Command")
    channels["answers"] = _channel(topics.answer("{asker}"), "Answer")
    operations["commands"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/commands"},
        "bindings": {"mqtt": {"qos": 1}},
        "reply": {
            "address": {
                "description": "The MQTT 5 response topic of the command.",
                "location": "$message.header#/responseTopic",
            },
            "channel": {"$ref": "#/channels/answers"},
        },
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "softswitch on the bus",
            "version": version,
            "description": (
                "MQTT 5, QoS 1. What the switch publishes are CloudEvents 1.0 in structured JSON; "
                "unknown fields are to be skipped. Commands are plain JSON."
            ),
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {name: _message(name) for name in (*_EVENTS, "Command", "Answer")},
            "schemas": schemas(),
        },
    }


def _channel(address: str, schema: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "address": address,
        "messages": {schema: {"$ref": f"#/components/messages/{schema}"}},
    }
    words = [part.strip("{}") for part in address.split("/") if part.startswith("{")]
    if words:
        made["parameters"] = {word: {} for word in words}
    return made


def _message(name: str) -> dict[str, Any]:
    is_event = name in _EVENTS
    made: dict[str, Any] = {
        "contentType": codec.CONTENT_TYPE if is_event else "application/json",
        "payload": {"$ref": _REF.format(name=name)},
    }
    if examples := EXAMPLES.get(name):
        made["examples"] = [{"payload": payload} for payload in examples]
    return made


def _cloud_event(kind: str, says: str, data: str) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": says,
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": {"const": kind},
            "subject": text,
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": text,
            "conversationid": text,
            "data": {"$ref": _REF.format(name=data)},
        },
        "required": ["specversion", "id", "source", "type", "data"],
    }


def _portable(schema: Any) -> Any:
    r"""Return a schema with its patterns as JSON Schema has them: there ``\Z`` is unknown."""
    match schema:
        case dict():
            return {
                key: value.replace(r"\Z", "$") if key == "pattern" else _portable(value)
                for key, value in schema.items()
            }
        case list():
            return [_portable(one) for one in schema]
        case _:
            return schema
