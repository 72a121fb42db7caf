"""Titles that a person wrote, told from those that programs leave in the properties of a file."""

import re

# Names of files, numbers, the empty form.
_NO_TITLE = re.compile(
    r"untitled.*|\(?anonymous\)?|.*\.(docx?|odt|rtf|indd|pages|pptx?|xlsx?|pdf|tex|html?|qxd)|[\W\d_]*|"
    r"(microsoft|word|document|slide|powerpoint|book|sheet)[\W\d_]*|word document",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"^Microsoft (Word|PowerPoint|Excel) - ")


def written_title(stated: str) -> str:
    """The title on one line, "" where no person wrote it."""
    title = _PROGRAM.sub("", " ".join(stated.split()))
    return "" if _NO_TITLE.fullmatch(title) else title
