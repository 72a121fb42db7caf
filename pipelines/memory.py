"""The state of a conversation: that of its documents, advanced through what was said.

After each turn the state is rounded to what is stored of it, and the next turn goes on from the
rounded one. So a process that goes on later has the very state that this one had, and a state that
was lost is made again, bit for bit on the same machine, by reading the turns once more.
"""

from collections.abc import Iterator, Sequence

from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.voice import Past, Voice
from storage.checksums import checksum
from storage.talk import TurnState

Said = tuple[str, str]
"""A question and its answer."""


def words_of(said: Said) -> str:
    """A turn as the model reads it."""
    question, answer = said
    return f"\n\nQuestion: {' '.join(question.split())}\nAnswer: {' '.join(answer.split())}"


def base_of(voice: Voice, checksums: Sequence[str]) -> str:
    """What a conversation began from: these states of its documents, by this model."""
    marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint, *checksums)
    return checksum("\n".join(marks).encode())


def fits(voice: Voice, base: str, state: TurnState | None) -> bool:
    """Whether a stored state is this model's and began from these readings."""
    return state is not None and (
        state.weights_fingerprint,
        state.tokenizer_fingerprint,
        state.base,
    ) == (voice.weights_fingerprint, voice.tokenizer_fingerprint, base)


def resumed(voice: Voice, base: str, state: TurnState | None) -> Past | None:
    """The state after a turn, None where it must be made again."""
    if state is None or not fits(voice, base, state):
        return None
    try:
        return voice.resumed(state.payload)
    except (StateDamaged, StateMismatch):
        return None


def after(voice: Voice, base: str, past: Past, said: Said) -> TurnState:
    """What is stored of the state after one more turn."""
    now = voice.go_on(past, voice.encode(words_of(said)))
    payload = voice.kept(now, exact=False)
    marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint)
    return TurnState(*marks, base, now.tokens, payload, checksum(payload))


def made_again(voice: Voice, base: str, past: Past, turns: Sequence[Said]) -> Iterator[TurnState]:
    """The states after each of these turns, which follow a state."""
    for said in turns:
        state = after(voice, base, past, said)
        yield state
        past = voice.resumed(state.payload)
