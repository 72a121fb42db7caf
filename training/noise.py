"""Turning a sentence into a noisy question for one of its phrases."""

import random
import re

from training.phrases import HOW_MANY, WHAT, WHEN, WHERE, WHO

ASKING = {
    WHO: ("who", "who", "who", "what", "which person", "whose"),
    WHEN: ("when", "when", "what year", "in what year", "what date", "on what date"),
    WHERE: ("where", "where", "what", "which place", "in what place"),
    HOW_MANY: ("how many", "how much", "how many", "what", "what number of"),
    WHAT: ("what", "what", "what", "which", "what kind of", "what type of", "how"),
}
HELPERS = ("is", "was", "did", "does", "are", "were", "do", "has", "can", "would")

_last_break = re.compile(r".*[,;:\u2014()]", re.DOTALL)
_first_break = re.compile(r"[,;:\u2014()]")
_outer = " \t\n\"'\u201c\u201d\u2018\u2019.!?,;:()[]"


def ask(before: str, after: str, kind: str, chance: random.Random) -> str:
    """Ask for what stood between two parts of a sentence."""
    if chance.random() < 0.6:
        before, after = clause(before, after)
    before, after = near(before, after, chance.randint(10, 24))
    share = chance.choice((0.0, 0.2, 0.3, 0.4))
    varied = 0.3 if chance.random() < 0.15 else 0.0
    left = [vary(w, varied, chance) for w in thin(before.split(), share, chance)]
    right = [vary(w, varied, chance) for w in thin(after.split(), share, chance)]
    asking = chance.choice(ASKING[kind])
    words = place(asking, left, right, chance)
    if chance.random() < 0.25:
        words = [words[0], *shuffled(words[1:], chance)]
    return finish(" ".join(words), chance)


def clause(before: str, after: str) -> tuple[str, str]:
    """Keep the clause around the gap, unless too little would be left."""
    near_before = _last_break.sub("", before)
    near_after = _first_break.split(after)[0]
    if len(near_before.split()) + len(near_after.split()) < 4:
        return before, after
    return near_before, near_after


def near(before: str, after: str, most: int) -> tuple[str, str]:
    """Keep at most so many words, those nearest to the gap."""
    left, right = before.split(), after.split()
    kept = max(most // 2, most - len(right))
    left = left[max(0, len(left) - kept) :]
    return " ".join(left), " ".join(right[: most - len(left)])


def thin(words: list[str], share: float, chance: random.Random) -> list[str]:
    """Drop a share of the words."""
    return [word for word in words if chance.random() >= share]


def vary(word: str, share: float, chance: random.Random) -> str:
    """Change the ending of some of the longer words."""
    if len(word) < 5 or not word.isalpha() or chance.random() >= share:
        return word
    for ending, others in (("ing", ("ed", "s")), ("ed", ("ing", "s")), ("s", ("", "ing"))):
        if word.endswith(ending):
            return word[: len(word) - len(ending)] + chance.choice(others)
    return word + chance.choice(("s", "ed", "ing"))


def place(asking: str, left: list[str], right: list[str], chance: random.Random) -> list[str]:
    """Put the question word first, or where the phrase stood."""
    if chance.random() < 0.4:
        return [*left, asking, *right]
    helper = [chance.choice(HELPERS)] if chance.random() < 0.5 else []
    rest = [*right, *left] if chance.random() < 0.3 else [*left, *right]
    return [asking, *helper, *rest]


def shuffled(words: list[str], chance: random.Random) -> list[str]:
    """Move each word by a place or two."""
    keys = [number + chance.uniform(0, 2.5) for number in range(len(words))]
    return [words[number] for number in sorted(range(len(words)), key=keys.__getitem__)]


def finish(question: str, chance: random.Random) -> str:
    """Give a question its outer form: capital or lower case, with or without its mark."""
    question = question.strip(_outer)
    draw = chance.random()
    if draw < 0.3:
        question = question.lower()
    elif draw < 0.8:
        question = question[:1].upper() + question[1:]
    return question + "?" if chance.random() < 0.65 else question
