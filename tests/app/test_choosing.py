"""Documents are chosen by words or a pattern of the title, and by the day they were added."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.choosing import Choice, chosen
from app.service import Service
from pipelines.document import Upload

ADDED = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("", True),
        ("report", True),
        ("REPORT 20", True),
        ("annual*", True),
        ("*2025", True),
        ("report*", False),
        ("annual report 202?", True),
        ("202[56]", False),
        ("*202[56]", True),
        ("2026", False),
    ],
)
def test_a_title_fits_a_part_of_it_or_a_pattern_of_the_whole(title: str, fits: bool) -> None:
    assert Choice(title).fits("Annual Report 2025", ADDED) is fits


@pytest.mark.parametrize(
    ("since", "before", "fits"),
    [
        (ADDED, None, True),
        (None, ADDED, False),
        (datetime(2026, 3, 5, 13, tzinfo=UTC), None, False),
        (None, datetime(2026, 3, 5, 13, tzinfo=UTC), True),
        (datetime(2026, 3, 1), datetime(2026, 3, 9), True),  # without a zone: this computer's
        (datetime(2026, 3, 7), None, False),
    ],
)
def test_a_day_is_chosen_from_since_on_and_before_before(
    since: datetime | None, before: datetime | None, fits: bool
) -> None:
    assert Choice(since=since, before=before).fits("any", ADDED) is fits


def test_a_scope_keeps_the_documents_that_are_chosen(service: Service) -> None:
    for name in ("apples", "pears", "pear trees"):
        list(service.add(Upload(f"{name}.txt", f"A text on {name}.".encode())))
    scope = service.library.scope("local")
    assert [each.title for each in chosen(scope, Choice("pear")).documents] == [
        "pears",
        "pear trees",
    ]
    assert chosen(scope, Choice()) is scope
    assert chosen(scope, Choice("zeppelin")).documents == ()
