"""A stage is what its file says; a name that is missing or misspelt is not passed over."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.training.making import toml_of
from training.stage import Stage, load_stage


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "stage.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_stage_comes_back_from_its_file(stage: Stage, tmp_path: Path) -> None:
    assert load_stage(written(tmp_path, toml_of(stage))) == stage
    whole = replace(stage, teacher=Path("some/bert"), start_from=Path("run/checkpoint.safetensors"))
    assert load_stage(written(tmp_path, toml_of(whole))) == whole


NAMES = [f.name for f in fields(Stage) if f.name not in {"teacher", "start_from"}]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_misspelt_fails(name: str, stage: Stage, tmp_path: Path) -> None:
    text = toml_of(stage)
    wrong = re.sub(rf"(?m)^(\[?){name}\b", rf"\1{name}s", text)
    assert wrong != text
    with pytest.raises((TypeError, KeyError)):
        load_stage(written(tmp_path, wrong))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sparing"])
def test_a_name_that_is_missing_fails(name: str, stage: Stage, tmp_path: Path) -> None:
    table = rf"(?ms)^\[{name}\].*?(?=^\[|\Z)"
    text = toml_of(stage)
    less = re.sub(table, "", re.sub(rf"(?m)^{name} =.*\n", "", text))
    assert less != text
    with pytest.raises((TypeError, KeyError)):
        load_stage(written(tmp_path, less))


def test_a_stage_keeps_its_activations_unless_it_says_otherwise(
    stage: Stage, tmp_path: Path
) -> None:
    silent = re.sub(r"(?m)^sparing =.*\n", "", toml_of(stage))
    assert load_stage(written(tmp_path, silent)).sparing is False
    told = replace(stage, sparing=True)
    assert load_stage(written(tmp_path, toml_of(told))) == told


@pytest.mark.parametrize("name", ["layers", "pointer_layers", "decay_exponents", "longest_answer"])
def test_a_misspelt_name_of_the_model_fails(name: str, stage: Stage, tmp_path: Path) -> None:
    wrong = toml_of(stage).replace(f'"{name}"', f'"{name}s"')
    with pytest.raises((TypeError, KeyError)):
        load_stage(written(tmp_path, wrong))


@pytest.mark.parametrize("name", ["teacher", "start_from"])
def test_a_misspelt_name_that_may_be_left_out_fails_too(
    name: str, stage: Stage, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match=f"{name}s"):
        load_stage(written(tmp_path, f'{name}s = "x"\n' + toml_of(stage)))
