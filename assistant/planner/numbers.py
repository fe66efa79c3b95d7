"""The plan's open numbers from the files' own lengths, and a first estimate. No torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.planner.proposal import Proposal, Warned
from pipeline.bases.base import Base, find_base
from pipeline.datasets.facts import RowFacts, TokenLengths
from pipeline.datasets.recognise.columns import ColumnFacts
from pipeline.datasets.recognise.inspection import Inspection
from pipeline.errors import BadInput
from pipeline.plan.model import Plan
from pipeline.training.hyperparameters import Resolved, resolve

# source: measured on the embedded base's tokenizer: 1.2 to 1.3 on general English, more on names and numbers
TOKENS_PER_WORD = 1.4
TEMPLATE_TOKENS = 24  # the chat template around a question and a short system prompt
OPEN_UNTIL_RUN = ("max_length", "save_steps")  # chosen from the true lengths when the run starts

# Floating-point operations per weight and token of a training step with a LoRA adapter: forward 2, backward 2 for the
# activations (the base's weights get no gradient). source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1
FLOPS_PER_WEIGHT = 4
CPU_FLOPS = 2.0e10  # a second, two cores, small matrices. source: measured, 1,300 tokens/s at 7 M weights under load
EVALUATION_S = 45  # engine start and stop, three models over some hundred rows. source: measured on two cores
BYTES_PER_WEIGHT = {"none": 4, "int8": 1, "nf4": 0.6}
PROCESS_GIB = 0.9  # source: measured, a worker before the base is loaded


def with_numbers(proposal: Proposal, found: Inspection, project: Path | None) -> Proposal:
    """A proposal whose open numbers are chosen, with reasons and an estimate; unchanged where the base is not here."""
    plan = proposal.plan
    if plan is None:
        return proposal
    try:
        base = _base(plan, project)
        resolved = resolve(plan, row_facts(plan, found), base)
    except BadInput as error:
        warning = Warned(code=error.code, message=f"{error.message} {error.hint}", field="model.base")
        return proposal.model_copy(update={"warnings": [*proposal.warnings, warning]})
    for name in OPEN_UNTIL_RUN:
        setattr(resolved.plan.training, name, getattr(plan.training, name))
    reasons = {key: why for key, why in resolved.reasons.items() if key.rpartition(".")[2] not in OPEN_UNTIL_RUN}
    return proposal.model_copy(
        update={
            "plan": resolved.plan,
            "reasons": {**reasons, **proposal.reasons},
            "estimate": estimate(resolved, base, found),
        }
    )


def _base(plan: Plan, project: Path | None) -> Base:
    inside = project / plan.model.base if project else None
    return find_base(str(inside) if inside and inside.is_dir() else plan.model.base, plan.model.revision)


def row_facts(plan: Plan, found: Inspection) -> RowFacts:
    """What is known of the rows before they are read: numbers of the columns, in words."""
    roles = plan.dataset.columns
    columns = {column.name: column for column in found.columns}
    prompt = [columns[name] for name in roles.get("prompt", roles.get("messages", [])) if name in columns]
    answer = [columns[name] for name in roles.get("completion", []) if name in columns]
    own = {source.split or "train": source.rows for source in found.sources}
    split = plan.dataset.split
    share = 1 - split.validation - (0 if "test" in own else split.test)
    return RowFacts(
        train_rows=max(1, round(own.get("train", found.rows) * share)),
        labels=len(found.labels) or None,
        prompt_tokens=_tokens(prompt, TEMPLATE_TOKENS),
        completion_tokens=_tokens(answer, 2),
    )


def _tokens(columns: list[ColumnFacts], extra: int) -> TokenLengths:
    mean = sum(column.words for column in columns) * TOKENS_PER_WORD + extra
    longest = sum(column.longest for column in columns) * TOKENS_PER_WORD + extra
    return TokenLengths(round(mean), round(min(longest, 2 * mean)), round(mean))  # the longest is measured in the run


def estimate(resolved: Resolved, base: Base, found: Inspection) -> dict[str, Any]:
    """Time, memory and money of a run on this machine's processor: a formula, right within a factor of two."""
    rows = row_facts(resolved.plan, found)
    training = resolved.plan.training
    tokens = rows.train_rows * (rows.prompt_tokens.p50 + rows.completion_tokens.p50) * float(training.num_train_epochs)
    seconds = tokens * base.params * FLOPS_PER_WEIGHT / CPU_FLOPS + EVALUATION_S
    memory = base.params * BYTES_PER_WEIGHT[training.quantization] / 2**30 + PROCESS_GIB
    return {
        "seconds": round(seconds),
        "seconds_low": round(seconds / 2),
        "seconds_high": round(seconds * 2),
        "memory_gib": round(memory, 2),
        "cost_usd": 0.0,
        "steps": resolved.steps,
        "basis": "formula for two CPU cores, not yet calibrated on this machine; training and evaluation",
    }
