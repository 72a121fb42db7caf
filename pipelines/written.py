"""An answer that a model writes, sentence by sentence, each tied to what it rests on.

The model goes on from a state: of the document as it was read, or of the conversation so far. It
reads the passages that were found and the question, and writes. A sentence is handed out when it
is whole and its evidence is found (facts.py); one whose numbers, dates or names are not in its
evidence, or that shares no word with any, is dropped, and counted.
"""

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from pipelines.answer import Answer, Citation, Said, SentenceWritten, Written, WrittenLine
from pipelines.cite import placed
from pipelines.facts import Source, evidence_for
from pipelines.sentences import sentences
from retnet_core.voice import Past, Voice
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord

MOST_TOKENS = 160
STOPS = ("\nQuestion:", "\n\n")

Found = tuple[DocumentRecord, PassageRecord]


def write(
    library: Library, voice: Voice, past: Past, question: str, quoted: Answer
) -> Generator[SentenceWritten, None, Answer]:
    """Write an answer from the passages of a quoted one; yields each sentence that is kept.

    Returns the answer in words with its citations. Where nothing is kept, and where the quoted
    answer claims nothing, that one is returned, with what was dropped.
    """
    if voice.write is None or not quoted.found:
        return quoted
    began = time.perf_counter()
    found = _passages(library, quoted.citations)
    pieces = voice.write(prompt(question, found), past, MOST_TOKENS, STOPS)
    answer = yield from tied(pieces, found, quoted)
    citations = placed(library, answer.citations) if answer.written else answer.citations
    seconds = quoted.seconds + time.perf_counter() - began
    return replace(answer, citations=citations, seconds=seconds)


def prompt(question: str, found: Sequence[Found]) -> str:
    """What the model reads before it writes."""
    passages = "\n\n".join(" ".join(passage.text.split()) for _, passage in found)
    return f"\n\n{passages}\n\nQuestion: {question}\nAnswer:"


def tied(
    pieces: Iterable[str], found: Sequence[Found], quoted: Answer
) -> Generator[SentenceWritten, None, Answer]:
    """The sentences of a text that comes in pieces, each with its evidence or dropped."""
    held = [
        (number, each, span)
        for number, each in enumerate(found)
        for span in sentences(each[1].text)
    ]
    sources = [
        Source(passage.text[first:last], number) for number, (_, passage), (first, last) in held
    ]
    cited: list[int] = []
    lines: list[WrittenLine] = []
    dropped = 0
    for sentence in whole_sentences(pieces):
        evidence = evidence_for(sentence, sources)
        if evidence is None:
            dropped += 1
            continue
        cited += [number for number in evidence if number not in cited]
        lines.append(WrittenLine(sentence, tuple(map(cited.index, evidence))))
        yield SentenceWritten(sentence)
    share = dropped / (dropped + len(lines)) if dropped or lines else 0.0
    written = Written(tuple(lines), share)
    if not lines:
        return replace(quoted, written=written)
    citations = tuple(_citation(*held[number][1], held[number][2]) for number in cited)
    text = " ".join(line.text for line in lines)
    said = (Said(text, quoted.confidence, citations),)
    return replace(quoted, text=text, citations=citations, said=said, written=written)


def whole_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text that comes in pieces, each as soon as another has begun."""
    text = ""
    for piece in chain(pieces, [None]):
        text += piece or ""
        spans = sentences(text)
        ready = spans if piece is None else spans[:-1]
        for first, last in ready:
            yield " ".join(text[first:last].split())
        text = text[ready[-1][1] :] if ready else text


def _passages(library: Library, citations: Sequence[Citation]) -> list[Found]:
    """The passages of these citations, each once."""
    found: dict[int, Found] = {}
    for citation in citations:
        for passage in library.passages_around(citation.document.id, citation.start, 0):
            found.setdefault(passage.id, (citation.document, passage))
    return list(found.values())


def _citation(document: DocumentRecord, passage: PassageRecord, span: tuple[int, int]) -> Citation:
    first, last = span
    start, end, text = passage.start + first, passage.start + last, passage.text[first:last]
    return Citation(document, passage.page, passage.section, text, start, end, start, end, text)
