"""Publishes again what is kept, straight from the file, whether the node runs or not."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiomqtt

from switch.node import keeping
from switch.node.bus import MOST_IN_FLIGHT, Broker, Client, make_client, of_type
from switch.node.entries import Outgoing
from switch.node.errors import NotPublished
from switch.node.ledger import Ledger
from switch.node.refusals import of_code, too_large
from switch.records import codec

_ROWS_AT_ONCE: Final = 500
_CONTENT_TYPE: Final = of_type(codec.CONTENT_TYPE)


@dataclass(slots=True, kw_only=True)
class Replayed:
    """Is what was published again."""

    records: int = 0
    conversations: int = 0
    left_out: int = 0
    """Those that this broker does not take either, of those that were set aside."""


async def replay(
    ledger: Ledger,
    broker: Broker,
    *,
    from_seq: int,
    conversation_id: str | None,
    told: Callable[[int], None],
) -> Replayed:
    """Publish messages again that are sent, or were set aside, in their order.

    Args:
        ledger: where they are.
        broker: where they go.
        from_seq: the number of the first.
        conversation_id: only those of this one; None: all.
        told: is told the number of the last one now and then.

    Raises:
        NotPublished: the broker is away, or refuses one.
        LedgerUnavailable: the file cannot be read.
    """
    done, seen = Replayed(), set()
    try:
        async with make_client(broker, f"softswitch-replay-{secrets.token_hex(4)}") as client:
            after = from_seq - 1
            while rows := keeping.sent_rows(ledger, after_seq=after, limit=_ROWS_AT_ONCE):
                after = rows[-1].seq
                wanted = [
                    (row, one)
                    for row in rows
                    if (one := keeping.conversation_of(row.topic)) == conversation_id
                    or conversation_id is None
                ]
                for start in range(0, len(wanted), MOST_IN_FLIGHT):
                    some = wanted[start : start + MOST_IN_FLIGHT]
                    await _publish(client, [row for row, _one in some], done)
                    seen |= {one for _row, one in some if one is not None}
                    done.conversations = len(seen)
                told(after)
    except aiomqtt.MqttError as error:
        raise NotPublished(
            host=broker.host, port=broker.port, problem=str(error), published=done.records
        ) from None
    return done


async def _publish(client: Client, rows: list[Outgoing], done: Replayed) -> None:
    fitting = [row for row in rows if not too_large(row, client.most_bytes)]
    fates = client.publish_all([(row.topic, row.payload) for row in fitting], _CONTENT_TYPE)
    await fates.until_known()
    for code in fates.codes:
        refusal = None if code is None else of_code(code)
        if refusal is not None and not refusal.is_final:
            raise aiomqtt.MqttError(refusal.why)
        done.records += refusal is None
        done.left_out += refusal is not None
    done.left_out += len(rows) - len(fitting)
