"""Settings that are right by themselves and wrong together."""

from __future__ import annotations

from collections.abc import Iterator

from dialplan import Refusal
from switch.config.config import Config
from switch.config.transfer import CALLED_TERRITORY, OWN_TERRITORY
from switch.errors import ConfigError

FILE = "softswitch.toml"
_HIGHEST_PORT = 65535


def find_contradictions(config: Config) -> Iterator[ConfigError]:
    """Yield each contradiction; all keys are in ``softswitch.toml``."""
    workers, media = config.workers, config.media
    if workers.warm > workers.most:
        yield _problem("[workers] warm", workers.warm, f"at most [workers] most, {workers.most}")
    if media.rtp_last_port - media.rtp_first_port + 1 < workers.rtp_ports:
        least = media.rtp_first_port + workers.rtp_ports - 1
        yield _problem(
            "[media] rtp_last_port",
            media.rtp_last_port,
            f"at least {least}: {workers.rtp_ports} ports from rtp_first_port on, "
            f"8 for each of {workers.most} conversations",
        )
    edge = config.edge
    if (edge.ws_certificate is None) != (edge.ws_key is None):
        expected = "a certificate and its key, or neither"
        yield _problem("[edge] ws_key", str(edge.ws_key or ""), expected)
    if edge.ws_port is None and any(rep.webrtc for rep in config.dialplan.reps):
        yield _problem("[edge] ws_port", 0, "a port: some reps have webrtc = true")
    if workers.last_port > _HIGHEST_PORT:
        highest = _HIGHEST_PORT + 1 - workers.most
        yield _problem(
            "[workers] first_port",
            workers.first_port,
            f"at most {highest}: each of {workers.most} workers has a port",
        )
    if config.desk.user_header and not config.desk.proxies:
        expected = "empty, or [desk] proxies must say from whom it is believed"
        yield _problem("[desk] user_header", config.desk.user_header, expected)
    if config.webhook.url and config.webhook.secret_file is None:
        yield _problem("[webhook] secret_file", "", "a file: what is posted is signed")
    yield from _find_shared_ports(config)


def find_unknown_fallbacks(config: Config) -> Iterator[ConfigError]:
    """Yield each place that ``[recall] fallback`` names and where nobody can be called."""
    for place in config.recall.fallback:
        if place in {OWN_TERRITORY, CALLED_TERRITORY}:
            continue
        route = config.dialplan.route_transfer(None, place)
        if isinstance(route, Refusal):
            words = f"{OWN_TERRITORY!r} or {CALLED_TERRITORY!r}"
            expected = f"whom the switch may call, or {words}: {route.why}"
            yield _problem("[recall] fallback", place, expected)


def find_unknown_supervisors(config: Config) -> Iterator[ConfigError]:
    """Yield each supervisor who is no rep."""
    known = [rep.name for rep in config.dialplan.reps]
    for name in config.desk.supervisors:
        if name not in known:
            expected = f"the name of a rep: {', '.join(known)}"
            yield _problem("[desk] supervisors", name, expected)


def _find_shared_ports(config: Config) -> Iterator[ConfigError]:
    """Check that no port is given twice on this machine; what others run has ports of its own.

    The machine tells UDP and TCP apart, people who read a trace do not: they are one here.
    """
    ranges = [
        ("[edge] sip_port", config.edge.sip_port, config.edge.sip_port),
        ("[edge] inner_port", config.edge.inner_port, config.edge.inner_port),
        ("[edge] evapi_port", config.edge.evapi_port, config.edge.evapi_port),
        ("[edge] rpc_port", config.edge.rpc_port, config.edge.rpc_port),
        ("[desk] http_port", config.desk.http_port, config.desk.http_port),
        ("[metrics] port", config.metrics.port, config.metrics.port),
        ("[metrics] desk_port", config.metrics.desk_port, config.metrics.desk_port),
        ("[media] dtmf_port", config.media.dtmf_port, config.media.dtmf_port),
        ("[workers] first_port", config.workers.first_port, config.workers.last_port),
    ]
    if config.edge.ws_port is not None:
        ranges.append(("[edge] ws_port", config.edge.ws_port, config.edge.ws_port))
    if config.media.managed:
        media = config.media
        ranges += [
            ("[media] ng_port", media.ng_port, media.ng_port),
            ("[media] rtp_first_port", media.rtp_first_port, media.rtp_last_port),
        ]
    if config.bus.managed:
        ranges.append(("[bus] port", config.bus.port, config.bus.port))
    for index, (key, first, last) in enumerate(ranges):
        for other, other_first, other_last in ranges[:index]:
            if first <= other_last and other_first <= last:
                taken = f"{other} has {other_first} to {other_last}"
                yield _problem(key, first, f"something else: {taken}")


def _problem(key: str, value: object, expected: str) -> ConfigError:
    return ConfigError(file=FILE, key=key, value=value, expected=expected)
