"""What the teacher makes of passages and questions: two arrays beside those of pairs.py.

taught_passages [P, H], taught_questions [Q, H] float16, rows of norm 1. They do not depend on the
body, so they are made once; a source that has them is left as it is.
"""

import os
from pathlib import Path

import numpy as np

from retnet_core.tokenizer import Tokenizer
from training.heads.pairs import texts_in
from training.teacher import Teacher


def teach(folder: Path, tokenizer: Tokenizer, teacher: Teacher) -> int:
    """Write what is missing in a folder and give the number of texts that were embedded."""
    made = 0
    for kind in ("questions", "passages"):
        path = folder / f"taught_{kind}.npy"
        if not path.exists():
            texts = texts_in(folder, tokenizer, kind)
            unfinished = path.with_suffix(".unfinished")
            with unfinished.open("wb") as file:
                np.save(file, teacher.of_texts(texts).half().numpy())
            os.replace(unfinished, path)
            made += len(texts)
    return made
