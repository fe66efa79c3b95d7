"""Plain values as YAML text that reads the same in YAML 1.1 and 1.2 readers."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

WIDTH = 100  # columns that a flow mapping or a paragraph may take

# Begins with a letter and has nothing that YAML gives a meaning to, anywhere.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./@+()'-]|:(?=\S)|[,?!;])*")
_PLAIN_IN_FLOW = re.compile(r"[^\W\d_][\w ./@+()'-]*")
# Words that some YAML version takes for a truth value, nothing, or a number.
_TAKEN = re.compile(r"(y|n|yes|no|on|off|true|false|null|nan|inf)", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\S+(?: \S+)+")
_BLOCK = re.compile(r"[^\s](?:.*\S)?(?:\n+\S(?:.*\S)?)*\n?")
_ONE_LINE_BREAK = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]")


def scalar(value: Any, *, in_flow: bool = False) -> str:
    """One value on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    return _text(str(value), in_flow=in_flow)


def _text(value: str, *, in_flow: bool) -> str:
    plain = _PLAIN_IN_FLOW if in_flow else _PLAIN
    if plain.fullmatch(value) and not value.endswith((" ", ":")) and " #" not in value and not _TAKEN.fullmatch(value):
        return value
    # JSON's strings are YAML's double-quoted ones; what no YAML reader takes literally is escaped.
    quoted = json.dumps(value, ensure_ascii=False)
    return _ONE_LINE_BREAK.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _number(value: float) -> str:
    """`32`, `0.05`, `2.0e-4`; YAML 1.1 needs the point to see a number in an exponent form."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if abs(value) >= 0.01 and abs(value) < 1e15:
        return repr(value)
    shortest = next(text for precision in range(1, 18) if float(text := f"{value:.{precision}e}") == value)
    mantissa, _, exponent = shortest.partition("e")
    return f"{mantissa}e{int(exponent):+d}"


def flow(value: Any) -> str:
    """A value on one line: `{path: data/x.csv, split: test}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key, in_flow=True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value, in_flow=True)


def field_lines(name: str, value: Any, indent: int) -> list[str]:
    """`name: value` at `indent` columns: on one line where it fits, over several lines where it doesn't."""
    margin = " " * indent
    start = f"{margin}{scalar(name)}:"
    if isinstance(value, str):
        return _text_lines(start, value, indent)
    if not isinstance(value, dict | list | tuple):
        return [f"{start} {scalar(value)}"]
    one_line = f"{start} {flow(value)}"
    if len(one_line) <= WIDTH or not value:
        return [one_line]
    if isinstance(value, dict):
        return [start, *(line for key, item in value.items() for line in field_lines(key, item, indent + 2))]
    return [start, *(f"{margin}  - {flow(item)}" for item in value)]


def part_lines(name: str, fields: dict[str, Any], indent: int) -> list[str]:
    """A part with one line for each of its fields, however short it is."""
    if not fields:
        return field_lines(name, fields, indent)
    lines = [line for key, value in fields.items() for line in field_lines(key, value, indent + 2)]
    return [f"{' ' * indent}{scalar(name)}:", *lines]


def _text_lines(start: str, value: str, indent: int) -> list[str]:
    margin = " " * (indent + 2)
    if "\n" in value and _BLOCK.fullmatch(value) and not _ONE_LINE_BREAK.search(value):
        chomp = "" if value.endswith("\n") else "-"
        return [f"{start} |{chomp}", *(f"{margin}{line}" if line else "" for line in value.rstrip("\n").split("\n"))]
    if len(start) + len(value) >= WIDTH and _PARAGRAPH.fullmatch(value) and not _ONE_LINE_BREAK.search(value):
        wrapped = textwrap.wrap(value, WIDTH - len(margin), break_long_words=False, break_on_hyphens=False)
        return [f"{start} >-", *(margin + line for line in wrapped)]
    return [f"{start} {scalar(value)}"]
