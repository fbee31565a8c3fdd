"""Keys that a phone sends by SIP INFO; the edge has put them into this form."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.stack.partner import A_MOMENT_S
from tests.contract.stack.test_in_dialog import Talk, talk

pytestmark = pytest.mark.contract

__all__ = ["talk"]


def press(talk: Talk, key: str) -> None:
    talk.phone.within(
        talk.dialog,
        "INFO",
        extra=[("Content-Type", "application/dtmf-relay")],
        body=f"Signal={key}\r\nDuration=160\r\n",
    )


@pytest.mark.parametrize(("key", "digit"), [("5", "5"), ("#", "#"), ("*", "*"), ("a", "A")])
async def test_a_key_is_reported_and_its_info_answered(talk: Talk, key: str, digit: str) -> None:
    press(talk, key)

    assert (await talk.phone.final("INFO")).status == 200
    fact = await talk.stack.fact("KeyPressed")
    assert (fact["leg_id"], fact["digit"], fact["way"]) == ("callee", digit, "info")


async def test_keys_come_in_their_order(talk: Talk) -> None:
    for key in "1052#":
        press(talk, key)

    pressed = [(await talk.stack.fact("KeyPressed"))["digit"] for _ in "1052#"]
    assert "".join(pressed) == "1052#"


async def test_a_retransmitted_info_is_one_press(talk: Talk) -> None:
    press(talk, "7")
    await talk.phone.final("INFO")
    talk.phone.send(talk.phone.last_sent)
    await talk.phone.final("INFO")

    await talk.stack.fact("KeyPressed")
    await asyncio.sleep(A_MOMENT_S)
    assert talk.stack.facts == []


async def test_a_flash_is_no_key(talk: Talk) -> None:
    press(talk, "!")

    await talk.phone.final("INFO")
    await asyncio.sleep(A_MOMENT_S)
    assert talk.stack.facts == []
    assert await talk.stack.do("is_up", "callee")
