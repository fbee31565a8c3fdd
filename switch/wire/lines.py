"""Cuts what comes in over a connection into its lines, one message each."""

from __future__ import annotations

from switch.wire.worker import LINE_LIMIT_BYTES


class Lines:
    """Keeps what has begun and is not whole."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._begun = b""
        self._skips = False

    def cut(self, data: bytes) -> list[bytes | None]:
        """Return the lines that are whole now, without their ends.

        None stands for one that is too long: it is passed over, to its end.
        """
        *whole, self._begun = (self._begun + data).split(b"\n")
        lines: list[bytes | None] = [*whole]
        if self._skips and lines:
            del lines[0]
            self._skips = False
        if self._skips:
            self._begun = b""
        elif len(self._begun) > LINE_LIMIT_BYTES:
            self._begun, self._skips = b"", True
            lines.append(None)
        return lines
