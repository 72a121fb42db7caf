"""The example of the core alone runs as it stands, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from retnet_core import Ending, write_text

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "README.md"


def test_the_example_goes_on_from_its_stored_state_as_from_the_whole_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", EXAMPLE.read_text("utf-8"), re.M | re.S)
    (tmp_path / "app").symlink_to(ROOT / "app")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code, str(EXAMPLE), "exec"), names)
    whole = write_text(
        names["model"],
        names["tokenizer"],
        "The river rises in the hills above Marden.\nIt reaches",
        ending=Ending(20),
    )
    written = "".join(whole)
    assert written
    assert capsys.readouterr().out == f"{written} {whole.end}\n"
