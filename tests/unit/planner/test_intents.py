"""The planner against sentences that were written before it was tuned; a third was never looked at while tuning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.intents import OWN, score


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.parametrize(("name", "sentences", "least"), [("tuned", 118, 0.97), ("held_out", 59, 0.9)])
def test_sentences(name: str, sentences: int, least: float) -> None:
    path = OWN / f"{name}.jsonl"
    assert len(path.read_text(encoding="utf-8").splitlines()) == sentences
    held, total, lines = score(path)
    assert held / total >= least, "\n".join(lines)
