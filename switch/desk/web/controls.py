"""What the buttons of a live call do, and those of the rep himself: away, back, call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from litestar import post

from switch.call.recording import Wish
from switch.desk.web import actions
from switch.desk.web.errors import Refused
from switch.desk.web.given import TheDesk, TheVisitor, TheWindows
from switch.desk.web.html import Html
from switch.desk.web.looks import phone
from switch.desk.web.pages import Form, actor_of
from switch.desk.web.windows import Windows
from switch.records.commands import Switched

_T = TypeVar("_T", bound=str)

_HELD: Final[Mapping[Switched, str]] = {
    "on": "On hold: the other one hears music.",
    "off": "You hear each other again.",
}
_MUTED: Final[Mapping[Switched, str]] = {
    "on": "You are muted: nobody hears you.",
    "off": "You are heard again.",
}
_RECORDED: Final[Mapping[Wish, str]] = {
    "on": "This call is being recorded.",
    "off": "This call is not recorded any more.",
    "pause": "Recording is paused.",
    "resume": "Recording goes on.",
}
_AWAY: Final[Mapping[Switched, str]] = {
    "on": "You are away: no territory rings you.",
    "off": "You are back.",
}


@post("/hangup", include_in_schema=False, status_code=200)
async def hang_up(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Hang up, or decline what rings."""
    await actions.hang_up(desk, actor_of(visitor), data.get("conversation", ""))
    return _said(windows, "Hung up.")


@post("/hold", include_in_schema=False, status_code=200)
async def hold(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Let the other party hear music, or the rep again."""
    action = _chosen(data, _HELD)
    await actions.hold(desk, actor_of(visitor), data.get("conversation", ""), action)
    return _said(windows, _HELD[action])


@post("/mute", include_in_schema=False, status_code=200)
async def mute(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Let nobody hear the rep, or everybody again."""
    action = _chosen(data, _MUTED)
    await actions.mute(desk, actor_of(visitor), data.get("conversation", ""), action)
    return _said(windows, _MUTED[action])


@post("/record", include_in_schema=False, status_code=200)
async def record(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Have the call recorded, or not."""
    action = _chosen(data, _RECORDED)
    await actions.record(desk, actor_of(visitor), data.get("conversation", ""), action)
    return _said(windows, _RECORDED[action])


@post("/call", include_in_schema=False, status_code=200)
async def call(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Ring the rep's phone, and then whoever he wants to talk to."""
    target = data.get("target", "").strip()
    await actions.call(desk, visitor.rep, target)
    name = desk.names.get(target) or phone(target, desk.config.switch.country)
    return _said(windows, f"Your phone rings first; then {name} is called.")


@post("/presence", include_in_schema=False, status_code=200)
async def presence(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Let the rep be away, or back."""
    action = _chosen(data, _AWAY)
    await actions.set_away(desk, visitor.rep, away=action == "on")
    return _said(windows, _AWAY[action])


def _chosen(data: Mapping[str, str], words: Mapping[_T, str]) -> _T:
    """Return which of several things a button has asked for.

    Raises:
        Refused: none of them.
    """
    for one in words:
        if one == data.get("action"):
            return one
    raise Refused(422, f"action: one of {', '.join(words)}")


def _said(windows: Windows, text: str) -> Html:
    return Html(windows.looks.render("said.html", text=text, bad=False))


CONTROLS: Final = (hang_up, hold, mute, record, call, presence)
