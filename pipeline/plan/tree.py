"""Plan text as nodes with places, guarded against what YAML can do to a reader.

A plan needs no anchors, tags or second documents, so they are refused rather than followed: an alias can expand to more
memory than there is, and an edit in one place would change another. Scalars are read by YAML 1.2's core schema from the
text itself: `no` is a word, `2e-4` a number, and a text field keeps what was typed (`revision: 12e4567`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pipeline.plan.errors import PlanErrors, Problem

MAX_BYTES = 256 * 1024  # the longest plan with hundreds of labels and a long prompt is a tenth of this
KEPT = 8  # texts; a plan has some kilobytes
MAX_DEPTH = 12  # the deepest field of a plan is 4 levels down

FieldPath = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_COLON = re.compile(r"\s*:")
_CONSTANTS: dict[str, Any] = {"": None, "~": None}
_CONSTANTS |= dict.fromkeys(("null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
_CONSTANTS |= {f"{sign}{form}": float(f"{sign}inf") for sign in ("", "+", "-") for form in (".inf", ".Inf", ".INF")}
_CONSTANTS |= {form: float("nan") for form in (".nan", ".NaN", ".NAN")}


@dataclass(frozen=True)
class Entry:
    """Where one value stands in the text; offsets count characters, `key_end` is past the colon."""

    start: int
    end: int
    key_start: int
    key_end: int
    kind: str  # scalar mapping sequence
    is_flow: bool
    style: str | None
    text: str | None  # of a scalar, as typed without quotes


@dataclass
class Tree:
    """A plan's text with its plain values, the place of each, and what was wrong on the way."""

    text: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    entries: dict[FieldPath, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: FieldPath) -> tuple[int, int]:
        """Line and column, from 1, of a field's name; of its nearest parent where the text doesn't name it."""
        for length in range(len(path), 0, -1):
            if entry := self.entries.get(path[:length]):
                return line_and_column(self.text, entry.key_start)
        return 1, 1

    def is_list(self, path: FieldPath) -> bool:
        """Whether the text itself has a list at `path`, not one name in place of a list, nor nothing."""
        entry = self.entries.get(path)
        return entry is not None and entry.kind == "sequence"


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def path_text(path: FieldPath) -> str:
    """`("dataset", "sources", 0, "path")` as `dataset.sources[0].path`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def plain_scalar(text: str) -> Any:
    """The value of an unquoted scalar by YAML 1.2's core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base) if len(text) < 400 else text  # longer ones only slow int() down
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def read_tree(text: str, name: str) -> Tree:
    """Reads plan text.

    Raises:
        PlanErrors: the text is no YAML mapping, too large, or uses anchors, tags or several documents.
    """
    _guard_size(text, name)
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        root = _root(text)
    except PlanErrors as errors:
        raise PlanErrors([replace(each, file=name) for each in errors.problems]) from errors
    except MarkedYAMLError as error:
        raise PlanErrors([_syntax_problem(error, text, name)]) from error
    except ReaderError as error:
        raise PlanErrors([_unreadable(error, text, name)]) from error
    tree = Tree(text, name)
    if root is None:
        return tree
    _note(tree, (), root, root.start, root.start)
    values = _visit(tree, root, ())
    if not isinstance(values, dict):
        message = f"{name} holds {'a list' if isinstance(values, list) else 'one value'}, not fields."
        raise PlanErrors([Problem("plan.not_a_mapping", message, "Write `field: value` lines.", "", name, 1, 1)])
    tree.values = values
    return tree


def _guard_size(text: str, name: str) -> None:
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        message = f"{name} has {size / 1024:,.0f} KiB; a plan has at most {MAX_BYTES // 1024}."
        hint = "Rows belong in data files: name them under dataset.sources."
        raise PlanErrors([Problem("plan.too_large", message, hint, "", name, 1, 1)])


@dataclass
class _Node:
    """A value in the text, as the parser reports it; children of a mapping are its names and values in turn."""

    kind: str
    start: int
    end: int
    is_flow: bool = False
    style: str | None = None
    text: str = ""
    children: list[_Node] = field(default_factory=list)


@lru_cache(KEPT)
def _root(text: str) -> _Node | None:
    """The document's outermost value, built from events: what is refused is seen before it can grow.

    A plan that changes is read several times on its way, and its reader is slow: the last texts stay read.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml import events as yaml_events

    open_nodes: list[_Node] = []
    root: _Node | None = None
    documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        documents += isinstance(event, yaml_events.DocumentStartEvent)
        if refused := _refused(event, len(open_nodes), documents):
            code, message, hint = refused
            mark = event.start_mark
            raise PlanErrors([Problem(code, message, hint, "", "", mark.line + 1, mark.column + 1)])
        if isinstance(event, yaml_events.CollectionEndEvent):
            open_nodes.pop().end = event.end_mark.index
        elif isinstance(event, yaml_events.NodeEvent):
            node = _node(event)
            if open_nodes:
                open_nodes[-1].children.append(node)
            root = root or node
            if isinstance(event, yaml_events.CollectionStartEvent):
                open_nodes.append(node)
    return root


def _node(event: Any) -> _Node:
    start, end = event.start_mark.index, event.end_mark.index
    kind = type(event).__name__.removesuffix("Event").removesuffix("Start").lower()
    if kind == "scalar":
        return _Node(kind, start, end, style=event.style, text=event.value)
    return _Node(kind, start, end, is_flow=bool(event.flow_style))


def _refused(event: Any, depth: int, documents: int) -> tuple[str, str, str] | None:
    if getattr(event, "anchor", None):
        kind = "alias `*" if type(event).__name__ == "AliasEvent" else "anchor `&"
        return (
            "plan.anchor",
            f"The {kind}{event.anchor}` is not allowed in a plan.",
            "Write the value where it is used.",
        )
    if getattr(event, "tag", None) is not None:
        return "plan.tag", f"The tag `{event.tag}` is not allowed in a plan.", "Leave the tag out."
    if depth > MAX_DEPTH:
        return (
            "plan.too_deep",
            f"More than {MAX_DEPTH} levels are nested here.",
            "Check the brackets and the indentation.",
        )
    if documents > 1:
        return "plan.documents", "A second document starts here (`---`).", "Put the other plan into plans/NAME.yaml."
    return None


def _visit(tree: Tree, node: _Node, path: FieldPath) -> Any:
    """The plain value of `node`; notes places and repeated keys on the way."""
    if node.kind == "sequence":
        for index, child in enumerate(node.children):
            _note(tree, (*path, index), child, child.start, child.start)
        return [_visit(tree, child, (*path, index)) for index, child in enumerate(node.children)]
    if node.kind == "mapping":
        return _visit_mapping(tree, node, path)
    return node.text if node.style else plain_scalar(node.text)


def _visit_mapping(tree: Tree, node: _Node, path: FieldPath) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, child in zip(node.children[::2], node.children[1::2], strict=True):
        child_path = (*path, key.text)
        colon = _COLON.match(tree.text, key.end)
        if key.kind != "scalar":
            message, hint = "A field's name must be a word.", "Write `field: value`."
            _complain(tree, key, Problem("plan.key", message, hint, path_text(path)))
        elif key.text in values:
            message = f"`{key.text}` stands here again; line {tree.place(child_path)[0]} has it already."
            problem = Problem("plan.duplicate_field", message, "Keep one of the two.", path_text(child_path))
            _complain(tree, key, problem)
        elif colon is None:
            message, hint = f"`{key.text}` has no value.", f"Write `{key.text}: value`."
            _complain(tree, key, Problem("plan.syntax", message, hint, path_text(child_path)))
        else:
            _note(tree, child_path, child, key.start, colon.end())
            values[key.text] = _visit(tree, child, child_path)
    return values


def _complain(tree: Tree, node: _Node, problem: Problem) -> None:
    line, column = line_and_column(tree.text, node.start)
    tree.problems.append(replace(problem, file=tree.name, line=line, column=column))


def _note(tree: Tree, path: FieldPath, node: _Node, key_start: int, key_end: int) -> None:
    is_scalar, start, end = node.kind == "scalar", node.start, node.end
    if is_scalar and not node.text and node.style is None:
        start = end = key_end  # the parser puts an absent value at the next token, maybe lines below
    text = node.text if is_scalar else None
    tree.entries[path] = Entry(start, end, key_start, key_end, node.kind, node.is_flow, node.style, text)


_SYNTAX = {  # what ruamel says → what a person can do about it
    "mapping values are not allowed": (
        "A `: ` where no field can begin.",
        "Put the text in quotes, or check the indentation.",
    ),
    "could not find expected ':'": ("This line is no `field: value`.", "Add the colon, or indent the line as text."),
    "expected <block end>": (
        "This line doesn't fit the indentation of those above.",
        "Indent fields of one part alike.",
    ),
    "found unexpected end of stream": ("A quote or bracket that opens here is never closed.", "Close it."),
    "while scanning a quoted": ("A quote that opens here is never closed.", "Close it."),
    "expected ',' or": (
        "A bracket that opens here is not closed.",
        "Close it, and separate what it holds with commas.",
    ),
    "found character": ("A value can't begin with this character.", "Put the value in quotes."),
}


def _syntax_problem(error: Any, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = str(error.problem or error.context or error)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    source_line = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if "\\t" in said or "\t" in source_line[: max(column, 1)]:
        return Problem("plan.tab", "YAML doesn't take tabs for indentation.", "Use spaces.", "", name, line, column)
    for start, (message, hint) in _SYNTAX.items():
        if said.startswith(start):
            if "opens here" in message and error.context_mark:
                line, column = error.context_mark.line + 1, error.context_mark.column + 1
            return Problem("plan.syntax", message, hint, "", name, line, column)
    return Problem("plan.syntax", f"This is not YAML: {said}.", "Compare with a new plan.", "", name, line, column)


def _unreadable(error: Any, text: str, name: str) -> Problem:
    offset = int(error.position or 0)
    line, column = line_and_column(text, offset)
    character = text[offset] if offset < len(text) else ""
    message = (
        f"The character U+{ord(character):04X} can't stand in a plan." if character else "This can't be read as text."
    )
    return Problem(
        "plan.character", message, "Delete it, or write it as an escape in double quotes.", "", name, line, column
    )
