"""A leg, as its records and its dialog tell of it."""

from __future__ import annotations

import msgspec

from switch.records.leg import LegRecord
from switch.sip.dialog import SipDialog

RECORD = LegRecord(
    leg_id="c1-1",
    revision=1,
    conversation_id="c1",
    direction="inbound",
    role="customer",
    why="call",
    side="caller",
    state="answered",
    offered_at="2026-11-22T12:45:00.000Z",
    answered_at="2026-11-22T12:45:01.000Z",
)
LATER = msgspec.structs.replace(RECORD, revision=2)
ENDED = msgspec.structs.replace(
    RECORD, revision=3, state="ended", ended_at="2026-11-22T12:46:01.000Z"
)
DIALOG = SipDialog(
    call_id="a@b",
    side="uas",
    local_tag="t1",
    remote_tag="t2",
    local="<sip:101@switch.test>",
    remote="<sip:+12065550100@switch.test>",
    remote_target="sip:kim@192.0.2.9",
)
