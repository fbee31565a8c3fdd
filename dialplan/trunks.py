"""Trunks: the lines to the telephone network."""

from __future__ import annotations

from dataclasses import dataclass

_DEFAULT_PORT = 5060


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """Is a line to a provider, known by its IP address."""

    name: str
    """What logs and leg records call it."""
    address: str
    """IPv4 address of the provider."""
    port: int | None = None
    """UDP port of the provider; ``None`` = any for what comes in, 5060 for what goes out."""

    @property
    def host_port(self) -> str:
        """Where calls are sent to, as it stands in a URI."""
        return f"{self.address}:{self.port or _DEFAULT_PORT}"

    @property
    def uri(self) -> str:
        """Where calls are sent to."""
        return f"sip:{self.host_port}"

    def request_uri(self, number: str) -> str:
        """Return the Request-URI of a call to an outside number."""
        return f"sip:{number}@{self.host_port}"
