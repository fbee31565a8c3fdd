"""What the edge must be told, checked so that nothing of it can break the configuration."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from switch.errors import SwitchError

# Also what may stand in an event to the node without JSON escapes.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_HOST = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_HOST_LONGEST = 253
_HA1 = re.compile(r"[0-9a-f]{32}")


class EdgeSettingRefused(SwitchError):
    """Is a value that the edge cannot be configured with."""

    def __init__(self, *, setting: str, value: object, expected: str) -> None:
        """Keep which setting it is, its value, and what would be right."""
        super().__init__(setting, value, expected)
        self.setting = setting
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Say what is wrong and what would be right."""
        return f"edge setting {self.setting} = {self.value!r}: {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTrunk:
    """Is a provider's switch, known by its address.

    Raises:
        EdgeSettingRefused: name, address or port is not of the form it must have.
    """

    name: str
    """What the node is told; letters, digits and ``. _ + -``."""
    address: str
    """IPv4 address that its requests come from."""
    port: int | None
    """UDP port they come from; None: any port of that address."""

    def __post_init__(self) -> None:
        """Check each value."""
        check_name("trunk.name", self.name)
        _check_address("trunk.address", self.address)
        if self.port is not None:
            _check_port("trunk.port", self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRegistration:
    """Is an account of ours at a provider that wants to be registered with.

    Raises:
        EdgeSettingRefused: a value is not of the form it must have.
    """

    trunk: str
    """Whose account this is."""
    user: str
    """What the provider's calls for us shall have as user of their Request-URI."""
    domain: str
    """The provider's domain, in From, To and Request-URI of the REGISTER."""
    address: str
    """IPv4 address of its registrar."""
    port: int
    """UDP port of its registrar."""
    auth_user: str
    """User name of the digest."""
    realm: str
    """Realm of the digest."""
    ha1: str = field(repr=False)
    """What stands for the password: ``credentials.ha1``."""
    expires_s: int = 300
    """How long a registration shall hold; it is renewed before that."""

    def __post_init__(self) -> None:
        """Check each value."""
        check_name("registration.trunk", self.trunk)
        check_name("registration.user", self.user.removeprefix("+"))
        _check_host("registration.domain", self.domain)
        _check_address("registration.address", self.address)
        _check_port("registration.port", self.port)
        check_name("registration.auth_user", self.auth_user.removeprefix("+"))
        if not self.realm.isprintable() or '"' in self.realm or not self.realm:
            raise EdgeSettingRefused(
                setting="registration.realm", value=self.realm, expected="a text without quotes"
            )
        if not _HA1.fullmatch(self.ha1):
            raise EdgeSettingRefused(
                setting="registration.ha1", value="(secret)", expected="32 hexadecimal digits"
            )
        _check_range("registration.expires_s", self.expires_s, 60, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """Is all that the edge's configuration is rendered from.

    Raises:
        EdgeSettingRefused: a value is not of the form it must have.
    """

    domain: str
    """SIP domain; also the realm of the digests."""
    address: str
    """IPv4 address that phones and trunks reach us at."""
    sip_port: int
    """Port of that address, UDP and TCP."""
    public_address: str | None = None
    """IPv4 address that they are told of in its place, if a router translates it."""
    inner_port: int
    """UDP port of 127.0.0.1 for the workers."""
    evapi_port: int
    """TCP port of 127.0.0.1 for the node."""
    rpc_port: int
    """TCP port of 127.0.0.1 for JSON-RPC over HTTP."""
    worker_first_port: int
    """First UDP port of 127.0.0.1 that a worker may have."""
    worker_last_port: int
    """Last UDP port of 127.0.0.1 that a worker may have."""
    run_dir: Path
    """Folder, ours alone, for what Kamailio keeps while it runs."""
    credentials: Path
    """SQLite file made by ``credentials.create``."""
    locations: Path
    """SQLite file for the registrations, made by ``credentials.create_locations``."""
    trunks: tuple[EdgeTrunk, ...] = ()
    """Whom calls are taken from without a digest; the first that fits is the one."""
    has_account: bool = False
    """Whether we can prove to any of them who we are, if it asks."""
    registrations: Path | None = None
    """SQLite file made by ``registrations.write``, if we register with a provider."""
    registration_round_s: int = 5
    """How often it is looked which registration is due; also how soon after the start."""
    own_hosts: tuple[str, ...] = ()
    """Further domains and addresses that are ours in a Request-URI, From or To."""
    ws_port: int | None = None
    """TCP port where browsers register by WebSocket; None: nowhere. Without a certificate it is one
    of 127.0.0.1, for a proxy on this machine that has one."""
    certificate: Path | None = None
    """PEM file of the WebSocket's certificate and its chain."""
    certificate_key: Path | None = None
    """PEM file of its key."""
    workers: int = 1
    """Kamailio processes for the outer UDP socket, and as many for TCP."""
    memory_mb: int = 512
    """Shared memory; at 128 MB, 250 calls a second failed for want of it."""
    node_timeout_s: float = 3.0
    """How long the node may take for a plan; then 503."""
    worker_timeout_s: float = 2.0
    """How long a worker may take for its first reply; then 503."""
    silent_timeout_s: float = 2.5
    """How long a phone may take for its first reply; then 408."""
    bye_timeout_s: float = 32.0
    """How long a worker, or who stands in for it, may take to answer a BYE; then 408. So long it
    is repeated (RFC 3261 §17.1.2.2, timer F): both may be being started again."""
    trunk_timeout_s: float = 2.0
    """How long a trunk may take for its first reply; then the next one is tried."""
    probe_s: int = 5
    """How often a trunk that is left out is asked by OPTIONS whether it is back."""
    ring_timeout_s: float = 180.0
    """How long anything may ring; the worker's own timer is far shorter."""
    hunt_timeout_s: float = 1800.0
    """How long all steps of a hunt may take together; the node ends it far sooner."""
    min_expires_s: int = 2
    """Shortest registration; shorter ones are lengthened to it."""
    message_bytes: int = 16384
    """Longest SIP message; longer ones get 513."""

    @property
    def told_address(self) -> str:
        """The address that phones and trunks are told."""
        return self.public_address or self.address

    def __post_init__(self) -> None:
        """Check each value."""
        _check_host("domain", self.domain)
        _check_address("address", self.address)
        if self.public_address is not None:
            _check_address("public_address", self.public_address)
        for host in self.own_hosts:
            _check_host("own_hosts", host)
        for setting in ("sip_port", "inner_port", "evapi_port", "rpc_port"):
            _check_port(setting, getattr(self, setting))
        _check_port("worker_first_port", self.worker_first_port)
        _check_port("worker_last_port", self.worker_last_port)
        if self.worker_last_port < self.worker_first_port:
            raise EdgeSettingRefused(
                setting="worker_last_port",
                value=self.worker_last_port,
                expected=f"at least worker_first_port, {self.worker_first_port}",
            )
        for setting in ("run_dir", "credentials", "locations"):
            _check_path(setting, getattr(self, setting))
        if self.registrations is not None:
            _check_path("registrations", self.registrations)
        if self.ws_port is not None:
            _check_port("ws_port", self.ws_port)
        for setting in ("certificate", "certificate_key"):
            if getattr(self, setting) is not None:
                _check_path(setting, getattr(self, setting))
        if (self.certificate is None) != (self.certificate_key is None):
            raise EdgeSettingRefused(
                setting="certificate_key",
                value=self.certificate_key,
                expected="a key with a certificate",
            )
        _check_range("registration_round_s", self.registration_round_s, 1, 60)
        _check_range("workers", self.workers, 1, 64)
        _check_range("memory_mb", self.memory_mb, 32, 65536)
        _check_range("probe_s", self.probe_s, 1, 3600)
        _check_range("min_expires_s", self.min_expires_s, 1, 3600)
        # Above, the event with the message in base64 outgrows Kamailio's buffers.
        _check_range("message_bytes", self.message_bytes, 1024, 40960)
        for setting in (
            "node_timeout_s",
            "worker_timeout_s",
            "silent_timeout_s",
            "bye_timeout_s",
            "trunk_timeout_s",
            "ring_timeout_s",
            "hunt_timeout_s",
        ):
            _check_range(setting, getattr(self, setting), 0.1, 3600)


def check_name(setting: str, value: str) -> None:
    """Refuse a name that could not stand in a SIP user part, a JSON string and a file as it is.

    Raises:
        EdgeSettingRefused: it has other characters, is empty or is too long.
    """
    if not _NAME.fullmatch(value):
        raise EdgeSettingRefused(
            setting=setting, value=value, expected="1 to 64 letters, digits or . _ + -"
        )


def _check_host(setting: str, value: str) -> None:
    if len(value) > _HOST_LONGEST or not _HOST.fullmatch(value):
        raise EdgeSettingRefused(
            setting=setting, value=value, expected="a domain name or an IPv4 address"
        )


def _check_address(setting: str, value: str) -> None:
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        address = ipaddress.IPv4Address(0)
    # The unspecified address would stand in Record-Route, where nobody can send to.
    if address.is_unspecified or address.is_multicast:
        raise EdgeSettingRefused(
            setting=setting, value=value, expected="one IPv4 address, such as 127.0.0.1"
        )


def _check_port(setting: str, value: int) -> None:
    _check_range(setting, value, 1, 65535)


def _check_range(setting: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not least <= value <= most:
        raise EdgeSettingRefused(setting=setting, value=value, expected=f"{least:g} to {most:g}")


def _check_path(setting: str, value: Path) -> None:
    text = str(value)
    if not value.is_absolute() or not text.isprintable():
        raise EdgeSettingRefused(
            setting=setting, value=text, expected="an absolute path without control characters"
        )
