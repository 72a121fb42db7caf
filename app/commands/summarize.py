"""`readonce summarize`: what documents say, in sentences of theirs. It loads no model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import AsJson, settings_now
from app.output import errors_told, people, print_json
from app.service import Service, open_service
from app.wording import counted
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from pipelines.summarise.figures import Figures
    from pipelines.summarise.length import Length
    from pipelines.summarise.sections import Sections
    from pipelines.summarise.summary import Quote, Summary

Docs = Annotated[
    list[str],
    typer.Argument(
        default_factory=list, metavar="[DOC]...", help="Ids, their beginnings, or titles; or --all."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Summarise the whole library as one.")]
Wanted = Annotated[
    str,
    typer.Option(
        "--length", metavar="LENGTH", help="short, medium, long, or a number of sentences."
    ),
]
Words = Annotated[int | None, typer.Option("--words", min=1, help="At most so many words.")]
About = Annotated[str | None, typer.Option("--about", help="Only what answers to this question.")]
BySection = Annotated[bool, typer.Option("--sections", help="A summary of each section.")]
Outline = Annotated[bool, typer.Option("--outline", help="One line for each section.")]
InFigures = Annotated[
    bool, typer.Option("--figures", help="The most important numbers, dates and names.")
]

_COUNT = re.compile(r"([1-9]\d{0,5})(?: sentences?)?")


def summarize(
    docs: Docs,
    everything: All = False,
    length: Wanted = "",
    words: Words = None,
    about: About = None,
    sections: BySection = False,
    outline: Outline = False,
    figures: InFigures = False,
    as_json: AsJson = False,
) -> None:
    """Summarise documents in sentences of theirs, each with its page."""
    _check_usage(docs, about, everything=everything, others=[sections, outline, figures])
    wanted = wanted_length(length, words, "2" if sections else "medium")
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        documents = service.list() if everything else _found(service, docs)
        if sections or outline:
            for document in documents:
                found = (
                    service.summaries.outline(document)
                    if outline
                    else service.summaries.of_sections(document, wanted)
                )
                _tell_sections(found, as_json=as_json)
        elif figures:
            _tell_figures(service, documents, length, as_json=as_json)
        else:
            _tell(service.summaries.of(documents, wanted, _asked(about)), as_json=as_json)


def _check_usage(
    names: Sequence[str], about: str | None, *, everything: bool, others: Sequence[bool]
) -> None:
    """End the command with exit code 2 where it is not clear what is meant."""
    if bool(names) == everything:
        raise typer.BadParameter("Name documents, or summarise the whole library with --all.")
    if sum(others) + (about is not None) > 1:
        raise typer.BadParameter("Choose one of --about, --sections, --outline and --figures.")


def wanted_length(name: str, words: int | None, otherwise: str) -> Length:
    """The length that was named, or only so many words, or else the other length."""
    from pipelines.summarise.length import NAMED, Length

    if not name and words is not None:
        return Length(words=words)
    name = name or otherwise
    number = _COUNT.fullmatch(name)
    if number is None and name not in NAMED:
        raise typer.BadParameter(
            f"--length is short, medium, long or a number of sentences, not {name!r}."
        )
    count = int(number[1]) if number else NAMED[name].sentences
    return Length(sentences=count, words=words)


def _asked(about: str | None) -> str:
    """The question; one that is given and empty is not none."""
    return "" if about is None else about or " "


def _found(service: Service, names: Sequence[str]) -> list[DocumentRecord]:
    """The documents named, each once."""
    found = (service.show(name) for name in names)
    return list({document.id: document for document in found}.values())


def _tell(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        from app.summarising import summary_json

        print_json(summary_json(summary))
        return
    if not summary.sentences:
        people().print("There is no sentence to quote.")
    titled = len({quote.document.id for quote in summary.sentences}) > 1
    for line in _lines(summary.sentences, titled=titled):
        people().print(line)
    if summary.unread:
        people().print(f"\n{_unread(summary.unread)}", style="dim")


def _lines(quotes: Sequence[Quote], *, titled: bool) -> Iterator[str]:
    before = ""
    for quote in quotes:
        if titled and quote.document.id != before:
            yield f"{quote.document.title}" if not before else f"\n{quote.document.title}"
            before = quote.document.id
        place = _place(quote)
        yield f"• {quote.line}" + (f"  ({place})" if place else "")


def _place(quote: Quote) -> str:
    page = f"page {quote.page}" if quote.document.pages > 1 else ""
    return ", ".join(part for part in (page, quote.section) if part)


def _unread(documents: Sequence[DocumentRecord]) -> str:
    return (
        f"{counted(len(documents), 'document')} had no saliences of a reading, so words alone"
        " decided: run `readonce add` with the file to have it read by this model."
    )


def _tell_sections(found: Sections, *, as_json: bool) -> None:
    if as_json:
        from app.summarising import sections_json

        print_json(sections_json(found))
        return
    people().print(found.document.title, style="bold")
    for section in found.sections:
        indent = "  " * (section.level - 1)
        page = f"  (page {section.page})" if found.document.pages > 1 else ""
        people().print(f"\n{indent}{' '.join(section.title.split())}{page}")
        for quote in section.sentences:
            people().print(f"{indent}  {quote.line}")


def _tell_figures(
    service: Service, documents: Sequence[DocumentRecord], length: str, *, as_json: bool
) -> None:
    from app.summarising import figures_json
    from pipelines.summarise.figures import MOST

    most = wanted_length(length, None, str(MOST)).sentences
    found: Figures = service.summaries.key_figures(documents, most or MOST)
    if as_json:
        print_json(figures_json(found))
        return
    for figure in found.figures:
        people().print(f"{figure.text}  ({figure.kind})", style="bold")
        people().print(f"    {figure.sentence.line}  ({_place(figure.sentence)})")
