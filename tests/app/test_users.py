"""Who may sign in, the passes of their browsers, and that the page is not opened to strangers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.errors import BadName, NoSuchUser, UserExists
from app.passes import LASTS, Passes
from app.users import Users

PASSWORD = "a long secret"
NOW = 1_800_000_000.0


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "home")


def test_a_user_signs_in_with_the_right_password_only(users: Users) -> None:
    ann = users.add(" Ann ", PASSWORD)
    assert ann.name == "ann"
    assert users.signed_in("ANN", PASSWORD) == ann
    for name, password in (("ann", "a long secreT"), ("ann", ""), ("bob", PASSWORD)):
        assert users.signed_in(name, password) is None
    assert PASSWORD not in users.path.read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(users.path.stat().st_mode) == 0o600


def test_names_and_passwords_that_cannot_be_used_are_refused(users: Users) -> None:
    for name in ("", "a b", "*", "x" * 65, "a\nb", "a/b"):
        with pytest.raises(BadName):
            users.add(name, PASSWORD)
    with pytest.raises(BadName, match="too short"):
        users.add("ann", "short")
    users.add("ann", PASSWORD)
    with pytest.raises(UserExists):
        users.add("Ann", PASSWORD)
    with pytest.raises(NoSuchUser):
        users.remove("bob")


def test_a_pass_names_its_holder_until_it_ends(users: Users) -> None:
    passes = Passes(users.home)
    mark = passes.given(users.add("ann", PASSWORD), NOW)
    assert passes.holder(mark, NOW + LASTS - 1) == "ann"
    assert passes.holder(mark, NOW + LASTS + 1) == ""


def test_no_other_mark_is_a_pass(users: Users) -> None:
    passes = Passes(users.home)
    ann, _ = users.add("ann", PASSWORD), users.add("bob", PASSWORD)
    mark = passes.given(ann, NOW)
    changed = [mark[:at] + ("A" if mark[at] != "A" else "B") + mark[at + 1 :] for at in range(64)]
    for made_up in ("", "x", "YW5u", "\x00", mark[:-8], *changed):
        assert passes.holder(made_up, NOW) == ""


def test_a_new_password_or_a_removed_user_ends_every_pass(users: Users) -> None:
    passes = Passes(users.home)
    mark = passes.given(users.add("ann", PASSWORD), NOW)
    users.remove("ann")
    assert passes.holder(mark, NOW) == ""
    users.add("ann", PASSWORD)
    assert passes.holder(mark, NOW) == ""


def test_users_are_added_listed_and_removed_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_HOME", str(tmp_path / "home"))
    run = CliRunner().invoke
    assert run(app, ["users", "add", "ann", "--json"], input=f"{PASSWORD}\n").exit_code == 0
    assert run(app, ["users", "list", "--json"]).stdout == '{"users": ["ann"]}\n'
    assert run(app, ["users", "remove", "ann"]).exit_code == 0
    assert "Nobody yet" in run(app, ["users", "list"]).stdout


@pytest.mark.parametrize(
    ("sign_in", "address", "said"),
    [
        ("none", "0.0.0.0", "could read every document"),
        ("password", "localhost", "Nobody could sign in yet"),
    ],
)
def test_the_page_is_not_served_where_it_would_be_open_or_shut_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign_in: str, address: str, said: str
) -> None:
    monkeypatch.setenv("READONCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("READONCE_SIGN_IN", sign_in)
    result = CliRunner().invoke(app, ["ui", "--no-browser", "--json", "--address", address])
    assert result.exit_code == 1
    assert said in result.stdout
