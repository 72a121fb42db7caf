"""Pictures of pages by a process of their own, which stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from pipelines import pages
from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.apart.drawing import Drawer
from pipelines.errors import BeyondLimit, UnreadableFile
from tests.pipelines import bombs
from tests.pipelines.attacks.watching import openers
from tests.pipelines.pdfs import Page, PdfMaker

BOOK = (Page(("The ferry left at six.",)), Page(("Gulls followed it.",)))


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    with closing(Drawer()) as opened:
        yield opened


def test_a_picture_is_the_same_as_without_a_process_of_its_own(
    make_pdf: PdfMaker, drawer: Drawer
) -> None:
    content, other = make_pdf(BOOK), make_pdf(BOOK[::-1])
    for pdf, page, quote in (
        (content, 1, "ferry left"),
        (content, 2, "Gulls"),
        (other, 1, "Gulls"),
        (content, 1, "not there"),
    ):
        assert drawer.highlighted(pdf, page, quote, 300) == pages.highlighted(pdf, page, quote, 300)


def test_one_process_draws_page_after_page(make_pdf: PdfMaker, drawer: Drawer) -> None:
    content = make_pdf(BOOK)
    drawer.highlighted(content, 1, "ferry", 300)
    first = openers()
    assert len(first) == 1
    drawer.highlighted(content, 2, "Gulls", 300)
    drawer.highlighted(make_pdf(BOOK[:1]), 1, "ferry", 300)
    assert openers() == first
    drawer.close()
    assert openers() == []


@pytest.mark.parametrize(
    ("content", "page", "said"),
    [(b"%PDF-1.7 no more", 1, "damaged"), (bombs.pdf_good(), 7, "did not foresee")],
    ids=["damaged", "no such page"],
)
def test_what_cannot_be_drawn_is_a_sentence_and_the_next_page_is_drawn(
    drawer: Drawer, content: bytes, page: int, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said):
        drawer.highlighted(content, page, "x", 300)
    assert drawer.highlighted(bombs.pdf_good(), 1, "ferry", 300)


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_drawn() -> None:
    with closing(Drawer(Bounds(seconds=2))) as drawer:
        with pytest.raises(BeyondLimit, match="2 seconds on the clock"):
            drawer.highlighted(bombs.pdf_of_paths(1_000_000), 1, "x", 1100)
        assert openers() == []
        assert drawer.highlighted(bombs.pdf_good(), 1, "ferry", 300)


def test_a_page_that_takes_too_much_memory_is_given_up() -> None:
    with closing(Drawer(Bounds(128 * MEGABYTE))) as drawer, pytest.raises(BeyondLimit, match="128"):
        drawer.highlighted(bombs.pdf_of_box(b"0 0 1 1000000"), 1, "x", 1100)


def test_threads_draw_at_once_and_get_their_own_pages(make_pdf: PdfMaker, drawer: Drawer) -> None:
    contents = [make_pdf(BOOK[:1]), make_pdf(BOOK[1:])]
    wanted = [pages.highlighted(content, 1, "x", 200) for content in contents]
    got: list[bool] = []

    def draw(which: int) -> None:
        got.extend(
            drawer.highlighted(contents[which], 1, "x", 200) == wanted[which] for _ in range(5)
        )

    threads = [threading.Thread(target=draw, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 20
