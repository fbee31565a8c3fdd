"""Entries to test the ledger with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from switch.node.entries import CallKept, LegKept, ToPublish
from switch.node.ledger import Ledger
from switch.records import codec, topics
from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog
from tests.records.samples import at, customer

DIALOG = SipDialog(
    call_id="a84b4c76e66710@pc33",
    side="uas",
    local_tag="a6c85cf",
    remote_tag="1928301774",
    local="<sip:+14805550100@switch.test>",
    remote="Jane <sip:+14805550123@pstn.test>",
    remote_target="sip:127.0.0.1:5080",
    is_confirmed=True,
)
CALL = CallKept("conversation-1", "worker-1", 20000, 4711, b'{"dialled":"+14805550100"}')


def published(record: LegRecord) -> ToPublish:
    """Return the entry that publishes a record."""
    topic = topics.leg(record.conversation_id, record.leg_id)
    return ToPublish(topic, codec.encode(record, node="node1", at=at(0)))


def revisions(ledger: Ledger) -> list[int]:
    """Return the revisions of all records that are to be published, in order."""
    rows = ledger.unsent(0, 1_000_000)
    return [codec.decode(row.payload).revision for row in rows]


def path_in(folder: Path) -> Path:
    """Return where a test's ledger is."""
    return folder / "node.sqlite"


def talking(**changes: Any) -> LegKept:
    """Return the entry that keeps the customer's leg."""
    return LegKept(customer(state="answered", **changes))
