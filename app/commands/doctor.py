"""`readonce doctor`: whether everything that readonce needs is in order, in words."""

from __future__ import annotations

from dataclasses import asdict

import typer

from app.commands.options import AsJson, settings_now
from app.doctor import Finding, examine
from app.output import errors_told, people, print_json

_SAID = {"well": "well   ", "note": "note   ", "problem": "PROBLEM"}


def doctor(as_json: AsJson = False) -> None:
    """Look at the whole installation; ends with code 1 where something cannot work."""
    settings = settings_now(as_json=as_json)
    found: list[Finding] = []
    with errors_told(settings, as_json=as_json):
        for finding in examine(settings):
            found.append(finding)
            if not as_json:
                people().print(f"{_SAID[finding.verdict]}  {finding.part}: {finding.sentence}")
    problems = sum(finding.verdict == "problem" for finding in found)
    if as_json:
        print_json({"sound": not problems, "findings": [asdict(each) for each in found]})
    elif not problems:
        people().print("Everything that is needed works.")
    if problems:
        raise typer.Exit(1)
