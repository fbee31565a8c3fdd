"""What the desk is told is checked before anything starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from switch.config import load
from switch.errors import ConfigErrors

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("http_port = 8080", "http_port = 5060", "[desk] http_port = 5060"),
        ("supervisors = []", 'supervisors = ["alise"]', "the name of a rep: alice"),
        ("proxies = []", 'proxies = ["10.0.0"]', "a list of IPv4 addresses"),
        ('user_header = ""', 'user_header = "X-User"', "or [desk] proxies must say"),
        ('user_header = ""', 'user_header = "X User"', "the name of a header"),
        ("sign_in_h = 12", "sign_in_h = 0", "hours, 0.1 to 720"),
        ('"call back"', '""', "texts of 1 to 60 letters"),
        ('"call back"', '"interested"', "texts of 1 to 60 letters"),
        ('url = ""\n\n# How long a look-up', 'url = "http://crm.test/"\n#', "with {number} in it"),
        ('url = ""\n\n# A file whose', 'url = "ftp://x"\n#', "an http:// or https:// URL"),
        ('url = ""\n\n# A file whose', 'url = "http://[x"\n#', "an http:// or https:// URL"),
        ('url = ""\n\n# A file whose', 'url = "http://crm.test"\n#', "what is posted is signed"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    file = folder / "softswitch.toml"
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))

    with pytest.raises(ConfigErrors, match=r".") as caught:
        load(folder)

    assert problem in str(caught.value)
