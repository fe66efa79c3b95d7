"""Every command, setting and verb stands in docs/reference, with what it does, and as it is now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.reference import FOLDER, cli_verbs, pages, write
from app.workbench.actions.everything import all_commands
from app.workbench.settings import Settings

GROUPS = {name for name in cli_verbs() if any(other.startswith(f"{name} ") for other in cli_verbs())}


def page(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["commands.md", "settings.md", "cli.md"])
def test_pages_are_as_the_program_makes_them(name: str) -> None:
    assert set(pages()) == {"commands.md", "settings.md", "cli.md"}
    assert page(name) == pages()[name], "run `make reference`"


def test_a_page_that_grew_old_is_written_again(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == 3
    (tmp_path / "cli.md").write_text("old")
    assert write(tmp_path) == [tmp_path / "cli.md"]
    assert write(tmp_path) == []


def test_every_command_is_there_with_its_keys_and_its_help() -> None:
    text, commands = page("commands.md"), all_commands()
    assert len(commands) > 150
    rows = {line.rpartition("| `")[2].rstrip("` |"): line for line in text.splitlines() if line.startswith("| ")}
    missing = [each.id for each in commands if each.title not in rows.get(each.id, "")]
    assert missing == []
    assert [each.id for each in commands if not all(f"`{key}`" in rows[each.id] for key in each.keys)] == []
    assert [each.id for each in commands if not each.help] == [], "what does it do that its title doesn't say?"


def test_no_two_commands_share_a_title() -> None:
    titles = [each.title for each in all_commands()]
    assert sorted({each for each in titles if titles.count(each) > 1}) == [], "the palette would show them twice"


def test_texts_of_commands_are_sentences() -> None:
    commands = all_commands()
    assert [each.id for each in commands if not each.help.endswith(".")] == []
    assert [each.id for each in commands if re.search(r"[!]|please|simply", each.help + each.title)] == []
    assert [each.id for each in commands if each.title.endswith(".")] == []


def test_every_setting_is_there_with_its_text() -> None:
    text = page("settings.md")
    fields = {name: field for name, field in Settings.model_fields.items() if name != "version"}
    assert len(fields) >= 9
    assert [name for name in fields if f"| `{name}` |" not in text] == []
    assert [name for name, field in fields.items() if (field.description or "-") not in text] == []


def test_every_verb_is_there_with_its_options_and_an_example() -> None:
    text, verbs = page("cli.md"), cli_verbs()
    assert len(verbs) >= 20
    parts = {part.partition("\n")[0]: part for part in text.split("\n## ")[1:]}
    assert set(parts) == set(verbs)
    options = [
        (name, option)
        for name, verb in verbs.items()
        for each in verb.params
        for option in each.opts
        if option.startswith("-")
    ]
    assert [(name, option) for name, option in options if f"`{option}`" not in parts[name]] == []
    assert [
        name for name in verbs if name not in GROUPS and "\n$ vibetune " not in parts[name].partition("```\n")[2]
    ] == []
    assert [(name, each.name) for name, verb in verbs.items() for each in verb.params if not each.help] == []
