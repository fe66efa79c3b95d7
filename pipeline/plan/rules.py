"""Rules that hold between fields; each yields problems that name their field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath, PureWindowsPath

from pipeline.plan.errors import Problem
from pipeline.plan.fields import closest
from pipeline.plan.gates import parse_gate
from pipeline.plan.model import BENCHMARKS, METRICS, Method, Plan, Role
from pipeline.plan.servable import unservable

# source: vLLM 0.32, vllm/config/lora.py, MaxLoRARanks (from 8: smaller ones save nothing)
SERVED_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)

_HUB_DATASET = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
_TARGET = re.compile(r"local|(ssh|ray|slurm|sky)://\S+")
_PAIR: tuple[Role, ...] = ("prompt", "completion")
_NEEDED: dict[Method, tuple[tuple[Role, ...], ...]] = {
    "sft": (_PAIR, ("messages",), ("text",)),
    "cpt": (("text",),),
    "dpo": (("chosen", "rejected"),),
    "orpo": (("chosen", "rejected"),),
    "reward": (("chosen", "rejected"),),
    "kto": (("prompt", "completion", "label"), ("messages", "label")),
    "grpo": (("prompt",), ("messages",)),
}
_PREFERENCE_METHODS = ("dpo", "orpo", "kto", "reward")


def check(plan: Plan) -> list[Problem]:
    """Every error and warning that the plan's values give together."""
    return [problem for rule in _RULES for problem in rule(plan)]


def _sources(plan: Plan) -> Iterable[Problem]:
    for index, source in enumerate(plan.dataset.sources):
        field = f"dataset.sources[{index}]"
        if (source.path is None) == (source.hf is None):
            said = "both a file and a hub data set" if source.path else "neither a file nor a hub data set"
            message = f"`{field}` names {said}."
            yield Problem("plan.source", message, "Give it `path: data/FILE` or `hf: org/name@revision`.", field)
        elif source.path is not None:
            yield from _path_problems(source.path, f"{field}.path")
        elif source.hf is not None and not _HUB_DATASET.fullmatch(source.hf):
            message = f"`{source.hf}` is no hub data set."
            yield Problem("plan.source", message, "Write `org/name` or `org/name@revision`.", f"{field}.hf")
    if plan.dataset.rehearsal and plan.dataset.rehearsal.source:
        yield from _path_problems(plan.dataset.rehearsal.source, "dataset.rehearsal.source")


def _path_problems(path: str, field: str) -> Iterable[Problem]:
    hint = "Put the file into the project's data/ folder and write `data/FILE`."
    if "://" in path:
        yield Problem("plan.path", f"`{path}` is an address on the network, not a file.", f"Download it. {hint}", field)
    elif PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or path.startswith(("~", "\\")):
        message = f"`{path}` is a place on one machine; a plan's paths are relative to the project."
        yield Problem("plan.path_outside", message, hint, field)
    elif ".." in re.split(r"[/\\]", path):
        yield Problem("plan.path_outside", f"`{path}` leads out of the project.", hint, field)
    elif not path.strip() or any(ord(character) < 32 for character in path):
        yield Problem("plan.path", "The path is empty or holds control characters.", hint, field)


def _columns(plan: Plan) -> Iterable[Problem]:
    columns, method = plan.dataset.columns, plan.training.method
    if not columns:
        return
    needed = _NEEDED[method]
    if not any(all(columns.get(role) for role in roles) for roles in needed):
        wanted = " or ".join(" and ".join(f"`{role}`" for role in roles) for roles in needed)
        given = ", ".join(f"`{role}`" for role in columns)
        message = f"`method: {method}` needs the columns of {wanted}; the plan names {given}."
        yield Problem("plan.columns", message, "Add `role: [column]` to dataset.columns.", "dataset.columns")
    both = set(columns.get("prompt", [])) & set(columns.get("completion", []))
    for column in sorted(both):
        message = f"The column `{column}` is both prompt and completion: the answer would stand in the question."
        yield Problem("plan.columns", message, "Take it out of one of the two.", "dataset.columns.completion")


def _split(plan: Plan) -> Iterable[Problem]:
    split = plan.dataset.split
    total = split.validation + split.test
    if total >= 1:
        message = f"Validation {split.validation:g} and test {split.test:g} leave no rows for training."
        yield Problem("plan.split", message, "Their sum must be below 1; 0.1 each is usual.", "dataset.split")
    if split.test == 0 and not any(source.split == "test" for source in plan.dataset.sources):
        message = "No rows are kept for the test: nothing can be measured."
        hint = "Set `dataset.split.test: 0.1`, or give one source `split: test`."
        yield Problem("plan.no_test", message, hint, "dataset.split.test", severity="warning")


def _labels(plan: Plan) -> Iterable[Problem]:
    labels = plan.dataset.labels
    different = len(set(labels or []))
    if labels is not None and different < 2:
        message = f"`dataset.labels` has {different or 'no'} different answers: there is nothing to tell apart."
        yield Problem(
            "plan.labels", message, "Name at least two, or leave the field out to keep all.", "dataset.labels"
        )


def _method(plan: Plan) -> Iterable[Problem]:
    training = plan.training
    if plan.task == "preference" and training.method not in _PREFERENCE_METHODS:
        message = f"`task: preference` can't be learned with `method: {training.method}`."
        hint = f"Use one of {', '.join(_PREFERENCE_METHODS)}."
        yield Problem("plan.method", message, hint, "training.method")
    if training.adapter.type == "full" and training.quantization != "none":
        message = f"`type: full` trains every weight, and weights in {training.quantization} can't be trained."
        hint = "Set `quantization: none`, or `adapter.type: lora`."
        yield Problem("plan.quantization", message, hint, "training.quantization")
    if not training.adapter.target_modules:
        yield Problem(
            "plan.target_modules",
            "`target_modules` is empty: nothing would be trained.",
            "Write `all-linear`.",
            "training.adapter.target_modules",
        )


def _metrics(plan: Plan) -> Iterable[Problem]:
    for field, given, known in (
        ("metrics", plan.evaluation.metrics, METRICS),
        ("benchmarks", plan.evaluation.benchmarks, BENCHMARKS),
    ):
        for index, name in enumerate(given):
            if name not in known:
                near = closest(name, known)
                hint = f"Did you mean `{near}`?" if near else f"Known: {', '.join(known)}."
                message = f"There is no {field.removesuffix('s')} `{name}`."
                yield Problem(f"plan.{field.removesuffix('s')}", message, hint, f"evaluation.{field}[{index}]")


def _gates(plan: Plan) -> Iterable[Problem]:
    evaluation = plan.evaluation
    known = [*METRICS, *BENCHMARKS]
    measured = [name for name in (*evaluation.metrics, *evaluation.benchmarks) if name in known] + ["forgetting"]
    for metric, text in evaluation.gates.items():
        field = f"evaluation.gates.{metric}"
        if metric not in measured:
            near = closest(metric, measured)
            hint = (
                f"Did you mean `{near}`?"
                if near
                else f"Add it to evaluation.metrics; measured now: {', '.join(measured)}."
            )
            yield Problem("plan.gate", f"The gate `{metric}` is not measured by this plan.", hint, field)
        try:
            gate = parse_gate(metric, text)
        except ValueError as error:
            yield Problem(
                "plan.gate", f"`{metric}: {text}` is no gate: {error}.", 'For example `accuracy: "> base"`.', field
            )
            continue
        if gate.against in ("base", "base+prompt") and gate.against not in evaluation.baselines:
            message = f"The gate `{metric}: {text}` compares with `{gate.against}`, which is not measured."
            yield Problem("plan.gate", message, f"Add `{gate.against}` to evaluation.baselines.", field)


def _serving(plan: Plan) -> Iterable[Problem]:
    rank = plan.serving.max_lora_rank
    if rank not in SERVED_RANKS:
        larger = next(served for served in SERVED_RANKS if served >= rank)
        message = f"`max_lora_rank: {rank}` is no size that vLLM knows ({', '.join(map(str, SERVED_RANKS))})."
        yield Problem("plan.max_lora_rank", message, f"Write {larger}.", "serving.max_lora_rank")


def _compute(plan: Plan) -> Iterable[Problem]:
    if not _TARGET.fullmatch(plan.compute.target):
        message = f"`target: {plan.compute.target}` is no place to run."
        hint = "Write `local`, `ssh://host`, `ray://host:port`, `slurm://host` or `sky://cloud`."
        yield Problem("plan.target", message, hint, "compute.target")


def _base(plan: Plan) -> Iterable[Problem]:
    base = plan.model.base
    if PurePosixPath(base).is_absolute() or PureWindowsPath(base).drive or base.startswith("~"):
        message = f"`base: {base}` is a folder of one machine: the plan will not run elsewhere."
        hint = "Name a hub model, or a folder relative to the project."
        yield Problem("plan.machine_path", message, hint, "model.base", severity="warning")


_RULES: tuple[Callable[[Plan], Iterable[Problem]], ...] = (
    _sources,
    _columns,
    _split,
    _labels,
    _method,
    _metrics,
    _gates,
    _serving,
    _compute,
    _base,
    unservable,
)
