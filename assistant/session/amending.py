"""How a further sentence changes a plan: what it fixes is fixed, everything else stays or follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.planner.comparisons import Factor, combined
from assistant.planner.planner import NOT_IN_PLAN, OF_THE_COLUMNS, Columns
from assistant.planner.understanding import WEAKER, Understanding, understand
from assistant.session.author import Turn
from pipeline.plan.fields import default_of
from pipeline.plan.validation import value_problem

_OF_MACHINE = ("machine.", "model.size_b")  # wishes that decide the base
# Numbers that were chosen for a base; another base needs others.
_OF_THE_BASE = ("model.", "training.learning_rate", "training.per_device_train_batch_size", "training.max_length")


@dataclass(frozen=True)
class Request:
    """What the planner is asked for a turn.

    Args:
        kept: FIELD=VALUE of the plan that is amended.
        said: field → words that fix it, for the reasons.
        factors: field → what its number is multiplied by.
        avoid: columns that are not wanted any more.
        is_new: earlier sentences don't count.
        is_empty: the sentence says nothing that a plan can hold.
    """

    sentence: str
    overrides: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, Factor] | None = None
    avoid: Columns | None = None
    is_new: bool = False
    is_empty: bool = False


def request_of(turn: Turn) -> Request:
    """Reads a turn: a new plan, or a change of the one before."""
    last = understand(turn.sentence)
    plan, history = _amended(turn)
    if not history and not plan:
        return Request(turn.sentence, turn.overrides, is_new=True)
    if _is_new_goal(last, turn, plan):
        return Request(turn.sentence, (), is_new=True)
    all_said = [*(understand(sentence) for sentence in history), last]
    said = {name: words for understood in all_said for name, words in _said(understood).items()}
    avoid = _columns(turn) if last.wants_other_columns else None
    is_empty = not (_says_something(last) or turn.overrides or turn.data or avoid)
    sentence = _sentences(history, turn.sentence)
    if plan:
        kept = _kept(plan, all_said, is_other=avoid is not None)
        wishes = tuple(wish for understood in all_said for wish in _wishes(understood))
        overrides = (*turn.overrides, *wishes)
    else:
        kept, overrides = (), _on_history(turn, last)
    return Request(sentence, overrides, kept, said, _factors(all_said, turn), avoid, is_empty=is_empty)


def _amended(turn: Turn) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The plan that is to be changed, and the sentences that count.

    Where another plan was opened since the conversation began, the sentence is about that one: what was said before
    belongs to the first.
    """
    if (
        not turn.plan
        and turn.history
        and turn.current.get("goal", "") not in ("", as_text(""), as_text(turn.history[0]))
    ):
        return turn.current, ()
    return turn.plan, turn.history


def _says_something(last: Understanding) -> bool:
    is_sure = any(wish.strength > WEAKER for wish in last.wishes)
    return bool(is_sure or last.factors or last.tasks or last.base_id or last.family or last.place or last.ruled_out)


def _columns(turn: Turn) -> Columns | None:
    text = turn.current.get("dataset.columns") or turn.plan.get("dataset.columns")
    return json.loads(text) if text else None


def _is_new_goal(last: Understanding, turn: Turn, plan: Mapping[str, str]) -> bool:
    """Whether the sentence names a task that nothing before it named."""
    if not last.tasks:
        return False
    task = max(last.tasks, key=lambda name: last.tasks[name].strength)
    if last.tasks[task].strength <= WEAKER:
        return False
    if plan:
        return (bool(turn.data) and turn.has_new_data) or plan.get("task") != as_text(task)
    is_wish = bool(last.factors) or any(wish.strength > WEAKER for wish in last.wishes)
    return task not in understand(". ".join(turn.history)).tasks and not is_wish


def _sentences(history: Sequence[str], last: str) -> str:
    return ". ".join(each.strip().rstrip(".") for each in (*history, last) if each.strip())


def _wishes(understood: Understanding) -> list[str]:
    """What a sentence fixes, as FIELD=VALUE; values that don't fit are left to the planner, which says so."""
    found = [
        f"{wish.field}={as_text(wish.value)}"
        for wish in understood.wishes
        if wish.strength > WEAKER
        and not wish.field.startswith(NOT_IN_PLAN)
        and not value_problem(wish.field, wish.value)
    ]
    found += [
        f"{name}={as_text(default_of(name))}"
        for name, values in understood.ruled_out.items()
        if not understood.wish(name) and not name.startswith("machine.") and default_of(name) not in values
    ]
    if understood.place and understood.place.address:
        found.append(f"compute.target={understood.place.address}")
    return found + ([f"model.base={as_text(understood.base_id)}"] if understood.base_id else [])


def _said(understood: Understanding) -> dict[str, str]:
    """Field → the words that fix it."""
    found = dict(understood.denied)
    found |= {wish.field: wish.said for wish in understood.wishes if wish.strength > WEAKER}
    if understood.place:
        found["compute.target"] = understood.place.said
    if understood.base_id:
        found["model.base"] = understood.base_id
    return found


def _factors(all_said: Sequence[Understanding], turn: Turn) -> dict[str, Factor]:
    """Factors of all sentences; one counts until its number is named, or changed by hand, after it."""
    found: dict[str, list[Factor]] = {}
    for understood in all_said:
        by_hand = turn.overrides if understood is all_said[-1] else ()
        for name in (*(wish.field for wish in understood.wishes), *(each.partition("=")[0] for each in by_hand)):
            found.pop(name, None)
        for name, factor in understood.factors.items():
            found.setdefault(name, []).append(factor)
    return {name: combined(factors) for name, factors in found.items()}


def _on_history(turn: Turn, last: Understanding) -> tuple[str, ...]:
    """Later sentences win over earlier ones; what was changed by hand wins over all but the last."""
    earlier = [wish for sentence in turn.history[1:] for wish in _wishes(understand(sentence))]
    goal = f"goal={as_text(turn.history[0])}" if turn.history else ""
    # A later seed is the training's: another split would move test rows into training.
    split = turn.current.get("dataset.split.seed")
    seed = f"dataset.split.seed={split}" if split else ""
    return tuple(each for each in (goal, seed, *earlier, *turn.overrides, *_wishes(last)) if each)


def _kept(plan: Mapping[str, str], all_said: Sequence[Understanding], *, is_other: bool) -> tuple[str, ...]:
    """Fields that stay as they are: all that no sentence speaks of."""
    moved = tuple(
        wish.field
        for said in all_said
        for wish in said.wishes
        if wish.strength > WEAKER and not _only_machine(wish.field)
    )
    moved += ("evaluation.gates",) if "evaluation.metrics" in moved else ()
    moved += OF_THE_COLUMNS if is_other else ()
    moved += _OF_THE_BASE if any(_speaks_of_base(said) for said in all_said) else ()
    return tuple(f"{name}={value}" for name, value in plan.items() if not (moved and name.startswith(moved)))


def _only_machine(name: str) -> bool:
    return name.startswith(_OF_MACHINE)


def _speaks_of_base(said: Understanding) -> bool:
    """Whether a sentence asks for another base or machine."""
    return bool(said.base_id or said.family or any(_only_machine(wish.field) for wish in said.wishes))


def as_text(value: object) -> str:
    """A plain value as FIELD=VALUE takes it; texts in quotes, so that none is taken for a list or a number."""
    return json.dumps(value, ensure_ascii=False)
