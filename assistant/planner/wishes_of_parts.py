"""Wishes that fill a whole part of a plan: rehearsal, metrics, a judge, a place to run."""

from __future__ import annotations

from typing import Any

from assistant.planner.draft import Draft
from assistant.planner.proposal import Question
from assistant.planner.understanding import Understanding
from assistant.planner.vocabulary import judge_recipe, task_recipes
from pipeline.plan.model import Task

_FRACTION = 0.05  # keeps most of what was known. source: Ibrahim et al. 2024, arXiv 2403.08763, figure 4
_NEEDS_LABELS = ("accuracy", "macro_f1", "invalid")


def fill_rehearsal(draft: Draft, understood: Understanding) -> None:
    """General rows against forgetting, where the sentence asks for them."""
    if "dataset.rehearsal" in draft.overridden:
        return
    wish, share = understood.wish("dataset.rehearsal"), understood.wish("dataset.rehearsal.fraction")
    if share is not None:
        draft.set("dataset.rehearsal", {"source": None, "fraction": share.value}, f"You said “{share.said}”.")
    elif wish is not None:
        why = f"You said “{wish.said}”: a twentieth of general rows keeps most of what was known."
        draft.set("dataset.rehearsal", {"source": None, "fraction": _FRACTION}, why)
    else:
        return
    text = "General rows are mixed in against forgetting: name a file with such rows as dataset.rehearsal.source."
    draft.warn("plan.rehearsal_source", text, "dataset.rehearsal.source")


def fill_metrics(draft: Draft, understood: Understanding, task: Task) -> None:
    """Metrics that the sentence names, before the task's own; those that the task can't have are said."""
    wish = understood.wish("evaluation.metrics")
    if wish is None:
        return
    recipe = task_recipes()[task]
    unfit = [name for name in wish.value if name in _NEEDS_LABELS and task != "classification"]
    for name in unfit:
        draft.warn("plan.metric", f"`{name}` needs labels; {task} has none.", "evaluation.metrics")
    wanted = [name for name in wish.value if name not in unfit]
    if wanted:
        metrics = list(dict.fromkeys([*wanted, *recipe["metrics"]]))
        draft.set("evaluation.metrics", metrics, f"You said “{wish.said}”; the first one decides.")


def fill_judge(draft: Draft, understood: Understanding, task: Task) -> None:
    """A language model as judge: where it is asked for, or where only it can tell how something sounds."""
    if "evaluation.judge" in draft.overridden:
        return
    wish = understood.wish("evaluation.judge")
    # Where there are rows, an answer can be compared with theirs.
    is_open = bool(task_recipes()[task].get("is_open")) and not draft.kind
    said = wish or (understood.hint("evaluation.judge") if is_open else None)
    if said is None:
        return
    recipe = judge_recipe()
    judge: dict[str, Any] = {"model": recipe["model"], "criteria": draft.fixed_value("goal") or understood.goal}
    asked = f"You said “{said.said}”." if wish else f"“{said.said}”: how an answer sounds, no metric measures."
    draft.set("evaluation.judge", judge, f"{asked} {recipe['why']}")
    draft.warn("plan.judge_sends_rows", recipe["warning"].strip(), "evaluation.judge")


def fill_target(draft: Draft, understood: Understanding) -> None:
    """Where the run executes; asks for the host where only the kind is said."""
    place = understood.place
    if place is None:
        return
    if place.address is not None:
        draft.set("compute.target", place.address, f"You said “{place.said}”.")
        return
    draft.questions.append(
        Question(
            field="compute.target",
            text=f"On which host? Write {place.scheme}://HOST.",
            why=f"“{place.said}” needs an address; until then the plan runs on this machine.",
        )
    )
