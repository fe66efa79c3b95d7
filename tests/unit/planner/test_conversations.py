"""Conversations of several turns, as files that a person reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.conversations import FOLDER, rendered

PATHS = sorted(FOLDER.glob("*.md"))


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def test_there_are_ten() -> None:
    assert len(PATHS) == 10


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_what_is_said_asked_and_proposed(path: Path) -> None:
    assert rendered(path) == path.read_text(encoding="utf-8")
