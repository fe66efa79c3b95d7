"""The seam between a session and whoever writes plans: the built-in planner now, a language model beside it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.planner.proposal import Proposal


@dataclass(frozen=True)
class Turn:
    """One thing that was said, with all that it rests on; the author keeps nothing between turns.

    Args:
        sentence: the newest.
        history: the sentences before it that led to the same plan, oldest first.
        data: files with examples; empty: the author looks for them in the project.
        has_new_data: they came with this sentence.
        overrides: FIELD=VALUE: answers, and what the user changed by hand.
        plan: the plan in the project, by field, if the sentences are to change it in place of making one.
        current: the plan in the project, whatever the sentences are about.
    """

    sentence: str
    history: tuple[str, ...] = ()
    data: tuple[Path, ...] = ()
    project: Path | None = None
    overrides: tuple[str, ...] = ()
    plan: Mapping[str, str] = field(default_factory=dict)
    current: Mapping[str, str] = field(default_factory=dict)
    has_new_data: bool = True


class BadTurn(Exception):
    """Parameters that aren't those of a turn."""


def turn_of(params: Mapping[str, Any]) -> Turn:
    """A turn of plain values, as they come over the wire and from a `PlanThread`.

    Raises:
        BadTurn: a value of another kind.
    """
    project = params.get("project")
    if not isinstance(params.get("sentence"), str) or not (project is None or isinstance(project, str)):
        raise BadTurn("`plan` takes a `sentence` (text) and a `project` (folder, or null).")
    lists = {name: params.get(name) or [] for name in ("history", "data", "overrides")}
    for name, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise BadTurn(f"`{name}` is a list of texts.")
    maps = {name: params.get(name) or {} for name in ("plan", "current")}
    for name, values in maps.items():
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise BadTurn(f"`{name}` maps fields to texts.")
    return Turn(
        params["sentence"],
        tuple(lists["history"]),
        tuple(Path(each) for each in lists["data"]),
        Path(project) if project is not None else None,
        tuple(lists["overrides"]),
        maps["plan"],
        maps["current"],
        bool(params.get("has_new_data", True)),
    )


@dataclass(frozen=True)
class Reply:
    """What an author makes of a turn.

    Args:
        text: Markdown, the same that was streamed.
        title: of the proposal, a few words.
        is_new: the plan rests on the last sentence alone.
    """

    proposal: Proposal
    text: str
    title: str = ""
    is_new: bool = False

    def as_json(self) -> dict[str, Any]:
        """The result of `plan`; imports and a partial plan travel, too."""
        proposal = self.proposal
        imports = [each.model_dump(mode="json") for each in proposal.imports]
        values = proposal.model_dump(mode="json") | {"imports": imports, "partial": proposal.partial}
        return {"proposal": values, "text": self.text, "title": self.title, "is_new": self.is_new}


class Listener(Protocol):
    """Who hears of an answer while it is made; every call may raise to stop the work."""

    def progress(self, text: str) -> None:
        """What is being done now."""
        ...

    def text(self, piece: str) -> None:
        """A further piece of the answer."""
        ...


class Author(Protocol):
    """Writes plans. Called from one thread."""

    def warm_up(self) -> None:
        """Loads what every turn needs."""
        ...

    def write(self, turn: Turn, listener: Listener) -> Reply:
        """Answers a turn.

        Raises:
            VibetuneError: what can't be planned, and why.
        """
        ...
