"""``[recording]``: where recordings go and how long they stay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from switch.config import Config, load
from switch.errors import ConfigErrors

SHIPPED = Path(__file__).parents[2] / "config"


def said(folder: Path, old: str, new: str) -> Config:
    """Load the shipped configuration with one line changed."""
    copy = folder / "config"
    shutil.copytree(SHIPPED, copy)
    path = copy / "softswitch.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load(copy)


def test_recordings_are_kept_in_the_data_folder_for_ever_unless_somebody_says_more(
    tmp_path: Path,
) -> None:
    config = said(tmp_path, 'dir = ""', 'dir = ""')

    assert config.recordings_dir == config.switch.data_dir / "recordings"
    assert config.spool_dir == config.switch.data_dir / "spool"
    assert config.recording.keep_days is None


def test_so_much_is_kept_free_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    config = said(tmp_path, "keep_free_mb = 500", "keep_free_mb = 0").recording

    assert (config.spool_most_mb, config.keep_free_mb) == (None, None)
    assert Config().recording.keep_free_mb == 500


def test_another_folder_and_another_time_are_taken(tmp_path: Path) -> None:
    config = said(tmp_path, 'dir = ""\n', 'dir = "calls"\n')

    assert config.recordings_dir == tmp_path / "calls"
    other = said(tmp_path / "other", "keep_days = 0", "keep_days = 90")
    assert other.recording.keep_days == 90


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "https://s3.example.com/"])
def test_a_storage_of_ones_own_is_taken(tmp_path: Path, url: str) -> None:
    config = said(tmp_path, 's3_endpoint = ""', f's3_endpoint = "{url}"')

    assert config.recording.s3_endpoint == url


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('format = "flac"', 'format = "mp3"', "'flac' or 'opus'"),
        ("keep_days = 0", "keep_days = -1", "days, 1 to 36500"),
        ("abandoned_after_s = 300", "abandoned_after_s = 1", "seconds, 10 to 86400"),
        ('s3_bucket = ""', 's3_bucket = "Calls"', "the name of a bucket"),
        ('s3_endpoint = ""', 's3_endpoint = "http://me:secret@host"', "http:// or https://"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    with pytest.raises(ConfigErrors, match=expected):
        said(tmp_path, old, new)
