"""The errors of the switch.

    SwitchError
    ├── ConfigError           a file of config/ says something the switch cannot follow
    │   └── ConfigErrors      all that is wrong in all the files
    ├── SipParseError         what was received is no SIP (switch/sip/errors.py)
    ├── PortUnavailable       a port that the switch needs cannot be listened on
    │   └── PortTaken         because someone else listens there
    ├── MissingProgram        a program that the switch runs is not installed
    ├── ChildFailed           a program that the switch runs ended by itself
    └── ChildNotReady         a program that the switch runs did not become ready

What only one package can say is in that package, and derives from ``SwitchError`` too.
Each error keeps its facts in fields; ``__str__`` makes the sentence.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Literal

Transport = Literal["udp", "tcp"]


class SwitchError(Exception):
    """Is the root of every error that the switch raises."""


class ConfigError(SwitchError):
    """Is one thing in one file of the configuration that the switch refuses."""

    def __init__(self, *, file: str, key: str, value: object, expected: str) -> None:
        """Keep which file and key it is, what stands there (None: nothing), what would be right."""
        super().__init__(file, key, value, expected)
        self.file = file
        self.key = key
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Say what is wrong and what would be right, in one line."""
        value = "" if self.value is None else f" = {self.value!r}"
        return f"{self.file}: {self.key}{value}: {self.expected}"


class ConfigErrors(ConfigError):
    """Is all that is wrong with a configuration; its own fields are those of the first problem."""

    def __init__(self, problems: Sequence[ConfigError]) -> None:
        """Keep all problems, of which there is at least one."""
        first = problems[0]
        super().__init__(file=first.file, key=first.key, value=first.value, expected=first.expected)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """Say each problem on a line of its own."""
        return "\n".join(str(problem) for problem in self.problems)


class PortUnavailable(SwitchError):
    """Is a port that the switch needs and cannot listen on, whatever the reason."""

    def __init__(
        self, *, port: int, transport: Transport, address: str, setting: str, reason: str
    ) -> None:
        """Keep the port, the setting that asks for it (``[edge] sip_port``) and the reason."""
        super().__init__(port, transport, address, setting, reason)
        self.port = port
        self.transport = transport
        self.address = address
        self.setting = setting
        self.reason = reason

    def __str__(self) -> str:
        """Name the port, who needs it and why it cannot be had."""
        return f"{self._port()} cannot be listened on: {self.reason}"

    def _port(self) -> str:
        return f"{self.transport.upper()} port {self.port} of {self.address} ({self.setting})"


class PortTaken(PortUnavailable):
    """Is a port that the switch needs and on which someone else listens."""

    def __init__(
        self, *, port: int, transport: Transport, address: str, setting: str, holder: str | None
    ) -> None:
        """Keep the port and its holder, ``kamailio (pid 812)``; None: it could not be found out."""
        super().__init__(
            port=port, transport=transport, address=address, setting=setting, reason="taken"
        )
        self.holder = holder

    def __str__(self) -> str:
        """Name the port and who holds it, and say what helps."""
        holder = self.holder or "someone else's program (root can see which)"
        return f"{self._port()} is taken by {holder}: stop that, or set another port"


class MissingProgram(SwitchError):
    """Is a program that the switch runs and that is not installed."""

    def __init__(self, *, program: str, package: str) -> None:
        """Keep the program and the Debian package that brings it."""
        super().__init__(program, package)
        self.program = program
        self.package = package

    def __str__(self) -> str:
        """Name the program and what installs it."""
        return (
            f"the program {self.program} is missing: "
            f"apt-get install --no-install-recommends {self.package}"
        )


class ChildFailed(SwitchError):
    """Is a program that the switch runs and that ended without being asked to."""

    def __init__(self, *, name: str, exit_status: int, log_tail: str) -> None:
        """Keep who ended and how; a status below zero is the signal that ended it.

        The tail is the last lines that it wrote; empty if it wrote none.
        """
        super().__init__(name, exit_status, log_tail)
        self.name = name
        self.exit_status = exit_status
        self.log_tail = log_tail

    def __str__(self) -> str:
        """Say who ended, how, and the last that was heard of it."""
        return f"{self.name} ended {_how(self.exit_status)}{_said(self.log_tail)}"


class ChildNotReady(SwitchError):
    """Is a program that the switch runs, that lives, and that does not answer in time."""

    def __init__(self, *, name: str, waited_s: float, log_tail: str) -> None:
        """Keep who was waited for, and how long; the tail is the last lines that it wrote."""
        super().__init__(name, waited_s, log_tail)
        self.name = name
        self.waited_s = waited_s
        self.log_tail = log_tail

    def __str__(self) -> str:
        """Say who was waited for, how long, and the last that was heard of it."""
        return f"{self.name} was not ready after {self.waited_s:g} s{_said(self.log_tail)}"


def _how(exit_status: int) -> str:
    if exit_status >= 0:
        return f"with exit status {exit_status}"
    try:
        return f"by {signal.Signals(-exit_status).name}"
    except ValueError:
        return f"by signal {-exit_status}"


def _said(log_tail: str) -> str:
    if not log_tail.strip():
        return ", saying nothing"
    lines = "".join(f"\n    {line}" for line in log_tail.strip().splitlines())
    return f"; its last lines:{lines}"
