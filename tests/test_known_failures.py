"""The table of faults found elsewhere: every row names tests, and every test it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "known_failures.md"


def rows() -> list[str]:
    """The rows of the table, without its head."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| ")][1:]


def named(text: str) -> list[tuple[str, str]]:
    """(file, test) of every test that a text names."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def functions(path: Path) -> set[str]:
    """The functions that a file defines at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_names_a_test() -> None:
    assert len(rows()) >= 15
    assert [row for row in rows() if not named(row.split("|")[4])] == []


def test_every_test_that_is_named_exists() -> None:
    tests = named(TABLE.read_text(encoding="utf-8"))
    assert all(name.startswith("test_") for _, name in tests)
    assert [each for each in tests if not (ROOT / each[0]).is_file()] == []
    assert [each for each in tests if each[1] not in functions(ROOT / each[0])] == []


def test_a_named_test_is_found_in_prose_and_in_its_file() -> None:
    assert named("see `tests/a/test_b.py::test_c`, not `tests/x.py`") == [
        ("tests/a/test_b.py", "test_c")
    ]
    assert "test_every_row_names_a_test" in functions(Path(__file__))
    assert "no_such_test" not in functions(Path(__file__))
