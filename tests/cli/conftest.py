from __future__ import annotations

from pathlib import Path

import pytest

from switch.config import Config
from tests.cli.typing_at import Terminal, a_config, write_config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = a_config(tmp_path)
    write_config(config, tmp_path)
    return config


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capsys)
