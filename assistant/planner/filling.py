"""The parts of a plan, each filled from what was understood; every field with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.planner.base_choice import BaseChoice
from assistant.planner.draft import Draft, value_at
from assistant.planner.naming import plan_name
from assistant.planner.proposal import Choice, Import, Question
from assistant.planner.readings import Reading, is_doubted
from assistant.planner.sources import PlannedSource
from assistant.planner.understanding import WEAKER, Understanding
from assistant.planner.vocabulary import task_recipes
from pipeline.datasets.recognise.inspection import Inspection
from pipeline.plan.model import Plan, Role, Task
from pipeline.plan.rendering import flow
from pipeline.plan.rules import SERVED_RANKS

_LOWER_IS_BETTER = ("perplexity", "invalid")
_SURELY = 0.8  # strength from which a sentence means a task
FEW_ROWS = 1_000  # below, a tenth is too little to measure with
# Columns of these names bring what should be done; a system prompt would say it twice.
_OWN_INSTRUCTION = ("instruction", "instructions", "prompt", "question", "query", "system_prompt")
_ORDER_WORDS = 6  # a shorter sentence seldom says all that the model has to know
_NO_WORDS = ("text", "input", "output", "completion", "prompt", "label_text", "value", "target")


def fill_head(draft: Draft, understood: Understanding, task: Task, why: str, files: Sequence[Path]) -> None:
    """Version, name, goal, task."""
    draft.set("version", 1, "The format of this Vibetune.")
    draft.set("name", plan_name(understood, task, list(files)), "From your sentence; the adapter gets this name.")
    draft.set("goal", understood.goal, "Your sentence.")
    draft.set("task", task, why)


def task_reason(understood: Understanding, reading: Reading) -> str:
    """Why it is this task."""
    said = understood.tasks.get(reading.task)
    if said:
        return f"You said “{said.words}”; {reading.mapping.reason}"
    return reading.mapping.reason


def fill_sources(
    draft: Draft,
    understood: Understanding,
    sources: Sequence[PlannedSource],
    found: Inspection,
    beside: Path | None,
) -> None:
    """The files, and how their rows are split."""
    listed = [{"path": each.path, **({"split": each.split} if each.split else {})} for each in sources]
    rows = ", ".join(
        f"{each.path} has {source.rows:,} rows" for each, source in zip(sources, found.sources, strict=True)
    )
    draft.set("dataset.sources", listed, f"{rows}.")
    draft.imports = [Import(source=each.file, target=each.path) for each in sources if not each.is_inside]
    if draft.imports:
        names = ", ".join(each.source.name for each in draft.imports)
        verb, them = ("lies", "it") if len(draft.imports) == 1 else ("lie", "them")
        targets = ", ".join(each.target for each in draft.imports)
        text = f"{names} {verb} outside the project: `--write` copies {them} to {targets}."
        draft.warn("plan.copies_data", text, "dataset.sources")
    if beside is not None:
        text = f"{beside.name} lies beside {sources[0].file.name} and is taken for the test."
        draft.warn("plan.own_test_file", text, "dataset.sources")
    _fill_split(draft, understood, sources, found)


def _fill_split(draft: Draft, understood: Understanding, sources: Sequence[PlannedSource], found: Inspection) -> None:
    own = {each.split for each in sources}
    undivided = sum(source.rows for each, source in zip(sources, found.sources, strict=True) if each.split is None)
    if "validation" in own:
        draft.set("dataset.split.validation", 0.0, "There is a validation file.")
    else:
        draft.set("dataset.split.validation", 0.1, "A tenth of the rows shows during training whether it still helps.")
    if "test" in own:
        draft.set("dataset.split.test", 0.0, "There is a test file: nothing else is measured with.")
    elif undivided < FEW_ROWS:
        why = f"Of {undivided:,} rows a fifth: fewer than about 100 test rows could tell little."
        draft.set("dataset.split.test", 0.2, why)
    else:
        draft.set("dataset.split.test", 0.1, f"A tenth of {undivided:,} rows is enough to measure with.")
    if seed := understood.wish("training.seed"):
        why = f"You said “{seed.said}”: one number for the split and the training, since nothing is split yet."
        draft.set("dataset.split.seed", seed.value, why)
    draft.set("dataset.split.seed", 42, "Any number; the same one always gives the same split.")


def fill_columns(draft: Draft, reading: Reading, found: Inspection, rivals: Sequence[Reading]) -> None:
    """Roles of the columns; asks where another reading is nearly as likely."""
    draft.set("dataset.columns", dict(reading.columns), reading.mapping.reason)
    if draft.fixed_value("dataset.columns") or not (rivals or is_doubted(reading)):
        return
    options = [reading, *rivals]
    if len(options) == 1:
        options += [
            Reading(reading.task, mapping, 0.0)
            for mapping in (found.runner_up, *found.others)
            if mapping and mapping.columns != reading.columns
        ][:2]
    draft.questions.append(
        Question(
            field="dataset.columns",
            text="Which columns are meant?",
            choices=[Choice(value=flow(dict(each.columns)), text=described(each.columns)) for each in options],
            default=flow(dict(reading.columns)),
            why="It decides what the model reads and what it learns to write, and with it the task and its metric.",
        )
    )


def described(columns: dict[Role, list[str]]) -> str:
    """Roles in words: `Message → Queue`."""
    if "prompt" in columns and "completion" in columns:
        return f"{' + '.join(columns['prompt'])} → {' + '.join(columns['completion'])}"
    return ", ".join(f"{role}: {' + '.join(names)}" for role, names in columns.items())


def fill_prompt(draft: Draft, understood: Understanding, reading: Reading) -> None:
    """The system prompt: short, since every row and every request carries it."""
    recipe = task_recipes()[reading.task]
    columns = reading.columns
    template = recipe["system_prompt"]
    prompts = columns.get("prompt", [])
    if template is None or not prompts or "system" in columns or (recipe.get("from_goal") and _brings_own(prompts)):
        draft.set("dataset.system_prompt", None, "The rows bring their own instructions.")
        return
    said = understood.tasks.get(reading.task)
    goal = str(draft.fixed_value("goal") or understood.goal)  # later sentences are about the run, not for the model
    if recipe.get("from_goal") and said and _is_order(goal, said.words):
        text = f"{goal.rstrip('.!。')}."
        draft.set("dataset.system_prompt", text, "Your sentence is an order already; it is trained and served with.")
        return
    language = understood.language if understood.language in template else "en"
    answer = (columns.get("completion") or [""])[0]
    words = {"label": _noun(answer, "label"), "text": _noun(prompts[0], "text"), "answer": _noun(answer, "answer")}
    why = "Short, so that it costs little in every request; the adapter is trained and served with it."
    draft.set("dataset.system_prompt", template[language].format(**words), why)


def _is_order(goal: str, words: str) -> bool:
    """Whether a sentence begins with what is to be done, and goes on."""
    return goal.casefold().startswith(words.casefold()) and len(goal.split()) >= _ORDER_WORDS


def _brings_own(prompts: Sequence[str]) -> bool:
    return prompts[0].casefold() in _OWN_INSTRUCTION


def _noun(column: str, otherwise: str) -> str:
    """A column's name as a word of a sentence."""
    word = column.replace("_", " ").replace("-", " ").strip().lower()
    return otherwise if not word or column.casefold() in _NO_WORDS else word


def fill_base(draft: Draft, choice: BaseChoice) -> None:
    """The base, by id and, where it is here, by revision."""
    draft.set("model.base", choice.id, choice.reason)
    if choice.is_wished:
        draft.decided.add("model.base")
    if choice.facts and choice.is_here and choice.facts.revision:
        draft.set("model.revision", choice.facts.revision, "The commit that is on this machine.")
    if choice.params_b is not None:
        draft.set("model.params_b", choice.params_b, "A fact of the base.")
    draft.warnings += choice.warnings


def method_for(task: Task, kind: str) -> str:
    """What a task is learned with from rows of a kind, see `readings.shape`."""
    recipe = task_recipes()[task]
    return str(recipe.get("methods", {}).get(kind, recipe["method"]))


def fill_training(draft: Draft, understood: Understanding, task: Task, choice: BaseChoice) -> None:
    """Method, adapter and quantization; the numbers come later, from the rows."""
    draft.set("training.method", method_for(task, draft.kind), f"What {task} is learned with.")
    draft.set("training.adapter.type", "lora", "Small, quick to train, and many can be served on one base.")
    if choice.needs_nf4 and "nf4" not in understood.ruled_out.get("training.quantization", []):
        draft.set("training.quantization", "nf4", f"{choice.params_b:g} billion weights fit the card only in 4 bits.")
    else:
        draft.set("training.quantization", "none", "The base fits as it is.")


def fill_evaluation(draft: Draft, task: Task) -> None:
    """Metrics, opponents and the gate."""
    recipe = task_recipes()[task]
    metrics = draft.fixed_value("evaluation.metrics") or value_at(draft.values, "evaluation.metrics")
    metrics = metrics or list(recipe["metrics"])
    draft.set("evaluation.metrics", metrics, sentence(recipe["why"]))
    draft.set("evaluation.baselines", ["base", "base+prompt"], "The base alone, and the base with a good prompt.")
    if recipe.get("benchmarks"):
        draft.set("evaluation.benchmarks", list(recipe["benchmarks"]), "Shows whether the ability itself grew.")
    rule = "< base" if metrics[0] in _LOWER_IS_BETTER else next(iter(recipe["gates"].values()))
    draft.set("evaluation.gates", {metrics[0]: rule}, "Worth serving only if it is surely better than that.")


def sentence(text: str) -> str:
    """A text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def fill_rest(draft: Draft) -> None:
    """Serving and compute."""
    draft.set("serving.alias", "candidate", "Requests can name it in place of a version; promote it when it is good.")
    draft.set("compute.target", "local", "This machine.")


def serve_rank(draft: Draft, plan: Plan) -> None:
    """Raises the server's limit to the rank that was asked for, and says what that costs."""
    rank, usual = plan.training.adapter.r, plan.serving.max_lora_rank
    if isinstance(rank, int) and rank > usual:
        plan.serving.max_lora_rank = next(served for served in SERVED_RANKS if served >= rank)
        draft.reasons["serving.max_lora_rank"] = f"The smallest that vLLM knows and that takes rank {rank}."
        text = (
            f"Rank {rank} is over what the server takes by itself ({usual}): serving.max_lora_rank is raised to "
            f"{plan.serving.max_lora_rank}, which costs memory for every adapter. Rank {usual} is served as it is."
        )
        draft.warn("plan.large_rank", text, "training.adapter.r")


def ask_for_task(draft: Draft, understood: Understanding, reading: Reading) -> None:
    """Asks where the sentence surely speaks of one task, and the data can only teach another."""
    other, said = next(iter(understood.tasks.items()), (None, None))
    also = understood.tasks.get(reading.task)
    is_said = also is not None and also.strength > WEAKER
    if not said or other is None or other == reading.task or is_said or said.strength < _SURELY:
        return
    if task_recipes()[other]["rows"].get(draft.kind, 0.0):
        return  # these rows teach it as well
    draft.questions.append(
        Question(
            field="task",
            text=f"“{said.words}” sounds like {other}, but the data look like {reading.task}. Which is it?",
            choices=[
                Choice(value=reading.task, text=f"{reading.task}: {described(reading.columns)}"),
                Choice(value=str(other), text=f"{other}: needs other rows"),
            ],
            default=reading.task,
            why="It decides the columns, the metric and the prompt.",
        )
    )
