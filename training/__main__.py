"""How the shipped weights came to be, step by step: python -m training STEP ... (README.md)."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one step of the recipe."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name, text in (
        ("tokenizer", "train the SentencePiece model on the raw data"),
        ("prepare", "pack questions, cloze questions and running text into arrays"),
    ):
        step = steps.add_parser(name, help=text)
        step.add_argument("raw", type=Path, help="folder with train/ and dev/")
        step.add_argument("out", type=Path, help="folder for the packed files")
        step.add_argument("--seed", type=int, default=1)
    for name, text in (
        ("train", "train a stage, or go on with it"),
        ("export", "write the weights of a run as a checkpoint"),
        ("curves", "draw losses and scores of a run"),
    ):
        step = steps.add_parser(name, help=text)
        step.add_argument("stage", type=Path, help="the stage's TOML file")
        if name != "train":
            step.add_argument("out", type=Path)
        if name == "export":
            step.add_argument("--earlier", type=float, default=0.0, help="share of start_from")
    step = steps.add_parser("heads", help="train the heads of a model whose body stands still")
    step.add_argument("stage", type=Path, help="the stage's TOML file")
    step.add_argument("out", type=Path, help="folder for the model with its heads")
    step = steps.add_parser("retrieval", help="measure embeddings beside words")
    step.add_argument("model", type=Path, help="a model folder with an embedding head")
    step.add_argument("files", type=Path, nargs="+", help="development documents with questions")
    step.add_argument("--teacher", type=Path, help="a BERT encoder, measured as a ceiling")
    step.add_argument("--together", action="store_true", help="search all documents as one")
    step = steps.add_parser("mixture", help="weigh the reader's odds and shared words")
    step.add_argument("model", type=Path, help="a checkpoint folder")
    step.add_argument(
        "files", type=Path, nargs="+", help="documents never trained on, with questions"
    )
    step.add_argument("--questions", type=int, default=200, help="of each file")
    step.add_argument(
        "--unanswerable", type=float, default=0.2, help="share of questions without an answer"
    )
    _do(parser.parse_args(arguments))


def _do(chosen: argparse.Namespace) -> None:
    # Imported when needed: a machine that only trains has neither matplotlib nor the raw data.
    if chosen.step == "tokenizer":
        from training.tokenizer import build_tokenizer

        build_tokenizer(chosen.raw, chosen.out, size=16_384, threads=2, seed=chosen.seed)
    elif chosen.step == "prepare":
        _prepare(chosen.raw, chosen.out, chosen.seed)
    elif chosen.step == "heads":
        from training.heads.run import train_heads
        from training.heads.stage import load_heads_stage

        print(train_heads(load_heads_stage(chosen.stage), chosen.out))
    elif chosen.step == "retrieval":
        from training.evaluation.retrieval import evaluate_retrieval

        for file in chosen.files:
            found = evaluate_retrieval(chosen.model, file, chosen.teacher, chosen.together)
            print(json.dumps({"file": file.name, **found}, indent=1), flush=True)
    elif chosen.step == "mixture":
        from training.evaluation.mixture import fit

        found = fit(chosen.model, chosen.files, chosen.questions, unanswerable=chosen.unanswerable)
        print(json.dumps(found, indent=1))
    else:
        _stage(chosen)


def _prepare(raw: Path, out: Path, seed: int) -> None:
    from retnet_core.tokenizer import Tokenizer
    from training.cloze import prepare_cloze
    from training.prepare import prepare_questions
    from training.texts import prepare_texts

    model = out / "tokenizer.model"
    prepare_questions(raw, Tokenizer.from_file(model), out, seed)
    prepare_cloze(raw, model, out, processes=2, seed=seed)
    prepare_texts(raw, model, out, processes=2)


def _stage(chosen: argparse.Namespace) -> None:
    from training.stage import load_stage

    stage = load_stage(chosen.stage)
    if chosen.step == "train":
        from training.loop import run

        run(stage)
    elif chosen.step == "export":
        from training.export import export

        print(export(stage, chosen.out, earlier=chosen.earlier))
    else:
        from training.curves import draw_curves

        draw_curves([stage.run / "log.jsonl"], chosen.out)


if __name__ == "__main__":
    main()
