"""The built-in planner: a sentence and files → a proposal, with no model, no key and no network.

It reads the sentence (`understanding`), looks at the data (`pipeline.datasets`), weighs both (`readings`), chooses a
base for the machine (`base_choice`), fills the plan from recipes (`filling`) and lets the trainer choose the numbers.
Where evidence is missing or contradicts itself it asks. What stands in rows and file names is data: it can change what
a column is taken for, never what is wished.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.planner import filling, vocabulary, wishes_of_parts
from assistant.planner.answers import answered
from assistant.planner.base_choice import BaseChoice, card_memory_gib, choose_base, named_card
from assistant.planner.choices import Setting, choices
from assistant.planner.comparisons import Factor
from assistant.planner.draft import Draft, value_at
from assistant.planner.known_data import inspected
from assistant.planner.proposal import Choice, Proposal, Question
from assistant.planner.readings import Reading, readings, rivals, shape
from assistant.planner.rows import RowMeasure, measured_rows
from assistant.planner.sources import PlannedSource, edits_over, named_files, planned_sources, with_own_test
from assistant.planner.understanding import WEAKER, Understanding, understand
from pipeline.datasets.recognise.inspection import Inspection
from pipeline.datasets.recognise.reading import Mapping as Roles
from pipeline.errors import BadInput
from pipeline.machine.machine import Machine, inspect_machine
from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.model import Plan, Role, Task
from pipeline.plan.overrides import override_values
from pipeline.plan.rules import check
from pipeline.plan.validation import in_plan_order, validate, value_problem
from pipeline.training.estimate import estimate
from pipeline.training.hyperparameters import resolve
from pipeline.training.job import require_built

# Wishes about these are no single fields of a plan; they decide others.
NOT_IN_PLAN = ("machine.", "model.size_b", "load.", "dataset.rehearsal", "evaluation.judge", "evaluation.metrics")
# What follows from the choice of the columns.
OF_THE_COLUMNS = ("dataset.columns", "dataset.system_prompt", "task", "evaluation.metrics", "evaluation.gates")
KEPT = "As it is in your plan."
Columns = dict[Role, list[str]]
_ASKED = ("data.no_mapping",)  # problems of a file that the user can solve by an answer


def plan(
    sentence: str,
    data: Sequence[Path] = (),
    *,
    overrides: Sequence[str] = (),
    machine: Machine | None = None,
    project: Path | None = None,
    kept: Sequence[str] = (),
    because: Mapping[str, str] | None = None,
    avoid: Columns | None = None,
    factors: Mapping[str, Factor] | None = None,
) -> Proposal:
    """Proposes a plan.

    Args:
        sentence: what the model should do differently.
        data: files that belong together; some may be the test's by their names.
        overrides: FIELD=VALUE, which decide over everything else.
        machine: that training runs on; this one by default.
        project: folder that the plan's paths are relative to; files elsewhere are planned as `data/NAME`.
        kept: FIELD=VALUE of a plan that the sentence amends; wishes of the sentence win over them.
        because: reasons for overrides, by field.
        avoid: columns that are not wanted any more.
        factors: what numbers are multiplied by, where not only the sentence says it.

    Raises:
        BadInput: a file that can't be read, or an override that is no field.
    """
    if not sentence.strip():
        raise BadInput("plan.no_sentence", "There is no sentence.", 'Say what the model should do: vibetune plan "…"')
    understood = understand(sentence)
    if kept and data and _names_other_columns(understood, kept, data, project):
        kept = [each for each in kept if not each.startswith(OF_THE_COLUMNS)]
    decided = {_field(each) for each in overrides}
    overrides = [*kept, *overrides]
    draft = Draft(decided=decided, fixed=override_values({}, overrides), because={_field(each): KEPT for each in kept})
    draft.because |= because or {}
    draft.avoid = avoid
    draft.factors = dict(understood.factors if factors is None else factors)
    draft.overridden = frozenset(_field(each) for each in overrides)
    if answer := spoken_answer(understood, has_data=bool(data)):
        return Proposal(answer=answer)
    machine = machine or inspect_machine(project)
    if not data:
        return _without_data(draft, understood, overrides, machine, project)
    return _with_data(draft, understood, data, overrides, machine, project)


def _field(override: str) -> str:
    return override.partition("=")[0].strip()


def _names_other_columns(
    understood: Understanding, kept: Sequence[str], data: Sequence[Path], project: Path | None
) -> bool:
    """Whether the sentence names a column to learn that is not the one of the plan."""
    values = override_values({}, kept)
    columns, edits = value_at(values, "dataset.columns") or {}, value_at(values, "dataset.edits")
    named = named_files(with_own_test([Path(file) for file in data])[0], project)
    found = inspected(named, project / edits if project is not None and edits else None)
    likeliest = next(iter(readings(understood, found)), None)
    return likeliest is not None and bool(likeliest.named_answers) and likeliest.columns != columns


def spoken_answer(understood: Understanding, *, has_data: bool) -> str | None:
    """What is answered in words: greetings, general questions, and what the planner must not do."""
    topic = understood.topic
    if topic and topic.is_refusal:
        return topic.answer
    if has_data:
        return None
    if topic and (topic.is_alone or (topic.computes == "load" and understood.value("load.requests_per_day"))):
        return answered(topic, understood)
    if not understood.is_question or _is_request(understood):
        return None
    if topic:
        return answered(topic, understood)
    is_general = not any(said.strength > WEAKER for said in understood.tasks.values())
    return vocabulary.unknown_answer() if is_general else None


def _is_request(understood: Understanding) -> bool:
    """Whether a question is a polite wish: "can you build something that sorts mails?"."""
    return vocabulary.asks_for_something(understood.tokens)


def _without_data(
    draft: Draft, understood: Understanding, overrides: Sequence[str], machine: Machine, project: Path | None
) -> Proposal:
    """What can be said of a plan whose data are not there: asks for them."""
    task = draft.fixed_value("task") or next(iter(understood.tasks), None)
    questions = [
        Question(
            field="dataset.sources",
            text="Which file holds examples of what goes in and what should come out?",
            why="Fine-tuning learns from examples; columns, metric, base and numbers are chosen from them.",
        )
    ]
    said = understood.tasks.get(task) if task else None
    if task is None or (said and said.strength <= WEAKER and draft.fixed_value("task") is None):
        questions.insert(0, _what_to_do())
    if task is None:
        return Proposal(questions=questions)
    choice = choose_base(understood, machine, fixed=draft.fixed_value("model.base"), project=project)
    filling.fill_head(draft, understood, task, f"You said “{said.words}”." if said else "You fixed it.", [])
    _fulfil(draft, understood)
    _fill_rest(draft, understood, task, choice)
    partial = override_values(draft.values, overrides)
    return Proposal(partial=partial, questions=questions, warnings=draft.warnings, reasons=draft.reasons)


def _what_to_do() -> Question:
    kinds = {
        "classification": "sort texts into a few categories",
        "rewriting": "rewrite texts in another tone or form",
        "instruction": "answer as the examples do",
        "summarization": "summarise",
        "extraction": "pull out fields",
    }
    return Question(
        field="task",
        text="What should the model do?",
        choices=[Choice(value=task, text=text) for task, text in kinds.items()],
        why="It decides the columns, the metric and the prompt.",
    )


def _with_data(
    draft: Draft,
    understood: Understanding,
    data: Sequence[Path],
    overrides: Sequence[str],
    machine: Machine,
    project: Path | None,
) -> Proposal:
    files, beside = with_own_test([Path(file) for file in data])
    named = named_files(files, project)
    edits = _edits(draft, named, project)
    found = inspected(named, edits)
    for lost in (each for each in found.problems if each.code == "data.lost_edits"):
        draft.warn(lost.code, f"{lost.message} {lost.hint}", "dataset.edits")
    sources = planned_sources(found.sources, project)
    possible = _possible(draft, understood, found)
    choice = choose_base(understood, machine, fixed=draft.fixed_value("model.base"), project=project)
    _fulfil(draft, understood)
    if not possible:
        return _unreadable(draft, understood, found, sources, choice)
    reading = possible[0]
    draft.kind = shape(reading.mapping)
    filling.fill_head(draft, understood, reading.task, filling.task_reason(understood, reading), files)
    if draft.fixed_value("task") is None:
        filling.ask_for_task(draft, understood, reading)
    filling.fill_sources(draft, understood, sources, found, beside)
    filling.fill_columns(draft, reading, found, rivals(reading, possible[1:]))
    filling.fill_prompt(draft, understood, reading)
    _fill_rest(draft, understood, reading.task, choice)
    made = _made(draft, overrides)
    card = named_card(understood)
    setting = Setting(machine, card_memory_gib(understood, machine), card.name if card else "")
    numbers = _Numbers(made, draft, choice, setting, project)
    numbers.choose(sources, _labels(found, reading))
    return numbers.proposal()


def _edits(draft: Draft, named: Sequence[tuple[str, Path]], project: Path | None) -> Path | None:
    """The edits that lie over the files: the plan's; for a new plan those of the project, which it names then.

    Raises:
        BadInput: `data.no_edits`, where the plan names a file that is not there.
    """
    fixed = draft.fixed_value("dataset.edits")
    if project is None or fixed is not None or {"dataset.edits", "dataset.sources"} & draft.overridden:
        return project / fixed if project is not None and fixed else None
    try:
        found = edits_over(named, project)
    except BadInput as error:
        draft.warn(error.code, str(error), "dataset.edits")
        return None
    if found is not None:
        why = "Cells of these files were corrected or filled in; the files stay as they are."
        draft.set("dataset.edits", found.relative_to(project).as_posix(), why)
    return found


def _possible(draft: Draft, understood: Understanding, found: Inspection) -> list[Reading]:
    """Readings of the data, the likeliest first; the one with the columns that are fixed, where they are.

    Raises:
        BadInput: nothing can be built from these files.
    """
    fixed: Task | None = draft.fixed_value("task")
    columns = draft.fixed_value("dataset.columns")
    for problem in found.problems:
        if problem.severity == "block" and problem.code not in _ASKED:
            raise BadInput(problem.code, problem.message, problem.hint)
    if not columns:
        possible = readings(understood, found, task=fixed)
        return [each for each in possible if each.columns != draft.avoid] or possible
    known = [mapping for mapping in (found.mapping, found.runner_up, *found.others) if mapping]
    same = next((mapping for mapping in known if mapping.columns == columns), None)
    task = fixed or (same.task_hint if same else None) or next(iter(understood.tasks), None) or "instruction"
    mapping = same or Roles(columns=columns, task_hint=task, confidence=1.0, reason="You fixed the columns.")
    return [Reading(task, mapping, 1.0)]


def _unreadable(
    draft: Draft, understood: Understanding, found: Inspection, sources: Sequence[PlannedSource], choice: BaseChoice
) -> Proposal:
    """Asks for the columns, where the data don't show them."""
    task: Task | None = draft.fixed_value("task") or next(iter(understood.tasks), None)
    filling.fill_sources(draft, understood, sources, found, None)
    if task:
        filling.fill_head(draft, understood, task, "What you said.", [each.file for each in sources])
        _fill_rest(draft, understood, task, choice)
    names = ", ".join(column.name for column in found.columns[:20])
    question = Question(
        field="dataset.columns",
        text=f"Which column holds what goes in, and which what should come out? There are: {names}.",
        why="No reading of the columns suits the task well enough. Write for example {prompt: [a], completion: [b]}.",
    )
    return Proposal(
        partial=draft.values,
        questions=[question],
        warnings=draft.warnings,
        reasons=draft.reasons,
        imports=draft.imports,
    )


def _labels(found: Inspection, reading: Reading) -> int | None:
    if reading.task != "classification":
        return None
    return next((column.distinct for column in found.columns if [column.name] == reading.answers), None)


def _fulfil(draft: Draft, understood: Understanding) -> None:
    """Takes over what the sentence fixes; what can't be is said, not swallowed."""
    for wish in understood.wishes:
        if wish.field.startswith(NOT_IN_PLAN) or wish.strength <= WEAKER:
            continue
        if problem := value_problem(wish.field, wish.value):
            draft.warn(problem.code, f"You said “{wish.said}”: {problem.message}", wish.field)
            continue
        draft.set(wish.field, wish.value, f"You said “{wish.said}”.")
        draft.decided.add(wish.field)
        if wish.warning:
            draft.warn("plan.assumed", wish.warning, wish.field)


def _fill_rest(draft: Draft, understood: Understanding, task: Task, choice: BaseChoice) -> None:
    filling.fill_base(draft, choice)
    filling.fill_training(draft, understood, task, choice)
    wishes_of_parts.fill_rehearsal(draft, understood)
    wishes_of_parts.fill_metrics(draft, understood, task)
    filling.fill_evaluation(draft, task)
    wishes_of_parts.fill_judge(draft, understood, task)
    wishes_of_parts.fill_target(draft, understood)
    filling.fill_rest(draft)


def _made(draft: Draft, overrides: Sequence[str]) -> Plan:
    """The plan of a complete draft.

    Raises:
        PlanErrors: an override breaks it.
    """
    for override in overrides:
        draft.reasons[_field(override)] = draft.because.get(_field(override), "You fixed it.")
    made, errors = _validated(draft, overrides)
    if errors and (kept := [each for each in errors if _take_back(draft, each)]):
        for problem in kept:
            draft.warn(problem.code, f"{problem.message} {problem.hint}".strip(), problem.field)
        made, errors = _validated(draft, overrides)
    if made is None or errors:
        raise PlanErrors(errors)
    return made


def _validated(draft: Draft, overrides: Sequence[str]) -> tuple[Plan | None, list[Problem]]:
    made, problems = validate(override_values(draft.values, overrides))
    return made, [*problems, *(each for each in (check(made) if made else []) if each.severity == "error")]


def _take_back(draft: Draft, problem: Problem) -> bool:
    """Gives up what the sentence wishes where the data don't allow it: such a wish is said, and no error."""
    causes = {"plan.columns": "training.method", "plan.method": "training.method"}
    field = causes.get(problem.code, problem.field)
    if field not in draft.usual or field in draft.overridden:
        return False
    value, reason = draft.usual[field]
    draft.drop(field)
    draft.set(field, value, reason)
    return True


class _Numbers:
    """The last step: numbers for what is still open, warnings about the whole, an estimate."""

    def __init__(
        self, plan: Plan, draft: Draft, choice: BaseChoice, setting: Setting, project: Path | None = None
    ) -> None:
        self.plan, self.draft, self.choice, self.setting, self.project = plan, draft, choice, setting, project
        self.estimate: dict[str, Any] = {}

    def choose(self, sources: Sequence[PlannedSource], labels: int | None) -> None:
        """Resolves `auto` from the rows and the base; says why where that can't be done."""
        filling.serve_rank(self.draft, self.plan)
        try:
            require_built(self.plan)
            rows = self._measured(sources, labels)
        except BadInput as error:
            self.draft.warn(error.code, str(error), str(error.details.get("field", "training")))
            rows = None
        if rows is None or self.choice.facts is None:
            for name, factor in self.draft.factors.items():
                text = f"You said “{factor.said}”: nothing is chosen yet that could be multiplied. Name a number."
                self.draft.warn("plan.no_number", text, name)
            return
        where, wanted = self.setting, self.plan.model_copy(deep=True)
        self.estimate = estimate(self.plan, self.choice.facts, rows.load, where.machine, where.card_gib, where.card)
        self.estimate["choices"] = choices(wanted, self.choice, rows, where, frozenset(self.draft.decided))
        self._keep_to_limits()

    def _keep_to_limits(self) -> None:
        """Says where the estimate is over what the user allows."""
        limits = self.plan.compute
        hours, usd = float(self.estimate["seconds"]) / 3600, self.estimate["cost_usd"]
        if limits.max_hours is not None and hours > limits.max_hours:
            text = f"The run takes about {hours:.1f} hours; you allow {limits.max_hours:g}. See the cheap choice."
            self.draft.warn("plan.over_time", text, "compute.max_hours")
        if limits.max_cost_usd is not None and usd is not None and usd > limits.max_cost_usd:
            text = f"The run costs about ${usd:.2f}; you allow ${limits.max_cost_usd:g}. See the cheap choice."
            self.draft.warn("plan.over_cost", text, "compute.max_cost_usd")

    def _measured(self, sources: Sequence[PlannedSource], labels: int | None) -> RowMeasure | None:
        facts = self.choice.facts
        if facts is None:
            text = f"How large {self.choice.id} is, nobody here knows: its numbers are chosen when the run starts."
            self.draft.warn("plan.unknown_base", text, "model.base")
            return None
        rows = measured_rows(sources, self.plan, facts, labels=labels, project=self.project)
        resolved = resolve(self.plan, rows.facts, facts)
        if self.draft.factors:
            self._multiply(resolved.plan)
            resolved = resolve(self.plan, rows.facts, facts)
        self.plan = resolved.plan
        self.draft.reasons |= {field: why for field, why in resolved.reasons.items() if field not in self.draft.reasons}
        return rows

    def _multiply(self, chosen: Plan) -> None:
        """Fixes what the sentence wants more or less of; what follows from it is chosen anew."""
        before, draft = chosen.model_dump(), self.draft
        for name, factor in draft.factors.items():
            number = value_at(before, name)
            value = factor.of(number)
            problem = value_problem(name, value)
            if problem or value == number:
                why = problem.message if problem else f"It is {number:g} already."
                draft.warn("plan.factor", f"You said “{factor.said}”: {why}", name)
                continue
            *parents, last = name.split(".")
            setattr(functools.reduce(getattr, parents, self.plan), last, value)
            draft.reasons[name] = f"You said “{factor.said}”: {number:g} times {factor.value:g}."
            draft.decided.add(name)
        filling.serve_rank(draft, self.plan)

    def proposal(self) -> Proposal:
        """Everything together, reasons in the plan's order."""
        for problem in check(self.plan):
            self.draft.warn(problem.code, f"{problem.message} {problem.hint}".strip(), problem.field)
        return Proposal(
            plan=self.plan,
            questions=self.draft.questions,
            warnings=self.draft.warnings,
            reasons=in_plan_order(self.draft.reasons),
            estimate=self.estimate,
            imports=self.draft.imports,
        )
