"""What the command line prints: JSON for scripts on stdout, the rest for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from app.present import Explained, explained
from app.settings import Settings
from app.wording import about_language
from storage.records import DocumentRecord
from storage.talk import ConversationRecord, TurnRecord

if TYPE_CHECKING:
    from app.conversing import Reply
    from app.service import Answers
    from pipelines.answer import Answer, Citation

INTERRUPTED = 130
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
STOPPED_READING = (
    "Stopped. What was read so far is kept: run the same command again to go on from there."
)


class _Harmless(Console):
    """Shows control characters as a sign: a document's text must not give a terminal orders.

    Wherever it stands, in a cell of a table too. What rich itself orders (a bar drawn anew) passes.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else _harmless(segment)

    def render_str(self, text: str, **style: Any) -> Text:  # noqa: ANN401 (as it is in rich)
        """The text of a cell, made harmless before its width is measured."""
        return super().render_str(text.translate(_CONTROLS), **style)


def _harmless(segment: Segment) -> Segment:
    return Segment(segment.text.translate(_CONTROLS), segment.style)


def people() -> Console:
    """Where text for people goes; markup off, for titles hold brackets."""
    return _Harmless(markup=False, highlight=False, soft_wrap=True)


def aside() -> Console:
    """Where progress and warnings go: stderr, so that they never mix with results."""
    return _Harmless(stderr=True, markup=False, highlight=False)


def print_json(values: Mapping[str, Any] | list[dict[str, Any]]) -> None:
    """One value on one line of stdout, written at once so that a reader can follow."""
    sys.stdout.write(json.dumps(values, ensure_ascii=True) + "\n")
    sys.stdout.flush()


@contextmanager
def errors_told(settings: Settings, *, as_json: bool, stopped: str = "") -> Iterator[None]:
    """End the command with one sentence and exit code 1 where anything goes wrong inside.

    stopped is the sentence for Ctrl-C where the general one does not say what was kept.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except (Exception, KeyboardInterrupt) as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        told = explained(error, settings.logs)
        tell(replace(told, sentence=stopped) if interrupted and stopped else told, as_json=as_json)
        code = INTERRUPTED if interrupted else 1
        raise typer.Exit(code) from error


def tell(told: Explained, *, as_json: bool, file: str = "") -> None:
    """One error: a line of JSON on stdout, or a sentence on stderr."""
    if as_json:
        about = {"file": file} if file else {}
        print_json({"error": told.sentence, "kind": told.kind, **about})
    else:
        aside().print(told.sentence, style="red", soft_wrap=True)


def added_json(document: DocumentRecord, *, already_known: bool) -> dict[str, Any]:
    """A document as `add` prints it."""
    seconds = document.read_seconds
    return {
        "id": document.id,
        "title": document.title,
        "file_name": document.file_name,
        "tokens": document.tokens,
        "pages": document.pages,
        "pages_without_text": list(document.pages_without_text),
        "seconds": round(seconds, 3),
        "tokens_per_second": round(_read_here(document) / seconds, 1) if seconds else 0.0,
        "stored_bytes": document.stored_bytes,
        "state_checksum": document.state_checksum,
        "already_known": already_known,
        "version": document.version,
        "reused_tokens": document.reused_tokens,
    }


def _read_here(document: DocumentRecord) -> int:
    """The tokens that were read and not taken over from an earlier version."""
    return document.tokens_read - document.reused_tokens


def document_json(document: DocumentRecord, unread: DocumentRecord | None) -> dict[str, Any]:
    """A document as `show` and `list` print it, with its new version that is not read yet."""
    return {
        **added_json(document, already_known=True),
        "snapshots": document.snapshots,
        "sections": document.sections,
        "read": round(document.read, 4),
        "passages": document.passages,
        "characters": document.characters,
        "original_bytes": document.original_bytes,
        "stored_parts": asdict(document.stored),
        "stored_bytes_per_million_tokens": document.stored_per_million,
        "added_at": document.added_at.isoformat(),
        "unread_version": None
        if unread is None
        else {"id": unread.id, "read": round(unread.read, 4), "pages": unread.pages},
    }


def answer_json(answer: Answer, startup_seconds: float) -> dict[str, Any]:
    """An answer as `ask` prints it."""
    return {
        "answer": answer.text,
        "found": answer.found,
        "confidence": round(answer.confidence, 4),
        "seconds": round(answer.seconds, 4),
        "startup_seconds": round(startup_seconds, 3),
        "dropped": None if answer.written is None else round(answer.written.dropped, 4),
        "sentences": [
            {"text": line.text, "citations": list(line.citations)}
            for line in (answer.written.lines if answer.written else ())
        ],
        "citations": [citation_json(citation) for citation in answer.citations],
        "answers": [
            {
                "text": said.text,
                "confidence": round(said.confidence, 4),
                "citations": [citation_json(citation) for citation in said.citations],
            }
            for said in answer.said
        ],
        "languages": list(answer.languages),
        "note": language_note(answer),
    }


def language_note(answer: Answer) -> str:
    """What to say of languages that the reader does not know, "" where there are none."""
    from pipelines.languages import name_of  # with torch behind it, which a list does not need

    return about_language([name_of(code) for code in answer.languages])


def citation_json(citation: Citation) -> dict[str, Any]:
    """A cited sentence and its span."""
    return {
        "document": citation.document.id,
        "title": citation.document.title,
        "page": citation.page,
        "section": citation.section,
        "sentence": citation.sentence,
        "start": citation.start,
        "end": citation.end,
        "text": citation.text,
    }


def answers_json(answers: Answers, startup_seconds: float) -> dict[str, Any]:
    """An answer of several documents as `ask` prints it."""
    return {
        **answer_json(answers.answer, startup_seconds),
        "documents": answers.documents,
        "unread": answers.unread,
        "damaged": [document.id for document in answers.answer.damaged],
    }


def reply_json(reply: Reply, startup_seconds: float) -> dict[str, Any]:
    """An answer as `chat` prints it: an ask object with its conversation."""
    return {
        **answer_json(reply.answer, startup_seconds),
        "conversation": reply.conversation.id,
        "turn": reply.turn + 1,
        "asked": reply.asked,
        "damaged": [document.id for document in reply.answer.damaged],
    }


def conversation_json(conversation: ConversationRecord) -> dict[str, Any]:
    """A conversation as `conversations list` prints it."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "documents": list(conversation.document_ids),
        "all": conversation.everything,
        "turns": conversation.turns,
        "created_at": conversation.created_at.isoformat(),
        "changed_at": conversation.changed_at.isoformat(),
        "parent": conversation.parent,
        "shared_turns": conversation.shared_turns,
        "stored_bytes": conversation.stored_bytes,
    }


def turn_json(turn: TurnRecord, current: Sequence[bool]) -> dict[str, Any]:
    """A stored turn; current says of each citation whether it still stands at its place."""
    said = turn.turn
    names = ("page", "section", "sentence", "start", "end", "text", "version")
    return {
        "turn": turn.index + 1,
        "question": said.question,
        "asked": said.asked,
        "answer": said.answer,
        "found": said.found,
        "confidence": round(said.confidence, 4),
        "seconds": round(said.seconds, 4),
        "created_at": turn.created_at.isoformat(),
        "sound": turn.sound,
        "dropped": said.dropped,
        "sentences": [{"text": line.text, "citations": list(line.quotes)} for line in said.lines],
        "citations": [
            {
                "document": quote.document_id,
                "title": quote.title,
                **{name: getattr(quote, name) for name in names},
                "current": stands,
            }
            for quote, stands in zip(said.quotes, current, strict=True)
        ],
    }
