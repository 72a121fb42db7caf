"""How well sentences match a question by their words."""

from collections.abc import Sequence

from pipelines import lexical
from pipelines.rephrase import OTHER_WORDS
from pipelines.rows import FEWEST_CELLS, table_row


def shared_words(
    asked: Sequence[Sequence[str]], sentences: Sequence[str], cut: lexical.Cut = lexical.terms
) -> list[float]:
    """BM25 of each sentence for the terms of a question, among these sentences.

    asked: the terms of each wording of the question; the one that fits a sentence best counts,
    others than the first a little less.

    A row of a table is scored as its best cell is, a sentence of its label and the cell's head:
    a row with many columns is not a long sentence about one thing.
    """
    terms = [cut(sentence) for sentence in sentences]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))
    mean = sum(map(len, terms)) / max(1, len(terms)) or 1.0
    read = [_cells(sentence, words, cut) for sentence, words in zip(sentences, terms, strict=True)]
    questions = [(set(terms), OTHER_WORDS if place else 1.0) for place, terms in enumerate(asked)]
    return [
        max(
            counts * lexical.worth(words, question, weights, mean)
            for words in cells
            for question, counts in questions
        )
        for cells in read
    ]


def share_of_label(
    asked: Sequence[Sequence[str]], sentence: str, cut: lexical.Cut = lexical.terms
) -> float:
    """The share of the words that name a row of a table which one wording asks for, 0 to 1.

    "Product development" is called as asked for by "research and product development", and
    "Capitalized in product development" is another thing. What the row stands under does not count.
    """
    row = table_row(sentence)
    if row is None or len(row.cells) < FEWEST_CELLS:
        return 0.0
    name = set(cut(row.label.rsplit(", ", 1)[-1]))
    return max(len(name & set(terms)) / len(name) for terms in asked) if name and asked else 0.0


def _cells(sentence: str, terms: list[str], cut: lexical.Cut) -> list[list[str]]:
    """The terms of each cell of a row with its label; of any other sentence its own."""
    row = table_row(sentence)
    if row is None or len(row.cells) < FEWEST_CELLS:
        return [terms]
    return [cut(f"{row.label} {cell.head}") for cell in row.cells]
