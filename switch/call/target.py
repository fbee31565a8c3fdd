"""Whom a call or a transfer is for, as the dialplan answered."""

from __future__ import annotations

from typing import Literal

import msgspec


class MediaPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Is what the operator has set for the media of a rep's phones, or of a trunk."""

    codecs: tuple[str, ...] = ()
    """What it may be offered and answered, best first; empty: as everybody (``[call] codecs``)."""
    srtp: Literal["off", "optional", "required"] = "off"
    """Whether it is offered SRTP: no, beside plain RTP, or nothing else. Who offers it has it."""
    webrtc: bool = False
    """Whether its phones are browsers."""
    dtmf: Literal["rfc4733", "inband"] = "rfc4733"
    """How it sends keys: as events if it knows them, or as tones in its audio."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Is the human (or machine) at the far end of a leg, as others are told of it."""

    role: Literal["customer", "rep", "external"]
    rep: str | None = None
    """The rep's name, if it is a rep."""
    number: str | None = None
    """E.164 where it is a telephone number, else the extension or the user part."""
    name: str | None = None
    """The display name that other phones may show."""
    trunk: str | None = None
    """The trunk that the leg came or left by."""
    media: MediaPolicy = MediaPolicy()
    """What its phones, or its trunk, may be told of media; others are not told of it."""


class Target(msgspec.Struct, frozen=True, kw_only=True, tag="target"):
    """Is somebody who can be dialled: the dialplan's answer, in plain words."""

    user: str
    """The user part we dial through the edge, which finds the way: ``saul``, ``+12065550100``."""
    kind: Literal["rep", "territory", "outside"]
    rep: str | None = None
    """The rep's name, if it is a rep."""
    number: str | None = None
    """The extension of a rep, or an outside number in E.164."""
    name: str | None = None
    """The display name, where one is known."""
    trunk: str | None = None
    """The trunk that the call leaves by, if it is an outside number."""
    shown: str | None = None
    """Outside: the number that the target sees, by the trunk's policy; None: none at all."""
    territory: str | None = None
    """The territory's name, if it is one."""
    members: tuple[Party, ...] = ()
    """Who may answer for a territory: its reps, and those it overflows to."""
    ring_s: float | None = None
    """How long it may ring; None: as long as any call or transfer."""
    media: MediaPolicy = MediaPolicy()
    """What may be offered to it; a territory is offered what everybody is."""

    def answered_by(self, rep: str | None) -> Party | None:
        """Return the member of that name; None if nobody is named or it is no member."""
        return next((member for member in self.members if member.rep == rep), None)


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """Is the dialplan's no, with the status that tells the truth about it."""

    user: str
    """What was asked for."""
    sip_status: int
    why: str
    """For the log: a sentence for the person who reads it."""
