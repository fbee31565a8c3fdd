"""What the switch is told: five TOML files, read once, frozen.

Example::

    config = load(Path("config"))
    config.edge.sip_port
    config.dialplan.route_call(RepSource(name="alice"), "102")
"""

from switch.config.config import Config
from switch.config.desk import ContactSettings, DeskSettings, WebhookSettings
from switch.config.embedded import Ports, embedded
from switch.config.load import load
from switch.config.metrics import MetricsSettings
from switch.config.settings import (
    BusSettings,
    CallSettings,
    EdgeSettings,
    LogSettings,
    MediaSettings,
    PresenceSettings,
    RecordingSettings,
    SwitchSettings,
    WorkerSettings,
)
from switch.config.transfer import RecallSettings, ResponseTimes, TransferSettings
from switch.config.write import write

__all__ = [
    "BusSettings",
    "CallSettings",
    "Config",
    "ContactSettings",
    "DeskSettings",
    "EdgeSettings",
    "LogSettings",
    "MediaSettings",
    "MetricsSettings",
    "Ports",
    "PresenceSettings",
    "RecallSettings",
    "RecordingSettings",
    "ResponseTimes",
    "SwitchSettings",
    "TransferSettings",
    "WebhookSettings",
    "WorkerSettings",
    "embedded",
    "load",
    "write",
]
