"""Time, memory and money of a run, from formulas with measured factors (docs/planner.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.bases.base import Base
from pipeline.machine.hardware import Card, find_card, hardware, price_of_hour
from pipeline.machine.machine import GIB, Machine
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.training.device import worker_threads
from pipeline.training.estimate_memory import Load, adapter_parameters, kept_numbers, linear_parameters, memory_classes

PASSED_ON, TRAINED = 4, 6  # operations per token and weight: forward and backward; with a gradient of its own
ATTENTION = 7  # per hidden unit and pair of tokens: 4 forward, 10 backward, half of both behind the causal mask
DEQUANTIZED = 1.4  # a step on 4-bit weights takes so much longer. source: QLoRA users' reports, own choice
UNCERTAINTY = 0.5  # share of the estimate, on either side


@dataclass(frozen=True)
class Work:
    """What a row of the mean length takes: operations, and bytes that are kept for the backward pass."""

    operations: float
    kept_bytes: float


@dataclass(frozen=True)
class Speed:
    """What training reaches.

    Attributes:
        operations_per_s: products and sums.
        kept_bytes_per_s: writing, reading and freeing what is kept; None where the operations' figure includes it.
        text: for people.
    """

    operations_per_s: float
    kept_bytes_per_s: float | None
    text: str

    def seconds(self, work: Work) -> float:
        """Time for one row."""
        passing = work.kept_bytes / self.kept_bytes_per_s if self.kept_bytes_per_s else 0.0
        return work.operations / self.operations_per_s + passing


def work_of_row(base: Base, training: TrainingSpec, load: Load) -> Work:
    """The work for a row of the mean length.

    Source:
        Kaplan et al. 2020, arXiv 2001.08361, section 2.1: 2 operations per weight and token forward, 2 backward for
        what is passed on, 2 for the gradient of what is trained. Attention: Dao 2023, arXiv 2307.08691, section 4.1.
    """
    r = int(training.adapter.r)
    if training.adapter.type == "full":
        per_token = TRAINED * linear_parameters(base)
    else:
        per_token = PASSED_ON * linear_parameters(base) + TRAINED * adapter_parameters(base, r)
    if training.quantization != "none":
        per_token = int(per_token * DEQUANTIZED)
    attention = ATTENTION * base.num_layers * base.hidden_size * load.mean**2
    head = PASSED_ON * base.vocab_size * base.hidden_size * load.most_trained
    return Work(per_token * load.mean + attention + head, 4 * kept_numbers(base, r) * load.mean)


def estimate(plan: Plan, base: Base, load: Load, machine: Machine, card_gib: float, card: str = "") -> dict[str, Any]:
    """What a run of this plan takes.

    Args:
        plan: with numbers in place of `auto`.
        base: that is trained.
        load: how many rows, and how long.
        machine: that it runs on.
        card_gib: memory of the graphics card that is used; 0 for the processor.
        card: its name, where it is not the machine's.
    """
    training, on_gpu = plan.training, card_gib > 0
    found = _card(machine, card) if on_gpu else None
    speed = _card_speed(found) if on_gpu else _processor_speed(worker_threads(base) or machine.cores)
    rows = load.rows * float(training.num_train_epochs)
    fixed = float(hardware().fixed_s["value"])
    seconds = rows * speed.seconds(work_of_row(base, training, load)) + fixed
    memory = memory_classes(base, training, load, on_gpu=on_gpu)
    return {
        "memory_gib": round(memory.total / GIB, 1),
        "memory_parts_gib": memory.gib(),
        "memory_of_gib": round(card_gib or machine.memory_gib, 1),
        "seconds": round(seconds),
        "seconds_low": round(seconds * (1 - UNCERTAINTY)),
        "seconds_high": round(seconds * (1 + UNCERTAINTY)),
        **_cost(plan, found, seconds),
        "basis": f"{rows * load.mean / 1e6:.2g} million tokens through {base.params / 1e6:.3g} million parameters, "
        f"{speed.text}, and {fixed:.0f} s to start and measure; ±{UNCERTAINTY:.0%}",
    }


def _cost(plan: Plan, card: Card | None, seconds: float) -> dict[str, Any]:
    """Money: none on one's own machine; the card's rent elsewhere, where its price is known."""
    if plan.compute.target == "local":
        return {"cost_usd": 0.0}
    price = price_of_hour(card) if card else None
    if price is None or card is None:
        return {"cost_usd": None}
    return {
        "cost_usd": round(price * seconds / 3600, 2),
        "cost_basis": f"{card.name}, ${price:.2f} an hour ({card.price_source})",
    }


def _card(machine: Machine, name: str) -> Card | None:
    if name:
        return find_card(name)
    return find_card(max(machine.gpus, key=lambda gpu: gpu.memory_gib).name) if machine.gpus else None


def _processor_speed(threads: int) -> Speed:
    facts = hardware().processor
    operations = float(facts["flops_per_core"])
    text = f"{operations / 1e9:.0f} billion operations a second on {threads} core{'' if threads == 1 else 's'}"
    return Speed(threads * operations, threads * float(facts["kept_bytes_per_core"]), text)


def _card_speed(card: Card | None) -> Speed:
    facts = hardware()
    is_known = card is not None and card.flops is not None
    flops = float(card.flops if card and card.flops else facts.other_gpu["flops"]) * float(facts.reached["share"])
    name = card.name if card and is_known else "a slow graphics card"
    return Speed(flops, None, f"{flops / 1e12:.0f} trillion operations a second ({name})")
