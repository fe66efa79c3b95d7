"""Writes `docs/reference/`: every command, every setting and every verb of the command line, from the program itself.

    python -P -m app.reference

A test makes the pages again and compares them with the files, so they can't grow old.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.workbench.commands import Command

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_NOTE = "<!-- Made by `make reference`; edit the texts in the code. -->"
_AREAS = {
    "project": "Projects",
    "window": "Windows",
    "file": "Files",
    "plan": "The plan",
    "view": "Views and layout",
    "data": "Data",
    "assistant": "Chat",
    "run": "Runs",
    "verdict": "Verdicts",
    "adapter": "Adapters",
    "playground": "Playground",
    "server": "Server",
    "machine": "This machine",
    "console": "Console",
    "settings": "Settings",
    "help": "Help",
}


def pages() -> dict[str, str]:
    """File name → text of every page."""
    return {"commands.md": commands_page(), "settings.md": settings_page(), "cli.md": cli_page()}


def write(folder: Path = FOLDER) -> list[Path]:
    """Writes the pages that differ from their files, and returns those."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in pages().items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def commands_page() -> str:
    """All commands by area, with id, keys, the views where the keys act, and what each does."""
    from app.workbench.actions.everything import all_commands

    every = all_commands()
    parts = [
        "# Commands",
        _NOTE,
        f"{len(every)} commands. All are in the palette (Ctrl+Shift+P); `F1` shows them with the keys of now, "
        "and *Settings* changes the keys. A key with a view acts only while that view has the focus; text fields keep "
        "the keys that they type with.",
    ]
    for area in dict.fromkeys(command.category for command in every):
        rows = [_command_row(command) for command in every if command.category == area]
        parts.append(f"## {_AREAS[area]}\n\n" + _table(("command", "keys", "what it does", "id"), rows))
    return "\n\n".join(parts) + "\n"


def _command_row(command: Command) -> tuple[str, str, str, str]:
    keys = " ".join(f"`{key}`" for key in command.keys)
    if keys and command.views:
        keys += f" in {', '.join(command.views)}"
    return command.title, keys, command.help, f"`{command.id}`"


def settings_page() -> str:
    """All settings with what they take and what they are without being set."""
    from app.workbench.settings import Settings

    schema: dict[str, Any] = Settings.model_json_schema()["properties"]
    rows = [
        (f"`{name}`", schema[name].get("description", ""), _takes(schema[name]), _code(schema[name].get("default")))
        for name in Settings.model_fields
        if name != "version"
    ]
    return (
        "\n\n".join(
            [
                "# Settings",
                _NOTE,
                "One file for all projects, `settings.json` in the user's configuration folder (`~/.config/vibetune`); "
                "the view *Settings* (Ctrl+,) writes it and names its place. What is not in the file has its usual "
                "value.",
                _table(("setting", "is", "takes", "usually"), rows),
            ]
        )
        + "\n"
    )


def _takes(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    low, high = field.get("minimum"), field.get("maximum")
    words = {"integer": "a whole number", "number": "a number", "boolean": "`true`, `false`", "string": "a text"}
    kind = words.get(field.get("type", ""), "texts by id")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind


def _code(value: object) -> str:
    if value in ("", None, {}):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def cli_page() -> str:
    """All verbs as `--help` tells them, with arguments, options and example."""
    verbs = cli_verbs()
    parts = [
        "# Command line",
        _NOTE,
        "`vibetune VERB --help` says the same. Every verb that answers takes `--json`; exit codes: 0 done, 1 failed, "
        "2 bad input, 3 needs approval, 130 stopped.",
    ]
    parts += [_verb(name, verb) for name, verb in verbs.items()]
    return "\n\n".join(parts) + "\n"


def cli_verbs() -> dict[str, Any]:
    """Full name → click's command of every verb and sub-verb, in the order of `--help`."""
    import typer.main

    from app.cli.__main__ import cli

    found: dict[str, Any] = {}
    for name, command in typer.main.get_group(cli).commands.items():
        found[name] = command
        for inner, sub in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = sub
    return found


def _verb(name: str, verb: Any) -> str:
    arguments = [each for each in verb.params if each.param_type_name == "argument"]
    options = [each for each in verb.params if each.param_type_name == "option"]
    usage = " ".join(["vibetune", name, *map(_argument, arguments)])
    parts = [f"## {name}", f"```console\n$ {usage}{' [OPTIONS]' if options else ''}\n```", *_help(verb.help or "")]
    rows = [(f"`{_argument(each)}`", getattr(each, "help", None) or "") for each in arguments]
    rows += [(_option(each), each.help or "") for each in options]
    if rows:
        parts.append(_table(("takes", "is"), rows))
    return "\n\n".join(parts)


def _argument(argument: Any) -> str:
    word = str(argument.metavar or argument.name.upper()).strip("[]")
    word += "..." if argument.nargs == -1 and not word.endswith("...") else ""
    return word if argument.required else f"[{word}]"


def _help(text: str) -> list[str]:
    """The help's paragraphs; examples as code."""
    found = []
    for paragraph in inspect.cleandoc(text).replace("\b\n", "").split("\n\n"):
        if "Example:" in paragraph:
            lines = [line.replace("Example:", "").strip() for line in paragraph.splitlines()]
            found.append("```console\n" + "\n".join(f"$ {line}" for line in lines if line) + "\n```")
        else:
            found.append(" ".join(paragraph.split()))
    return found


def _option(option: Any) -> str:
    names = " ".join(f"`{name}`" for name in option.opts)
    is_flag = getattr(option, "is_flag", False)
    usual = option.default
    if is_flag or usual in (None, "", (), []) or callable(usual):
        return names
    return f"{names} (usually `{usual}`)"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        lines.append("| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in row) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    for changed in write():
        print(f"written: {changed.relative_to(FOLDER.parents[1])}")
