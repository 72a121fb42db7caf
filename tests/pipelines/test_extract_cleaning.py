"""What PDFium's own signs become."""

import pytest

from pipelines.extract.cleaning import clean_line, clean_pages


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb", "a\nb"),
        ("a \r\n\r\n  b \r\n", "a\nb"),
        ("prob\ufffelems here", "problems\nhere"),
        ("prob\x02lems, here", "problems,\nhere"),
        ("prob\xad\r\nlems", "problems"),
        ("pro\xadblem", "problem"),
        ("\ufb01ve \ufb02ags", "five flags"),
        ("½ ① ™ stay", "½ ① ™ stay"),
        ("a\0b\x07c\ufeff", "abc"),
        ("a\ud800b", "ab"),
        ("\uf0b7 item", "• item"),
        ("Rate\nCase", "Rate Case"),
        ("10-\r\nK form", "10-K\nform"),
        ("Non\ufffeGAAP", "Non-GAAP"),
        ("one -\r\ntwo", "one -\ntwo"),
        ("333-\r\n107832, next", "333-107832,\nnext"),
        ("Fuel 286-\r\nOther 185", "Fuel 286-\nOther 185"),
        ("well-\r\n“known”", "well-“known”"),
        ("ends in a hy-", "ends in a hy-"),
        ("exam-\r\nple\r\nnext", "example\nnext"),
        ("\x01\r\n\x01", ""),
    ],
)
def test_signs_of_pdfium_become_plain_text(raw: str, clean: str) -> None:
    assert clean_pages([raw]) == (clean,)


@pytest.mark.parametrize(
    ("elsewhere", "clean"),
    [
        ("a share-based plan", "share-based"),
        ("sharebased it was", "sharebased"),
        ("a share was based here", "share-based"),
        ("nothing", "sharebased"),
    ],
)
def test_a_hyphen_at_a_line_end_stays_if_the_document_writes_it_so(
    elsewhere: str, clean: str
) -> None:
    assert clean_pages(["share\ufffebased", elsewhere])[0] == clean


def test_a_title_is_one_line() -> None:
    assert clean_line(" A\tlong \r\n title\0 ") == "A long title"
