"""The import table, the places that nothing may name, and the README's tree and commands."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STANDARD = frozenset(sys.stdlib_module_names)

CORE = frozenset({"torch", "safetensors", "sentencepiece", "numpy"})
APP = frozenset(
    {"pipelines", "retnet_core", "storage"}
    | {"typer", "rich", "pydantic", "pydantic_settings", "nh3"}
)
TRAINING = CORE | {"retnet_core"}

# What each part may import beside the standard library and itself. The longest path wins.
# benchmarks and tests may import anything; nothing in this table may import them or training.
ALLOWED: dict[str, frozenset[str]] = {
    "retnet_core": CORE,
    "storage": frozenset({"sqlalchemy", "alembic", "numpy"}),
    # An extra, imported when a library on PostgreSQL is opened.
    "storage/database/postgres.py": frozenset({"sqlalchemy", "psycopg"}),
    "pipelines": frozenset(
        {"retnet_core", "storage", "numpy"}
        | {"pypdfium2", "PIL", "charset_normalizer", "langchain_text_splitters", "nupunkt"}
        | {"psutil", "py3langid"}
        | {"docx", "lxml", "selectolax", "striprtf", "trafilatura"}
    ),
    "app": APP,
    "app/screens": APP | {"altair", "starlette", "streamlit"},
    "app/hub.py": APP | {"huggingface_hub"},  # an extra, imported when a model is fetched
    "app/sample": frozenset({"reportlab"}),  # the script that builds the sample, never imported
    "streamlit_app.py": frozenset({"app", "streamlit"}),
    "training": TRAINING,
    "training/curves.py": TRAINING | {"matplotlib"},
    "training/evaluation": TRAINING | {"pipelines", "storage"},
}

# Folders with nothing of ours in them.
FOREIGN = frozenset(
    {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    | {"__pycache__", "build", "dist", "runs"}
)
LARGEST_TEXT = 2_000_000


def part_of(path: str) -> str | None:
    """The row of the table that a file belongs to: app/screens before app."""
    rows = [row for row in ALLOWED if path == row or path.startswith(f"{row}/")]
    return max(rows, key=len, default=None)


def imports(source: str) -> Iterator[tuple[int, str]]:
    """(line, top-level name) of every absolute import, also inside functions and by name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.split(".")[0]) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.split(".")[0]
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module.split(".")[0]


def forbidden(path: str, source: str) -> list[str]:
    """One sentence for each import that the table does not allow to the file at path."""
    part = part_of(path)
    if part is None:
        return []
    allowed = ALLOWED[part] | STANDARD | {path.split("/")[0].removesuffix(".py")}
    return [
        f"{path}:{line} imports {name}, which {part} may not"
        for line, name in imports(source)
        if name not in allowed
    ]


def own_files() -> list[Path]:
    """Every file of the project; git is not asked, for not every user has it."""
    files = (path for path in ROOT.rglob("*") if path.is_file())
    return sorted(f for f in files if FOREIGN.isdisjoint(f.relative_to(ROOT).parts))


def test_every_import_is_in_the_table() -> None:
    sources = [path for path in own_files() if path.suffix == ".py"]
    found = [
        sentence
        for path in sources
        for sentence in forbidden(
            path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        )
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pipelines/read.py", "import torch.nn as nn"),
        ("pipelines/read.py", "def f():\n    from sqlalchemy.orm import Session"),
        ("retnet_core/model.py", "if TYPE_CHECKING:\n    from storage import Library"),
        ("app/service.py", "import streamlit"),
        ("app/service.py", "from benchmarks import speed"),
        ("app/screens/ask.py", "import torch"),
        ("app/service.py", "import importlib\nimportlib.import_module('torch.nn')"),
        ("app/service.py", "__import__('torch')"),
        ("training/loop.py", "import pipelines"),
        ("streamlit_app.py", "import pipelines"),
    ],
)
def test_a_forbidden_import_is_found(path: str, source: str) -> None:
    assert len(forbidden(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/screens/ask.py", "import streamlit\nfrom app import service"),
        ("app/service.py", "from . import settings\nfrom pathlib import Path"),
        ("training/evaluation/passages.py", "import pipelines"),
        ("benchmarks/speed.py", "import anything"),
        ("streamlit_app.py", "import streamlit\nfrom app.screens import main"),
    ],
)
def test_an_allowed_import_passes(path: str, source: str) -> None:
    assert forbidden(path, source) == []


def test_no_file_names_a_place_outside_the_project() -> None:
    outside = ("../" + "shared").encode()  # in two pieces, or this file would name it too
    texts = (path for path in own_files() if path.stat().st_size <= LARGEST_TEXT)
    assert [str(p.relative_to(ROOT)) for p in texts if outside in p.read_bytes()] == []


# The README: its tree and its commands.


def readme() -> str:
    path = ROOT / "README.md"
    assert path.exists(), "README.md is missing"
    return path.read_text(encoding="utf-8")


def fenced_blocks(text: str) -> list[str]:
    return re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def tree_entries(block: str) -> list[str]:
    """The paths of a drawn tree: the first word of each line, under the less indented one above."""
    above: list[tuple[int, str]] = []
    paths = []
    for line in block.splitlines():
        bare = line.lstrip(" │├└─|`-\t")
        if not bare.strip():
            continue
        column, name = len(line) - len(bare), bare.split()[0]
        while above and above[-1][0] >= column:
            above.pop()
        parent = above[-1][1] if above else ""
        path = parent if name in {"readonce/", "./", "."} else f"{parent}{name.removesuffix('/')}"
        paths.append(path)
        above.append((column, f"{path}/" if path else ""))
    return [path for path in paths if path]


def test_the_tree_in_the_readme_is_the_tree_on_disk() -> None:
    parts = {"retnet_core", "storage", "pipelines", "app"}
    trees = [t for t in map(tree_entries, fenced_blocks(readme())) if parts <= set(t)]
    assert len(trees) == 1, "the README draws the tree once, in a fenced block"
    assert [path for path in trees[0] if not (ROOT / path).exists()] == []


def test_a_drawn_tree_is_read_with_its_folders() -> None:
    drawn = "readonce/\n├── app/       what users see\n│   └── cli.py   commands\n└── Makefile"
    assert tree_entries(drawn) == ["app", "app/cli.py", "Makefile"]
    assert tree_entries("app/   x\n  cli.py\nMakefile") == ["app", "app/cli.py", "Makefile"]


def commands(text: str) -> list[list[str]]:
    """Each command of fenced blocks and `inline code`, without a prompt and what is piped on."""
    lines = [line for block in fenced_blocks(text) for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    candidates = [*lines, *re.findall(r"`([^`\n]+)`", prose)]
    stripped = (re.sub(r"^\s*(\$ )?(\.venv/bin/)?", "", line) for line in candidates)
    wanted = [line for line in stripped if re.match(r"(make|readonce) \S", line)]
    return [shlex.split(re.split(r" [|>&#]|\s&&", line)[0]) for line in wanted]


def test_commands_are_found_in_blocks_and_in_prose() -> None:
    text = "```\n$ make run  # go\n.venv/bin/readonce ask a 'b c' | less\n```\nor `make test`."
    assert commands(text) == [["make", "run"], ["readonce", "ask", "a", "b c"], ["make", "test"]]


def test_every_make_command_of_the_readme_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {command[1] for command in commands(readme()) if command[0] == "make"}
    assert {"run", "test"} <= named <= targets


def test_every_readonce_command_of_the_readme_exists(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.cli import main

    for command in commands(readme()):
        if command[0] == "readonce":
            # --help ends before anything is done, but after unknown commands and options failed.
            monkeypatch.setattr(sys, "argv", [*command, "--help"])
            with pytest.raises(SystemExit) as end:
                main()
            assert end.value.code == 0, f"{shlex.join(command)}: {capsys.readouterr().err}"
