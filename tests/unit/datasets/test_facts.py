"""Token lengths of rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.bases.base import read_base
from pipeline.bases.chat import render
from pipeline.datasets.facts import TokenLengths, row_facts, token_lengths
from pipeline.datasets.versions.build import build_version
from tests.support.data_files import ROOT, classification_plan, instruction_plan, write_jsonl
from tests.support.tiny_model import make_tiny_base


def test_lengths_are_those_of_the_rendered_rows(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    base = read_base(make_tiny_base(tmp_path / "base"))
    rows = [
        {"text": f"where is parcel {i} " + "please " * (i % 7), "label": ("late", "lost")[i % 2]} for i in range(40)
    ]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    version = build_version(classification_plan("rows.jsonl"), tmp_path)
    facts = row_facts(version, base, "Sort it.")
    assert facts.train_rows == version.counts.train
    assert facts.labels == 2
    tokenizer = Tokenizer.from_file(str(base.folder / "tokenizer.json"))
    trained = [*version.rows("train"), *version.rows("validation")]
    prompts = [len(tokenizer.encode(render(base, row.prompt, "Sort it.")).ids) for row in trained]
    assert facts.prompt_tokens == token_lengths(prompts)
    assert facts.prompt_tokens.p50 <= facts.prompt_tokens.p95 <= facts.prompt_tokens.max
    whole = max(len(tokenizer.encode(render(base, row.messages, "Sort it.").rstrip("\n")).ids) for row in trained)
    assert facts.prompt_tokens.max < whole <= facts.prompt_tokens.max + facts.completion_tokens.max
    without = row_facts(version, base)
    assert without.prompt_tokens.max < facts.prompt_tokens.max
    assert without.completion_tokens == facts.completion_tokens


def test_plain_text_has_no_prompt(tmp_path: Path) -> None:
    base = read_base(make_tiny_base(tmp_path / "base"))
    write_jsonl(tmp_path / "rows.jsonl", [{"text": f"a line of prose, number {i}"} for i in range(12)])
    version = build_version(instruction_plan("rows.jsonl", task="continued-pretraining"), tmp_path)
    facts = row_facts(version, base)
    assert facts.prompt_tokens == TokenLengths(0, 0, 0)
    assert facts.completion_tokens.max > 10
    assert facts.labels is None


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([], (0, 0, 0)), ([7], (7, 7, 7)), (list(range(1, 101)), (50, 96, 100)), ([3, 1, 2], (2, 3, 3))],
)
def test_percentiles(lengths: list[int], expected: tuple[int, int, int]) -> None:
    assert token_lengths(lengths) == TokenLengths(*expected)


def test_counting_needs_no_torch() -> None:
    code = "import sys, pipeline.datasets.facts, pipeline.datasets.versions.build; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
