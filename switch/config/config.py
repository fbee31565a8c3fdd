"""The whole configuration, as every part of the switch gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dialplan import Dialplan, Toll
from switch.config.desk import ContactSettings, DeskSettings, WebhookSettings
from switch.config.metrics import MetricsSettings
from switch.config.settings import (
    BusSettings,
    CallSettings,
    EdgeSettings,
    LogSettings,
    MediaSettings,
    OutboxSettings,
    PresenceSettings,
    RecordingSettings,
    SwitchSettings,
    WorkerSettings,
)
from switch.config.transfer import RecallSettings, TransferSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Is all that the files of a config folder say; never changes while the switch runs."""

    switch: SwitchSettings = field(default_factory=SwitchSettings)
    """What the whole switch goes by."""
    edge: EdgeSettings = field(default_factory=EdgeSettings)
    """Kamailio."""
    media: MediaSettings = field(default_factory=MediaSettings)
    """rtpengine."""
    bus: BusSettings = field(default_factory=BusSettings)
    """The MQTT broker."""
    outbox: OutboxSettings = field(default_factory=OutboxSettings)
    """Records on disk, until the bus has them and for a while after."""
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    """The workers."""
    call: CallSettings = field(default_factory=CallSettings)
    """How a call is set up."""
    transfer: TransferSettings = field(default_factory=TransferSettings)
    """How a blind transfer goes."""
    recall: RecallSettings = field(default_factory=RecallSettings)
    """How a transferor is called back whose target failed."""
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    """Who is available."""
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    """Recorded conversations."""
    desk: DeskSettings = field(default_factory=DeskSettings)
    """Where threads are stored, and the pages that show them."""
    contacts: ContactSettings = field(default_factory=ContactSettings)
    """Who has which number."""
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    """Who is told of conversations that ended."""
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    """The node's numbers, for Prometheus."""
    logs: LogSettings = field(default_factory=LogSettings)
    """What the switch says of itself."""
    dialplan: Dialplan = field(default_factory=Dialplan)
    """Reps, territories, numbers, trunks and toll policy, and who rings for what."""

    @property
    def toll(self) -> Toll:
        """Is ``[toll]``: what everybody may call outside; the dialplan keeps it."""
        return self.dialplan.toll

    @property
    def run_dir(self) -> Path:
        """Folder for what exists only while the switch runs."""
        return self.switch.data_dir / "run"

    @property
    def credentials_path(self) -> Path:
        """SQLite file with the reps' digest secrets (HA1)."""
        return self.switch.data_dir / "credentials.sqlite"

    @property
    def desk_path(self) -> Path:
        """SQLite file with who may use the desk: passwords (argon2), tokens (digests)."""
        return self.switch.data_dir / "desk.sqlite"

    @property
    def ledger_path(self) -> Path:
        """SQLite file of what the node must not forget: outbox, and calls that are up."""
        return self.switch.data_dir / "node.sqlite"

    @property
    def spool_dir(self) -> Path:
        """Folder of what is being recorded: rtpengine and workers write there."""
        return self.switch.data_dir / "spool"

    @property
    def recordings_dir(self) -> Path:
        """Folder of recordings, if they are kept in one."""
        return self.recording.dir or self.switch.data_dir / "recordings"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the threads; may hold a password."""
        path = self.switch.data_dir / "threads.sqlite"
        return self.desk.store or f"sqlite+aiosqlite:///{path}"
