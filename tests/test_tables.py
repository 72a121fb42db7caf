"""Tables of faults and complaints: every row names tests, and every test it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("known_failures.md", "complaints.md", "reliability.md")


def text_of(table: str) -> str:
    return (ROOT / "docs" / table).read_text(encoding="utf-8")


def rows(table: str) -> list[str]:
    """The rows of the tables whose last column is of tests, without their heads."""
    found, of_tests = [], False
    lines = text_of(table).splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following.startswith("|---"):
            of_tests = "test" in line.rstrip("| ").rpartition("|")[2]
        elif of_tests and line.startswith("| "):
            found.append(line)
    return found


def named(text: str) -> list[tuple[str, str]]:
    """(file, test) of every test that a text names."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def functions(path: Path) -> set[str]:
    """The functions that a file defines at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_names_a_test(table: str) -> None:
    assert len(rows(table)) >= 15
    assert [row for row in rows(table) if not named(row.split("|")[4])] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_test_that_is_named_exists(table: str) -> None:
    tests = named(text_of(table))
    assert all(name.startswith("test_") for _, name in tests)
    assert [each for each in tests if not (ROOT / each[0]).is_file()] == []
    assert [each for each in tests if each[1] not in functions(ROOT / each[0])] == []
