"""What a run would take: memory by class of tensor, time, money."""

from __future__ import annotations

import pytest

from assistant.planner.known_bases import typical_base
from pipeline.machine.hardware import find_card, hardware
from pipeline.machine.machine import Machine
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.training.estimate import Load, estimate, memory_classes

GIB = 1024**3
MACHINE = Machine(
    system="Linux", architecture="x86_64", cores=2, memory_gib=16, available_gib=8, disk_free_gib=50, python="3.11.7"
)
LOAD = Load(rows=1_000, mean=200.0, longest=512, most_trained=64)


def training(**values: object) -> TrainingSpec:
    numbers = {"per_device_train_batch_size": 1, "num_train_epochs": 3, "learning_rate": 1e-4, "max_length": 512}
    return TrainingSpec.model_validate({"adapter": {"r": 16, "lora_alpha": 32}, **numbers, **values})


def test_classes_add_up_and_full_training_pays_for_every_weight() -> None:
    base = typical_base(1.0)
    lora = memory_classes(base, training(), LOAD, on_gpu=True)
    assert lora.total == sum(
        (lora.weights, lora.adapter, lora.gradients, lora.optimizer, lora.activations, lora.logits, lora.libraries)
    )
    assert lora.optimizer == 2 * lora.gradients == 2 * lora.adapter
    full = memory_classes(base, training(adapter={"type": "full", "r": 16}), LOAD, on_gpu=True)
    assert full.optimizer == base.params * 8
    assert full.adapter == 0
    nf4 = memory_classes(base, training(quantization="nf4"), LOAD, on_gpu=True)
    assert nf4.weights < lora.weights / 3


def plan_for(target: str) -> Plan:
    values = {
        "name": "p",
        "task": "chat",
        "dataset": {"sources": [{"path": "data/a.csv"}]},
        "compute": {"target": target},
    }
    return Plan.model_validate({**values, "training": training().model_dump()})


def test_money_is_the_cards_rent_elsewhere_and_nothing_here() -> None:
    base = typical_base(8.0)
    assert estimate(plan_for("local"), base, LOAD, MACHINE, 24.0, "L4")["cost_usd"] == 0
    rented = estimate(plan_for("sky://aws"), base, LOAD, MACHINE, 24.0, "L4")
    hours = rented["seconds"] / 3600
    assert rented["cost_usd"] == pytest.approx(hours * (0.44 + 0.78) / 2, abs=0.01)
    assert estimate(plan_for("sky://aws"), base, LOAD, MACHINE, 12.0, "RTX 3060")["cost_usd"] is None


def test_every_number_of_the_hardware_has_a_source() -> None:
    assert len(hardware().gpus) >= 12
    assert all(card.source for card in hardware().gpus)
    assert [card.name for card in hardware().gpus if card.price_usd and not card.price_source] == []
    assert [each.name for each in (*hardware().endpoints, *hardware().apis) if not each.source] == []


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA L40S", "L40S"),
        ("an RTX 4090 at home", "RTX 4090"),
        ("NVIDIA L4", "L4"),
    ],
)
def test_cards_by_what_drivers_and_people_call_them(name: str, card: str) -> None:
    found = find_card(name)
    assert found is not None
    assert found.name == card
    assert find_card("a voodoo 2") is None
