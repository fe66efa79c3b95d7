"""Time, memory and money of a run, from a formula; right within a factor, which is said with it.

seconds = trained tokens x parameters x operations / reached operations per second + start and measurement. A LoRA step
costs 4 operations per parameter and token: 2 forward, 2 backward through the activations; the frozen weights get no
gradient. Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
"""

from __future__ import annotations

import functools
from typing import Any

from assistant.planner.rows import RowMeasure
from assistant.planner.vocabulary import read_words
from pipeline.bases.base import Base
from pipeline.machine.machine import Machine
from pipeline.plan.model import Plan
from pipeline.training.memory import estimate_memory

GIB = 1024**3
OPERATIONS = {"lora": 4, "prefix": 4, "full": 6}  # per parameter and token
DEQUANTIZED = 1.4  # a step on 4-bit weights takes so much longer. source: QLoRA users' reports, own choice
UNCERTAINTY = 0.5  # share of the estimate, on either side


@functools.cache
def _hardware() -> dict[str, Any]:
    return read_words("hardware")


def estimate(plan: Plan, base: Base, rows: RowMeasure, machine: Machine, card_gib: float) -> dict[str, Any]:
    """What a run of this plan takes.

    Args:
        plan: with numbers in place of `auto`.
        base: that is trained.
        rows: how many, and how long.
        machine: that it runs on.
        card_gib: memory of the graphics card that is used; 0 for the processor.
    """
    training = plan.training
    tokens = rows.facts.train_rows * rows.tokens * float(training.num_train_epochs)
    operations = tokens * base.params * OPERATIONS[training.adapter.type]
    operations *= DEQUANTIZED if training.quantization != "none" else 1.0
    speed, speed_text = _speed(machine, card_gib)
    fixed = float(_hardware()["fixed_s"]["value"])
    seconds = operations / speed + fixed
    memory = estimate_memory(
        base,
        training,
        longest=rows.facts.prompt_tokens.max + rows.facts.completion_tokens.max,
        most_trained=rows.facts.completion_tokens.max,
        rows=rows.facts.train_rows,
        bf16_weights=card_gib > 0,
    )
    return {
        "memory_gib": round(memory.total / GIB, 1),
        "memory_parts_gib": {
            "model": round(memory.weights / GIB, 2),
            "adapter": round(memory.adapter / GIB, 2),
            "activations": round(memory.activations / GIB, 2),
            "libraries": round(memory.libraries / GIB, 2),
        },
        "memory_of_gib": round(card_gib or machine.memory_gib, 1),
        "seconds": round(seconds),
        "seconds_low": round(seconds * (1 - UNCERTAINTY)),
        "seconds_high": round(seconds * (1 + UNCERTAINTY)),
        "cost_usd": 0.0 if plan.compute.target == "local" else None,
        "basis": f"{tokens / 1e6:.2g} million tokens through {base.params / 1e6:.3g} million parameters, "
        f"{speed_text}, and {fixed:.0f} s to start and measure; ±{UNCERTAINTY:.0%}",
    }


def _speed(machine: Machine, card_gib: float) -> tuple[float, str]:
    """Operations per second that training reaches, and where the figure comes from."""
    facts = _hardware()
    if not card_gib:
        per_core = float(facts["processor"]["flops_per_core"])
        return (
            per_core * machine.cores,
            f"{per_core / 1e9:.0f} billion operations a second on each of {machine.cores} cores",
        )
    name = max(machine.gpus, key=lambda gpu: gpu.memory_gib).name if machine.gpus else ""
    card = next((each for each in facts["gpus"] if each["name"] in name), facts["other_gpu"])
    flops = float(card["flops"]) * float(facts["reached"]["share"])
    return flops, f"{flops / 1e12:.0f} trillion operations a second ({card.get('name', 'a slow graphics card')})"
