"""The guide covers every verb, and every verb shows an example."""

from __future__ import annotations

from pathlib import Path

import typer.main

from app.cli.__main__ import cli

ROOT = Path(__file__).resolve().parents[2]


def verbs() -> dict[str, str]:
    """Full name → help text of every verb and sub-verb."""
    found: dict[str, str] = {}
    group = typer.main.get_group(cli)
    for name, command in group.commands.items():
        found[name] = command.help or ""
        for inner, sub in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = sub.help or ""
    return found


def test_every_verb_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    table = guide[guide.index("## Verbs") :]
    missing = [name for name in verbs() if not all(f"`{word}`" in table for word in name.split())]
    assert len(verbs()) >= 18
    assert missing == []


def test_every_verb_shows_an_example() -> None:
    groups = {"runs", "adapters", "data"}
    assert [name for name, text in verbs().items() if "Example:" not in text and name not in groups] == []
