"""Conversations in the library: whole turns, branches, owners, deletion, damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.checksums import checksum
from storage.errors import AmbiguousName, NotFound, StaleConversation
from storage.library import Library
from storage.records import DocumentRecord
from storage.talk import (
    ConversationRecord,
    Line,
    NewConversation,
    NewTurn,
    Quote,
    TurnState,
    packed,
    unpacked,
)
from tests.storage.making import add
from tests.storage.soundness import complaints, traces

pytestmark = pytest.mark.each_backend


def quote(document: DocumentRecord, text: str = "Anna Velling") -> Quote:
    return Quote(
        document.id, document.title, 1, 1, "The school", f"{text} opened it.", 0, 24, 0, 12, text
    )


def turn(question: str, *quotes: Quote, answer: str = "Anna Velling") -> NewTurn:
    return NewTurn(question, question, answer, True, 0.625, 0.25, quotes)


def state(word: str = "state", base: str = "base") -> TurnState:
    payload = word.encode()
    return TurnState("weights", "tokenizer", base, 10, payload, checksum(payload))


def begun(
    library: Library, *documents: DocumentRecord, owner: str = "ann", title: str = "Of the school"
) -> ConversationRecord:
    """A conversation of one turn that quotes the first of its documents."""
    new = NewConversation(owner, title, tuple(each.id for each in documents))
    return library.conversations.begin(new, turn("Who?", quote(documents[0])), state("0"))


def gone_on(library: Library, talk: ConversationRecord, turns: int) -> ConversationRecord:
    for index in range(talk.turns, talk.turns + turns):
        talk = library.conversations.add_turn(
            talk.owner, talk.id, index, turn(f"Question {index}?"), state(str(index))
        )
    return talk


def test_what_was_said_is_given_back_in_order_with_its_states(library: Library) -> None:
    talks, document = library.conversations, add(library, "text")
    talk = gone_on(library, begun(library, document), 2)
    assert (talk.turns, talk.document_ids, talk.stored_bytes) == (3, (document.id,), 3)
    turns = talks.turns("ann", talk.id)
    assert [each.turn.question for each in turns] == ["Who?", "Question 1?", "Question 2?"]
    assert turns[0].turn == turn("Who?", quote(document))
    assert all(each.sound for each in turns)
    assert [talks.state_after("ann", talk.id, each.index) for each in turns] == [
        state("0"),
        state("1"),
        state("2"),
    ]
    assert talks.list("ann") == (talk,)


WORDS = st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace").decode())


@given(question=WORDS, answer=WORDS, dropped=st.none() | st.floats(0, 1), found=st.booleans())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_words_come_back_as_they_were_said(
    library: Library, question: str, answer: str, dropped: float | None, found: bool
) -> None:
    if not library.list("ann"):
        add(library, "text")
    document = library.list("ann")[0]
    said = NewTurn(
        question, answer, answer, found, 0.1, 1 / 3, (quote(document, question),),
        (Line(answer, (0,)),), dropped,
    )  # fmt: skip
    new = NewConversation("ann", question, (document.id,))
    talk = library.conversations.begin(new, said, None)
    (only,) = library.conversations.turns("ann", talk.id)
    assert (only.turn, only.sound, talk.title) == (said, True, question)


def test_evidence_is_packed_and_unpacked() -> None:
    evidence = unpacked(packed(NewTurn("a", "b", "c", True, 0.5, 1.0, (), (Line("x", (1,)),), 0.5)))
    assert evidence == {"quotes": (), "lines": (Line("x", (1,)),), "dropped": 0.5}


def test_a_turn_on_top_of_another_processes_turn_is_refused(library: Library) -> None:
    talk = begun(library, add(library, "text"))
    gone_on(library, talk, 1)
    with pytest.raises(StaleConversation, match="open it again"):
        gone_on(library, talk, 1)
    assert len(library.conversations.turns("ann", talk.id)) == 2


def test_a_branch_shares_the_first_turns_and_then_goes_its_own_way(library: Library) -> None:
    talks = library.conversations
    talk = gone_on(library, begun(library, add(library, "text")), 2)
    branch = talks.branch("ann", talk.id, 2)
    assert (branch.parent, branch.shared_turns, branch.turns) == (talk.id, 2, 2)
    assert talks.turns("ann", branch.id) == talks.turns("ann", talk.id)[:2]
    assert talks.state_after("ann", branch.id, 1) == state("1")
    talks.cut("ann", talk.id, 1)
    gone_on(library, branch, 1)
    assert [len(talks.turns("ann", each.id)) for each in (talk, branch)] == [1, 3]
    talks.delete("ann", talk.id)
    assert talks.list("ann") == (talks.find("ann", branch.id),)
    with pytest.raises(ValueError, match="turns of a conversation that has"):
        talks.branch("ann", branch.id, 4)


def test_undoing_the_only_turn_leaves_no_conversation(library: Library) -> None:
    talks = library.conversations
    talk = gone_on(library, begun(library, add(library, "text")), 1)
    talks.cut("ann", talk.id, 1)
    assert len(talks.turns("ann", talk.id)) == 1
    talks.cut("ann", talk.id, 0)
    assert talks.list("ann") == ()


def test_a_conversation_is_found_by_id_beginning_or_title_and_by_words(library: Library) -> None:
    talks, document = library.conversations, add(library, "text")
    talk, other = begun(library, document), begun(library, document, title="Of the Mill")
    assert talks.find("ann", talk.id[:6]).id == talk.id
    assert talks.find("ann", "of the mill").id == other.id
    renamed = talks.rename("ann", other.id, "Of the school")
    assert renamed.title == "Of the school"
    with pytest.raises(AmbiguousName, match="Name one by its id"):
        talks.find("ann", "Of the school")
    gone_on(library, renamed, 1)
    assert [each.id for each in talks.list("ann", ["VELLING", "question"])] == [other.id]
    assert talks.list("ann", ["zeppelin"]) == ()


def test_nobody_sees_or_changes_anothers_conversations(library: Library) -> None:
    talks, document = library.conversations, add(library, "text")
    talk = begun(library, document)
    assert talks.list("bob") == ()
    for forbidden in (
        lambda: talks.find("bob", talk.id),
        lambda: talks.turns("bob", talk.id),
        lambda: talks.add_turn("bob", talk.id, 1, turn("?"), None),
        lambda: talks.cut("bob", talk.id, 0),
        lambda: talks.rename("bob", talk.id, "Mine"),
        lambda: talks.branch("bob", talk.id, 1),
        lambda: talks.delete("bob", talk.id),
        lambda: begun(library, document, owner="bob"),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert talks.list("ann") == (talk,)


def test_deleting_a_document_deletes_what_is_about_it_or_quotes_it(library: Library) -> None:
    talks = library.conversations
    kept, gone = add(library, "one"), add(library, "two", title="Another")
    begun(library, gone)
    begun(library, kept, gone)
    everything = NewConversation("ann", "All", (), everything=True)
    talks.begin(everything, turn("Who?", quote(gone)), None)
    stays = talks.begin(everything, turn("What?", quote(kept)), None)
    assert {each.id for each in talks.of_document("ann", kept.id)} >= {stays.id}
    library.delete("ann", gone.id)
    assert talks.list("ann") == (stays,)


def test_a_quote_of_a_document_that_is_gone_is_not_stored(library: Library) -> None:
    document, gone = add(library, "one"), add(library, "two", title="Another")
    talk = begun(library, document)
    library.delete("ann", gone.id)
    with pytest.raises(NotFound, match="ask the question again"):
        library.conversations.add_turn("ann", talk.id, 1, turn("?", quote(gone)), None)
    assert library.conversations.find("ann", talk.id) == talk


def test_a_damaged_turn_is_told_and_a_damaged_state_is_as_if_none_were_kept(
    library: Library,
) -> None:
    talks = library.conversations
    talk = gone_on(library, begun(library, add(library, "text")), 1)
    with library._database.writing() as connection:
        connection.exec_driver_sql("UPDATE turn SET answer = 'Nobody' WHERE \"index\" = 0")
        connection.exec_driver_sql("UPDATE turn SET base = 'x', state_checksum = 'no'")
    assert [each.sound for each in talks.turns("ann", talk.id)] == [False, True]
    assert talks.state_after("ann", talk.id, 1) is None
    talks.keep_states("ann", talk.id, [(1, state("again"))])
    assert talks.state_after("ann", talk.id, 1) == state("again")


def test_no_trace_of_a_deleted_conversation_is_left(library: Library, library_file: Path) -> None:
    document = add(library, "text")
    words = ("bqvxzkjwfhcbqvxz", "cjxqwkzbvhfcjxqw", "kzxvbqjwchfkzxvb")
    said = replace(turn(words[0], quote(document, words[1])), answer=words[2])
    talk = library.conversations.begin(
        NewConversation("ann", words[0], (document.id,)), said, state("bqvxzkjwfhcbqvxz" * 500)
    )
    assert all(traces(library_file, word) for word in words)
    library.conversations.delete("ann", talk.id)
    assert [word for word in words if traces(library_file, word)] == []
    assert complaints(library_file) == []


def test_conversations_follow_a_document_to_its_new_version(library: Library) -> None:
    from tests.storage.test_versions import add_version, read

    old = add(library, "one ", "two ")
    read(library, old)
    talk = begun(library, old)
    new = add_version(library, old, "one ", "three ")
    read(library, new)
    assert library.conversations.find("ann", talk.id).document_ids == (old.id,)
    assert library.conversations.turns("ann", talk.id)[0].turn.quotes[0].document_id == old.id


def test_a_turn_takes_the_place_of_the_last_one_and_of_no_other(
    library: Library, library_file: Path
) -> None:
    document = add(library, "ann", "A")
    talk = gone_on(library, begun(library, document), 1)
    kept = library.conversations
    new = turn("Question 1?", quote(document), answer="Better")
    with pytest.raises(StaleConversation):
        kept.replace_last("ann", talk.id, 0, new, state())
    with pytest.raises(NotFound):
        kept.replace_last("bob", talk.id, 1, new, state())
    assert kept.replace_last("ann", talk.id, 1, new, state("again")).turns == 2
    assert [each.turn.answer for each in kept.turns("ann", talk.id)] == ["Anna Velling", "Better"]
    assert kept.state_after("ann", talk.id, 1) == state("again")
    kept.replace_last("ann", kept.branch("ann", talk.id, 1).id, 0, new, None)
    assert library.care.document_damage("ann", None) == ()
