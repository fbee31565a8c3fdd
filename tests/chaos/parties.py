"""The SIPps of a storm: many customers in one, and a phone for all reps of a kind in each other."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from switch.demo.party import Part, Party
from switch.demo.ports import take_port
from switch.demo.registrar import Registrar, RegistrationError
from switch.demo.scenario import PartyPlan, root
from switch.demo.stage import REP_ADDRESS
from switch.demo.standing import StandingSwitch
from tests.chaos.plan import LANES, CallPlan, in_lane
from tests.chaos.seen import SeenCall, read

PHONES: Final = {"transfer": "alice", "answer": "saul", "decline": "bob"}
"""What a phone does, and whose it is in every lane."""

_CALLS: Final = "calls.csv"
_EXPIRES_S: Final = 3000  # the edge allows 3600
_AGAIN_AFTER_S: Final = 1500.0
_TRY_AGAIN_AFTER_S: Final = 1.0
_KEPT_BYTES: Final = 50_000_000
_KEPT_FILES: Final = 4
_MOST_CALLS: Final = 24
"""So many customers at once; more wait their turn. Who has hung up counts for 4 s more."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Parties:
    """Is everybody who has a phone."""

    switch: StandingSwitch
    plans: Sequence[CallPlan]
    folder: Path
    rate_per_s: float
    _running: dict[str, asyncio.subprocess.Process] = dataclasses.field(default_factory=dict)
    _registrar: Registrar | None = None
    _registering: asyncio.Task[None] | None = None

    @property
    def reps(self) -> list[str]:
        """The reps who play."""
        return [in_lane(rep, lane) for rep in PHONES.values() for lane in range(LANES)]

    def seen(self) -> list[SeenCall]:
        """Return what the customers saw, and when phones answered them."""
        calls = self._read("customers")
        answers_s: dict[str, list[float]] = defaultdict(list)
        for xml in PHONES:
            for call in self._read(xml):
                if call.picked_up_s is not None:
                    answers_s[call.number].append(call.picked_up_s)
        return [dataclasses.replace(one, phones_s=answers_s[one.number]) for one in calls]

    def _read(self, xml: str) -> list[SeenCall]:
        log, trace = (self.folder / f"{xml}.{kind}" for kind in ("calls", "short"))
        if not (log.exists() and trace.exists()):  # It was stopped before it had begun.
            return []
        with log.open() as lines, trace.open(errors="replace") as messages:
            return read(lines, messages)

    async def start(self) -> None:
        """Register the phones, and start them.

        Raises:
            RegistrationError: one could not register.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [plan.line(self.switch.did(in_lane("alice", plan.lane))) for plan in self.plans]
        await asyncio.to_thread(
            (self.folder / _CALLS).write_text, "\n".join(["SEQUENTIAL", *lines, ""])
        )
        phones = {xml: self._phone(xml) for xml in PHONES}
        plans = [
            PartyPlan(name=xml, phone_of=[in_lane(rep, lane) for lane in range(LANES)])
            for xml, rep in PHONES.items()
        ]
        self._registrar = Registrar(plans, phones, self.switch.password, self.folder)
        await self._registrar.tell_all(expires_s=_EXPIRES_S)
        self._registering = asyncio.create_task(self._stay_registered(self._registrar))
        for xml, phone in phones.items():
            await self._start(xml, REP_ADDRESS, phone.port, "-infindex", _CALLS, "0")

    async def ring(self) -> None:
        """Let the customers begin."""
        address, port = self.switch.trunk("pstn")
        rate = ("-r", str(round(1000 * self.rate_per_s)), "-rp", "1000000")
        calls = ("-m", str(len(self.plans)), "-l", str(_MOST_CALLS))
        await self._start("customers", address, port, *rate, *calls)

    async def hush(self, within_s: float) -> bool:
        """Let no more customers ring, and wait for the end of their calls; return if it came."""
        customers = self._running["customers"]
        if customers.returncode is None:
            os.kill(customers.pid, signal.SIGUSR1)
        try:
            await asyncio.wait_for(customers.wait(), within_s)
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End all of them, whatever they are at."""
        if self._registering is not None:
            self._registering.cancel()
        for sipp in self._running.values():
            if sipp.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(sipp.pid, signal.SIGKILL)
            await sipp.wait()

    def _phone(self, xml: str) -> Party:
        """Return who stands for a phone where it is registered; nobody starts him."""
        return Party(
            Part(
                name=xml,
                xml=_xml(xml),
                address=REP_ADDRESS,
                switch=(self.switch.address, self.switch.port),
                keys={"domain": self.switch.domain},
            ),
            folder=self.folder,
        )

    async def _stay_registered(self, registrar: Registrar) -> None:
        while True:
            await asyncio.sleep(_AGAIN_AFTER_S)
            while True:
                try:
                    await registrar.tell_all(expires_s=_EXPIRES_S)
                    break
                except RegistrationError:  # The edge was killed meanwhile.
                    await asyncio.sleep(_TRY_AGAIN_AFTER_S)

    async def _start(self, xml: str, address: str, port: int, *more: str) -> None:
        command = ["sipp", f"{self.switch.address}:{self.switch.port}", "-sf", str(_xml(xml))]
        command += ["-i", address, "-bind_local", "-p", str(port), "-nostdin", "-t", "u1"]
        command += ["-ci", address, "-cp", str(take_port(address)), "-inf", _CALLS]
        command += ["-key", "rtp_port", str(take_port(address)), "-key", "domain"]
        command += [self.switch.domain, *more]
        # What an XML does not expect is passed over; NOTIFYs and their like are answered.
        command += ["-default_behaviors", "none", "-aa"]
        command += ["-trace_logs", "-log_file", f"{xml}.calls"]
        command += ["-trace_shortmsg", "-shortmessage_file", f"{xml}.short"]
        command += ["-trace_err", "-error_file", f"{xml}.errors"]
        command += ["-trace_msg", "-message_file", f"{xml}.messages"]
        if xml != "customers":  # Of those every line is read.
            command += ["-ringbuffer_files", str(_KEPT_FILES), "-ringbuffer_size"]
            command += [str(_KEPT_BYTES)]
        # setpriv: whatever kills us, SIPp does not outlive us.
        self._running[xml] = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", *command),
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C reaches us alone: they end their calls.
            start_new_session=True,
        )


def _xml(name: str) -> Path:
    return root() / "chaos" / f"{name}.xml"
