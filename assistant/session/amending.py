"""How a further sentence changes a plan: what it fixes is fixed, everything else stays or follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.planner.understanding import Understanding, understand
from assistant.session.author import Turn
from pipeline.plan.validation import value_problem

_NOT_IN_PLAN = ("machine.", "model.size_b")  # wishes that decide the base
_SURE = 0.5  # strength from which a sentence names a task
# Numbers that were chosen for a base; another base needs others.
_OF_THE_BASE = ("model.", "training.learning_rate", "training.per_device_train_batch_size", "training.max_length")


@dataclass(frozen=True)
class Request:
    """What the planner is asked for a turn.

    Args:
        said: field → words that fix it, for the reasons.
        is_new: earlier sentences don't count.
        is_empty: the sentence says nothing that a plan can hold.
    """

    sentence: str
    overrides: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = False
    is_empty: bool = False


def request_of(turn: Turn) -> Request:
    """Reads a turn: a new plan, or a change of the one before."""
    last = understand(turn.sentence)
    if not turn.history and not turn.plan:
        return Request(turn.sentence, turn.overrides, is_new=True)
    if _is_new_goal(last, turn):
        return Request(turn.sentence, (), is_new=True)
    said = {wish.field: wish.said for wish in last.wishes}
    is_empty = not (last.wishes or last.tasks or last.base_id or last.family or turn.overrides or turn.data)
    if turn.plan:
        return Request(_sentences(turn), _on_plan(turn, last), said, is_empty=is_empty)
    return Request(_sentences(turn), _on_history(turn, last), said, is_empty=is_empty)


def _is_new_goal(last: Understanding, turn: Turn) -> bool:
    """Whether the sentence names a task that nothing before it named."""
    if not last.tasks:
        return False
    task = max(last.tasks, key=lambda name: last.tasks[name].strength)
    if last.tasks[task].strength <= _SURE:
        return False
    if turn.plan:
        return (bool(turn.data) and turn.has_new_data) or turn.plan.get("task") != as_text(task)
    return task not in understand(". ".join(turn.history)).tasks and not last.wishes


def _sentences(turn: Turn) -> str:
    return ". ".join(each.strip().rstrip(".") for each in (*turn.history, turn.sentence) if each.strip())


def _wishes(understood: Understanding) -> list[str]:
    """What a sentence fixes, as FIELD=VALUE; values that don't fit are left to the planner, which says so."""
    found = [
        f"{wish.field}={as_text(wish.value)}"
        for wish in understood.wishes
        if not wish.field.startswith(_NOT_IN_PLAN) and not value_problem(wish.field, wish.value)
    ]
    return found + ([f"model.base={as_text(understood.base_id)}"] if understood.base_id else [])


def _on_history(turn: Turn, last: Understanding) -> tuple[str, ...]:
    """Later sentences win over earlier ones; what was changed by hand wins over all but the last."""
    earlier = [wish for sentence in turn.history[1:] for wish in _wishes(understand(sentence))]
    goal = f"goal={as_text(turn.history[0])}" if turn.history else ""
    return tuple(each for each in (goal, *earlier, *turn.overrides, *_wishes(last)) if each)


def _on_plan(turn: Turn, last: Understanding) -> tuple[str, ...]:
    all_said = [*(understand(sentence) for sentence in turn.history), last]
    wishes = [wish for understood in all_said for wish in _wishes(understood)]
    kept = [f"{name}={value}" for name, value in turn.plan.items() if not _follows(name, all_said)]
    return (*kept, *turn.overrides, *wishes)


def _follows(name: str, all_said: Sequence[Understanding]) -> bool:
    """Whether a field of the plan is decided anew, because the sentences ask for another base or machine."""
    return name.startswith(_OF_THE_BASE) and any(
        said.base_id or said.family or any(wish.field.startswith(_NOT_IN_PLAN) for wish in said.wishes)
        for said in all_said
    )


def as_text(value: object) -> str:
    """A plain value as FIELD=VALUE takes it; texts in quotes, so that none is taken for a list or a number."""
    return json.dumps(value, ensure_ascii=False)
