"""What holds for every page: settings, faults, and text that is never markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from app.screens.markup import clean, escaped, plain
from app.screens.serve import options
from app.settings import Settings
from app.visitor import for_visitor
from retnet_core import errors as of_core
from storage import errors as of_storage


def test_the_page_is_closed_even_without_its_own_configuration() -> None:
    given = options("localhost", 8501, Path("secrets.toml"))
    assert given["server.address"] == "localhost"
    assert given["client.showErrorDetails"] == "none"
    assert given["browser.gatherUsageStats"] == "false"
    assert given["runner.postScriptGC"] == "false"
    assert set(given) <= set(config.get_config_options())


def test_a_library_that_cannot_be_opened_is_told_on_the_page(
    page: AppTest, settings: Settings
) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "library.db").write_bytes(b"no database at all")
    page.run()
    assert not page.exception
    assert "not a library" in page.error[0].value


def test_settings_that_are_not_sound_are_told_on_the_page(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_HOME", "~nosuchuser/x")
    page.run()
    assert not page.exception
    assert "no such user" in page.error[0].value


@pytest.mark.parametrize("text", ["# a", "**b**", ":red[c]", "$d$", "![e](http://e)", "<f>", "~g~"])
def test_text_of_documents_is_never_markup(text: str) -> None:
    assert plain(text).replace("\\", "") == text
    assert all(f"\\{sign}" in plain(text) for sign in set(text) & set("#*:[$!<~"))


def test_html_that_came_in_unescaped_is_still_taken_out() -> None:
    assert clean('<p>a<script>b</script><img src="http://c"></p>') == "<p>a</p>"
    assert clean(f"<p>{escaped('<img src=x>')}</p>") == "<p>&lt;img src=x&gt;</p>"


@pytest.mark.parametrize(
    "error",
    [
        of_storage.NotFound("`readonce list` shows yours."),
        of_storage.StaleReading("run `readonce add` with its file to read on."),
        of_storage.StateDamaged("run `readonce add` with its file."),
        of_core.StateDamaged("run `readonce add` with its file."),
        of_core.StateMismatch("Run `readonce add` with its file, or ask with --read-again."),
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_no_sentence_on_the_page_tells_to_type_a_command(error: Exception, tmp_path: Path) -> None:
    told = for_visitor(error, tmp_path)
    assert "readonce" not in told
    assert "--" not in told
    assert told.endswith(".")
