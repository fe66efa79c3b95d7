"""The built-in planner: a sentence and files → a proposal, with no model, no key and no network.

It gathers evidence (what the sentence says, what the data look like), resolves it to a task and roles, fills the plan
from recipes, and says why. Where evidence is missing or contradicts itself it asks. What stands in rows and file names
is data: it can change what a column is taken for, never what is wished.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.planner.numbers import with_numbers
from assistant.planner.proposal import Choice, Proposal, Question, Warned
from assistant.planner.vocabulary import read_words, task_votes
from assistant.planner.wishes import read_wishes
from pipeline.datasets.recognise.inspection import Inspection, inspect
from pipeline.datasets.recognise.mapping import Mapping
from pipeline.errors import BadInput
from pipeline.plan.errors import PlanErrors
from pipeline.plan.model import Plan, Task
from pipeline.plan.overrides import override_values
from pipeline.plan.rules import check
from pipeline.plan.validation import name_from, validate

SURE = 0.75  # confidence of a mapping above which its columns are not asked about
TEXT_TASKS: frozenset[Task] = frozenset(
    {
        "rewriting",
        "summarization",
        "extraction",
        "translation",
        "question-answering",
        "code",
        "reasoning",
        "instruction",
        "chat",
    }
)
# What this version trains; the other tasks get an answer that says so.
PLANNED = TEXT_TASKS | {"classification"}


NAME_WORDS = 4
_SMALL_WORDS = frozenset(
    "a an and at by for from in into it its of on or our so that the their this to us we with".split()  # noqa: SIM905
)


@dataclass
class _Draft:
    """A plan in the making, as plain values, with what is to be said about it."""

    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)

    def set(self, path: str, value: Any, reason: str) -> None:
        """Sets a field with its reason."""
        *parents, last = path.split(".")
        place = self.values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        self.reasons[path] = reason


def plan(
    sentence: str, data: Sequence[Path] = (), *, overrides: Sequence[str] = (), project: Path | None = None
) -> Proposal:
    """Proposes a plan.

    Args:
        sentence: what the model should do differently.
        data: files that belong together; some may be the test's by their names.
        overrides: FIELD=VALUE, which decide over everything else.
        project: whose folder the plan's paths are relative to; files elsewhere are planned as `data/NAME`.

    Raises:
        BadInput: a file that can't be read, or an override that is no field.
    """
    goal = " ".join(sentence.split())
    votes = task_votes(goal)
    if not data:
        return _without_data(goal, votes)
    found = inspect(data)
    found.refuse_blocking()
    task = _task(found, votes)
    if task not in PLANNED:
        return _not_built(task)
    draft = _Draft()
    _goal_and_task(draft, goal, task, found, votes)
    _data(draft, found, task, project)
    _recipe(draft, goal, task, found.mapping)
    _base(draft)
    for wish in read_wishes(goal):
        draft.set(wish.field, wish.value, f"You said “{wish.said}”.")
    return _finished(draft, overrides, found, project)


def _without_data(goal: str, votes: dict[Task, list[str]]) -> Proposal:
    if not goal:
        raise BadInput("plan.no_sentence", "There is no sentence.", 'Say what the model should do: vibetune plan "…"')
    task = next(iter(votes), None)
    question = Question(
        field="dataset.sources",
        text="Which file holds examples of what goes in and what should come out?",
        why="Fine-tuning learns from examples: without them there is nothing to plan.",
    )
    reasons = {"task": f"“{votes[task][0]}” says that it is {task}."} if task else {}
    return Proposal(questions=[question], reasons=reasons)


def _not_built(task: Task) -> Proposal:
    text = (
        f"This looks like {task}, which this version doesn't train yet. It trains classification and instruction tasks."
    )
    return Proposal(answer=text, reasons={"task": "What the data and the sentence say together."})


def _task(found: Inspection, votes: dict[Task, list[str]]) -> Task:
    """What the data allow, sharpened by what the sentence says."""
    hint = found.task_hint or "instruction"
    if hint == "classification":
        # A sentence about tone with a column of few values still means that column as the answer.
        return hint
    if hint in ("preference", "continued-pretraining", "tool-calling"):
        return hint
    said = next((task for task in votes if task in TEXT_TASKS), None)
    return said or hint


def _goal_and_task(draft: _Draft, goal: str, task: Task, found: Inspection, votes: dict[Task, list[str]]) -> None:
    draft.set("version", 1, "The format of this version.")
    draft.set("name", _short_name(goal) or task, "From your sentence; it names the adapter.")
    draft.set("goal", goal, "Your sentence.")
    words = votes.get(task, [])
    said = f"Your sentence says “{words[0]}”" if words else "Your sentence doesn't contradict"
    shown = f"the data look like {found.task_hint}" if found.task_hint else "the data don't say"
    draft.set("task", task, f"{said}, and {shown}.")
    contrary = next(iter(votes), None)
    if task == "classification" and contrary not in (None, "classification") and "classification" not in votes:
        draft.questions.append(
            Question(
                field="task",
                text=f"Your sentence sounds like {contrary}, but the answers are a few repeated labels. Which is it?",
                choices=[
                    Choice(value="classification", text="choose the label"),
                    Choice(value=contrary, text=contrary),
                ],
                default="classification",
                why="It decides the metric and what the answers are compared with.",
            )
        )


def _short_name(goal: str) -> str:
    words = [word for word in name_from(goal).lower().split("-") if word not in _SMALL_WORDS]
    return "-".join(words[:NAME_WORDS])


def _data(draft: _Draft, found: Inspection, task: Task, project: Path | None) -> None:
    sources: list[dict[str, Any]] = []
    for source in found.sources:
        path, is_inside = _relative(Path(source.path), project)
        sources.append({"path": path, **({"split": source.split} if source.split else {})})
        if not is_inside:
            text = f"{Path(source.path).name} lies outside the project: `--write` copies it to {path}."
            draft.warnings.append(Warned(code="plan.copies_data", message=text, field="dataset.sources"))
    own = [source.split for source in found.sources if source.split]
    reason = f"{found.rows:,} rows" + (f"; by their names the files are {', '.join(own)}." if own else ".")
    draft.set("dataset.sources", sources, reason)
    if found.mapping is None:
        names = [Choice(value=column.name, text=column.name) for column in found.columns]
        draft.questions.append(
            Question(
                field="dataset.columns",
                text="Which column holds the question, and which the answer?",
                choices=names,
                why="No reading of the columns is likely enough.",
            )
        )
        return
    _columns(draft, found, found.mapping)
    if "test" not in own:
        draft.set("dataset.split", {"validation": 0.1, "test": 0.2}, "A fifth of the rows is kept to measure with.")
    elif "validation" not in own:
        draft.set("dataset.split", {"validation": 0.1, "test": 0.0}, "Your own test file measures; a tenth is watched.")
    if task == "classification":
        draft.values["dataset"]["split"] = {
            **draft.values["dataset"].get("split", {}),
            "stratify": found.mapping.columns["completion"][0],
        }


def _columns(draft: _Draft, found: Inspection, mapping: Mapping) -> None:
    draft.set("dataset.columns", dict(mapping.columns), mapping.reason)
    other = found.runner_up
    if mapping.confidence < SURE and other is not None:
        draft.questions.append(
            Question(
                field="dataset.columns",
                text="Are the columns read right?",
                choices=[Choice(value=str(each.columns), text=each.reason) for each in (mapping, other)],
                default=str(mapping.columns),
                why="It decides what the model sees and what it learns to write.",
            )
        )


def _relative(path: Path, project: Path | None) -> tuple[str, bool]:
    absolute = path.resolve()
    if project is not None and absolute.is_relative_to(project.resolve()):
        return absolute.relative_to(project.resolve()).as_posix(), True
    return f"data/{path.name}", False


def _recipe(draft: _Draft, goal: str, task: Task, mapping: Mapping | None) -> None:
    recipe = read_words("recipes/tasks")["tasks"][task]
    label = mapping.columns["completion"][0] if mapping and "completion" in mapping.columns else "label"
    prompt = recipe["system_prompt"]
    if prompt and "messages" not in (mapping.columns if mapping else {}):
        text = prompt.format(label=label.replace("_", " ").lower(), goal=goal.rstrip(".") + ".")
        draft.set("dataset.system_prompt", text, "Short, so that it costs little in every request; it travels along.")
    draft.set("evaluation.metrics", list(recipe["metrics"]), recipe["why"].capitalize() + ".")
    draft.set("evaluation.gates", dict(recipe["gates"]), "Worth serving only if it beats a good prompt.")


def _base(draft: _Draft) -> None:
    draft.set("model.base", "pocket", "The embedded base: here, small, and quick on any machine.")
    draft.warnings.append(
        Warned(
            code="plan.pocket_base",
            message="`pocket` is for trying the workflow, not for production: name a larger base with "
            "`--set model.base=…` when the machine and the job ask for it.",
            field="model.base",
        )
    )


def _finished(draft: _Draft, overrides: Sequence[str], found: Inspection, project: Path | None) -> Proposal:
    values = override_values(draft.values, overrides)
    for override in overrides:
        draft.reasons[override.partition("=")[0]] = "You fixed it."
    made, problems = validate(values)
    if made is None:
        raise PlanErrors(problems)
    warned = [Warned(code=each.code, message=f"{each.message} {each.hint}", field=each.field) for each in check(made)]
    proposal = Proposal(
        plan=made, questions=draft.questions, warnings=[*draft.warnings, *warned], reasons=draft.reasons
    )
    return with_numbers(proposal, found, project)


def bring_in(data: Sequence[Path], project: Path) -> list[Path]:
    """Copies files that lie outside into the project's data folder; what is there already must be the same.

    Raises:
        BadInput: `plan.file_exists`: another file of that name is there.
    """
    copied = []
    for path in data:
        relative, is_inside = _relative(path, project)
        target = project / relative
        if is_inside:
            continue
        if target.exists() and target.read_bytes() != path.read_bytes():
            text = f"{target} is there already, with other content than {path}."
            raise BadInput("plan.file_exists", text, "Rename one of the two.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        copied.append(target)
    return copied


def require_plan(proposal: Proposal) -> Plan:
    """The plan of a proposal that has one.

    Raises:
        BadInput: `plan.open`: it has an answer or a question in place of a plan.
    """
    if proposal.plan is None:
        text = proposal.answer or "; ".join(question.text for question in proposal.questions) or "No plan came out."
        raise BadInput("plan.open", text, "Say more, or name a file with examples: --data FILE")
    return proposal.plan
