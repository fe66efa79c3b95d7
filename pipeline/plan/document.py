"""A `plan.yaml` as text and meaning together: read with all its problems, edited without touching the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput, Failed
from pipeline.files import write_text
from pipeline.plan.edit import REMOVED, set_value, with_all
from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.fields import find_field, parse_path, unknown_field_hint
from pipeline.plan.layout import new_plan_text
from pipeline.plan.migrations import migrate
from pipeline.plan.model import Plan
from pipeline.plan.rules import check
from pipeline.plan.tree import FieldPath, Tree, read_tree
from pipeline.plan.validation import as_typed, validate

# Stands in for what is missing or wrong, so that the rules can look at the rest in the same pass.
_STAND_IN: dict[str, Any] = {"name": "plan", "task": "chat", "dataset": {"sources": [{"path": "data"}]}}


class PlanDocument:
    """The text of a plan and what it says; every edit leaves a valid plan, or the document as it was.

    Attributes:
        name: how people know the document, usually its path.
        text: with `\\n` line ends; `save` writes those that the file had.
        plan: what the text says.
        warnings: what is allowed but will not end well, such as an adapter type that can't be served.
    """

    def __init__(self, text: str, name: str = "plan.yaml", *, newline: str = "\n") -> None:
        self.name = name
        self._newline = newline
        self._read(text)

    def _read(self, text: str) -> None:
        tree = read_tree(text, self.name)
        plan, problems = _meaning(tree)
        problems = [_placed(problem, tree) for problem in (*tree.problems, *problems)]
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors or plan is None:
            raise PlanErrors(errors)
        self.text, self.plan, self.warnings, self._tree = text, plan, problems, tree

    def place(self, field: str) -> tuple[int, int]:
        """Line and column, from 1, of a field's name, or of its nearest parent in the text."""
        return self._tree.place(parse_path(field))

    def set(self, field: str, value: Any) -> None:
        """Gives one field a value, in place.

        Args:
            field: dotted path such as `training.learning_rate` or `dataset.sources[0].split`.
            value: plain: text, number, truth value, None, list or dict of these.

        Raises:
            PlanErrors: there is no such field, or the plan would no longer be valid.
        """
        path = parse_path(field)
        if find_field(path) is None:
            hint = unknown_field_hint(path) if path else "Write it as `training.learning_rate`."
            raise PlanErrors(
                [Problem("plan.unknown_field", f"The plan has no field `{field}`.", hint, field, self.name)]
            )
        self._read(set_value(self.text, path, value))

    def apply(self, plan: Plan) -> None:
        """Makes the document say `plan`, changing the text only where the two differ.

        Raises:
            PlanErrors: `plan` breaks a rule.
            Failed: `plan.edit`, the text has a form that can't be edited in place.
        """
        changes = _changes(self.plan.model_dump(mode="json"), plan.model_dump(mode="json"), (), self._tree)
        text = with_all(self.text, changes)
        previous = self.text, self.plan, self.warnings, self._tree
        self._read(text)
        if self.plan != plan:
            self.text, self.plan, self.warnings, self._tree = previous
            raise Failed("plan.edit", f"{self.name} can't be edited in place.", "Make a new plan, or edit it by hand.")

    def save(self, path: Path) -> None:
        """Writes the text atomically, with the line ends that the file had."""
        write_text(path, self.text.replace("\n", self._newline))


def parse_plan(text: str, name: str = "plan.yaml") -> PlanDocument:
    """Reads plan text.

    Raises:
        PlanErrors: all that is wrong, each with file, line, column, code, field, message and hint.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    return PlanDocument(text.removeprefix("\ufeff").replace("\r\n", "\n"), name, newline=newline)


def load_plan(path: Path) -> PlanDocument:
    """Reads a plan file.

    Raises:
        BadInput: `plan.missing_file`, `plan.unreadable`, `plan.encoding`.
        PlanErrors: what is wrong with its content.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        hint = 'Make one: vibetune plan "what the model should do" --data FILE --write'
        raise BadInput("plan.missing_file", f"There is no plan {path}.", hint) from error
    except OSError as error:
        raise BadInput("plan.unreadable", f"{path} can't be read: {error.strerror}.", "Name a plan file.") from error
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"{path} is not UTF-8: byte 0x{content[error.start]:02x} in line {line}."
        raise BadInput("plan.encoding", message, "Save the file as UTF-8.", line=line) from error
    return parse_plan(text, str(path))


def new_document(plan: Plan, name: str = "plan.yaml") -> PlanDocument:
    """A document with a new, commented text for `plan`.

    Raises:
        PlanErrors: `plan` breaks a rule.
    """
    return PlanDocument(new_plan_text(plan), name)


def _meaning(tree: Tree) -> tuple[Plan | None, list[Problem]]:
    values = as_typed(migrate(tree.values), tree.entries)
    plan, problems = validate(values)
    if plan is not None:
        return plan, check(plan)
    if any(problem.field == "version" for problem in problems):
        return None, problems
    wrong = [parse_path(problem.field) for problem in problems]
    remaining, _ = validate(_filled(_without(values, wrong), _STAND_IN))
    moved = [path[:-1] for path in wrong if path and isinstance(path[-1], int) and path[0] != "dataset"]
    wrong += moved  # items after a dropped one have other numbers now
    more = check(remaining) if remaining else []
    return None, problems + [problem for problem in more if not _touches(parse_path(problem.field), wrong)]


def _without(values: Any, paths: list[FieldPath], here: FieldPath = ()) -> Any:
    if isinstance(values, dict):
        kept = {key: value for key, value in values.items() if (*here, key) not in paths}
        return {key: _without(value, paths, (*here, key)) for key, value in kept.items()}
    if isinstance(values, list):
        spare = _STAND_IN["dataset"]["sources"] if here == ("dataset", "sources") else []
        return [
            kept
            for index, item in enumerate(values)
            for kept in (spare if (*here, index) in paths else [_without(item, paths, (*here, index))])
        ]
    return values


def _filled(values: dict[str, Any], stand_in: dict[str, Any]) -> dict[str, Any]:
    filled = dict(values)
    for key, value in stand_in.items():
        present = filled.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            filled[key] = _filled(present, value)
        elif not present:
            filled[key] = value
    return filled


def _touches(path: FieldPath, wrong: list[FieldPath]) -> bool:
    return any(path[: len(other)] == other or other[: len(path)] == path for other in wrong)


def _placed(problem: Problem, tree: Tree) -> Problem:
    if problem.line:
        return problem
    line, column = tree.place(parse_path(problem.field))
    return replace(problem, file=tree.name, line=line, column=column)


def _changes(old: Any, new: Any, path: FieldPath, tree: Tree) -> Iterator[tuple[FieldPath, Any]]:
    """The smallest changes that turn `old` into `new` below `path`."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from (((*path, key), REMOVED) for key in old if key not in new)
        for key, value in new.items():
            if key in old:
                yield from _changes(old[key], value, (*path, key), tree)
            else:
                yield (*path, key), value
    elif isinstance(old, list) and isinstance(new, list) and tree.is_list(path):
        yield from (((*path, index), REMOVED) for index in range(len(old) - 1, len(new) - 1, -1))
        for index, value in enumerate(new):
            if index < len(old):
                yield from _changes(old[index], value, (*path, index), tree)
            else:
                yield (*path, index), value
    else:
        yield path, new
