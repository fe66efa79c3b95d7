"""Time, memory and money of a run, from a formula; right within a factor, which is said with it.

seconds = trained tokens x parameters x operations / reached operations per second + start and measurement. A LoRA step
costs 4 operations per parameter and token: 2 forward, 2 backward through the activations; the frozen weights get no
gradient. Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.bases.base import Base
from pipeline.machine.hardware import Card, find_card, hardware, price_of_hour
from pipeline.machine.machine import Machine
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.training.memory import (
    ACTIVATION_BYTES,
    GIB,
    LIBRARIES_BYTES,
    LOGIT_COPIES,
    WEIGHT_BYTES,
    adapter_parameters,
)

OPERATIONS = {"lora": 4, "prefix": 4, "full": 6}  # per parameter and token
DEQUANTIZED = 1.4  # a step on 4-bit weights takes so much longer. source: QLoRA users' reports, own choice
UNCERTAINTY = 0.5  # share of the estimate, on either side


@dataclass(frozen=True)
class Load:
    """What is trained on: rows, and their lengths in tokens."""

    rows: int
    mean: float
    longest: int
    most_trained: int


@dataclass(frozen=True)
class MemoryClasses:
    """Memory at the largest batch by class of tensor, bytes."""

    weights: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    libraries: int = LIBRARIES_BYTES

    @property
    def total(self) -> int:
        """All of it."""
        return sum(asdict(self).values())

    def gib(self) -> dict[str, float]:
        """By class, GiB."""
        return {name: round(size / GIB, 2) for name, size in asdict(self).items()}


def memory_classes(base: Base, training: TrainingSpec, load: Load, *, on_gpu: bool) -> MemoryClasses:
    """Memory of a training by class of tensor.

    Args:
        base: that is trained.
        training: with numbers in place of `auto`.
        load: the rows.
        on_gpu: the base's weights are then held in 16 bits.

    Source:
        Trained weights with gradient and two moments of AdamW in 32 bits: 4 + 4 + 8 bytes. Activations: arXiv
        2205.05198, eq. 1, twice for 32 bits.
    """
    per_weight = 2.0 if on_gpu and training.quantization == "none" else WEIGHT_BYTES[training.quantization]
    is_full = training.adapter.type == "full"
    trained = base.params if is_full else adapter_parameters(base, int(training.adapter.r))
    batch = min(int(training.per_device_train_batch_size), load.rows)
    return MemoryClasses(
        weights=int(base.params * per_weight),
        adapter=0 if is_full else trained * 4,
        gradients=trained * 4,
        optimizer=trained * 8,
        activations=batch
        * load.longest
        * base.num_layers
        * base.hidden_size
        * ACTIVATION_BYTES
        // (2 if on_gpu else 1),
        logits=batch * load.most_trained * base.vocab_size * 4 * LOGIT_COPIES,
    )


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
    training = plan.training
    tokens = load.rows * load.mean * float(training.num_train_epochs)
    operations = tokens * base.params * OPERATIONS[training.adapter.type]
    operations *= DEQUANTIZED if training.quantization != "none" else 1.0
    found = _card(machine, card) if card_gib else None
    speed, speed_text = _speed(machine, found, on_gpu=card_gib > 0)
    fixed = float(hardware().fixed_s["value"])
    seconds = operations / speed + fixed
    memory = memory_classes(base, training, load, on_gpu=card_gib > 0)
    return {
        "memory_gib": round(memory.total / GIB, 1),
        "memory_parts_gib": memory.gib(),
        "memory_of_gib": round(card_gib or machine.memory_gib, 1),
        "seconds": round(seconds),
        "seconds_low": round(seconds * (1 - UNCERTAINTY)),
        "seconds_high": round(seconds * (1 + UNCERTAINTY)),
        **_cost(plan, found, seconds),
        "basis": f"{tokens / 1e6:.2g} million tokens through {base.params / 1e6:.3g} million parameters, "
        f"{speed_text}, and {fixed:.0f} s to start and measure; ±{UNCERTAINTY:.0%}",
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


def _speed(machine: Machine, card: Card | None, *, on_gpu: bool) -> tuple[float, str]:
    """Operations per second that training reaches, and where the figure comes from."""
    facts = hardware()
    if not on_gpu:
        per_core = float(facts.processor["flops_per_core"])
        text = f"{per_core / 1e9:.0f} billion operations a second on each of {machine.cores} cores"
        return per_core * machine.cores, text
    is_known = card is not None and card.flops is not None
    flops = float(card.flops if card and card.flops else facts.other_gpu["flops"]) * float(facts.reached["share"])
    name = card.name if card and is_known else "a slow graphics card"
    return flops, f"{flops / 1e12:.0f} trillion operations a second ({name})"
