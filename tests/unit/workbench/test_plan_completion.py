"""Completion and hover in a plan that is being written, `|` marks the caret."""

from __future__ import annotations

import pytest

from app.workbench.plan_completion import help_at, suggest
from pipeline.plan.document import new_document
from tests.support.projects import tiny_plan


def at_caret(marked: str) -> tuple[list[str], str]:
    offset = marked.index("|")
    text = marked.replace("|", "", 1)
    found = suggest(text, offset, {"dataset.sources[0].path": ["data/tickets.csv"]})
    return [item.text for item in found.items], text[found.start : offset]


@pytest.mark.parametrize(
    ("marked", "first", "typed"),
    [
        ("version: 1\nta|", "task", "ta"),
        ("training:\n  learn|", "learning_rate", "learn"),
        ("training:\n  adapter:\n    use_d|", "use_dora", "use_d"),
        ("training:\n  adapter: {type: lora, lora_al|", "lora_alpha", "lora_al"),
        ("training:\n  method: d|", "dpo", "d"),
        ("training:\n  adapter: {use_dora: t|}", "true", "t"),
        ("dataset:\n  sources:\n    - pa|", "path", "pa"),
        ("dataset:\n  sources:\n    - path: |", "data/tickets.csv", ""),
        ("dataset:\n  sources: [{path: data/t|}]", "data/tickets.csv", "data/t"),
        ("dataset:\n  checks:\n    personal_data: ma|", "mask", "ma"),
        ("evaluation:\n  metrics: [accuracy, mac|]", "macro_f1", "mac"),
        ("evaluation:\n  metrics:\n    - rou|", "rouge_l", "rou"),
        ("evaluation:\n  gates:\n    acc|", "accuracy", "acc"),
        ("name: x\n# a note\n\ncom|", "compute", "com"),
    ],
)
def test_the_first_suggestion_is_what_is_meant(marked: str, first: str, typed: str) -> None:
    words, replaced = at_caret(marked)
    assert words[0] == first
    assert replaced == typed


@pytest.mark.parametrize("marked", ["# a com|", "goal: |-\n  we wri".replace("|-", ">-") + "|", 'goal: "tex|'])
def test_nothing_is_suggested_in_texts_and_comments(marked: str) -> None:
    assert at_caret(marked)[0] == []


def test_a_name_that_is_there_is_not_suggested_again() -> None:
    words, _ = at_caret("training:\n  method: sft\n  |\n  seed: 3\nserving:\n  alias: a")
    assert "learning_rate" in words and "method" not in words and "seed" not in words
    words, _ = at_caret("training:\n  adapter: {r: 8, |}")
    assert "type" in words and "r" not in words


def test_a_part_goes_on_below_its_name() -> None:
    offset = len("train")
    found = suggest("train", offset).items
    assert found[0].insert == "training:\n  "
    assert found[0].detail.startswith("How the adapter is trained")


def test_hover_says_type_default_and_source() -> None:
    text = new_document(tiny_plan()).text
    about = help_at(text, text.index("lora_alpha") + 3)
    assert about is not None
    assert about.path == "training.adapter.lora_alpha"
    assert about.facts == "a number above 0 or `auto` · default auto · PEFT's LoraConfig"
    assert "lora_alpha / r" in about.description
    rank = help_at(text, text.index(" r:") + 1)
    assert rank is not None
    assert "8 to 16 is enough" in rank.note and "arXiv 2106.09685" in rank.note, "what the chat would answer"
    assert help_at(text, 3) is None, "a comment is no field"


def test_hover_works_in_a_broken_text() -> None:
    text = "training:\n  method: [\n  seed: 3\n"
    about = help_at(text, text.index("method") + 2)
    assert about is not None and about.path == "training.method"
