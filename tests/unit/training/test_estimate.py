"""What a run would take: memory by class of tensor, time, money."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.planner.known_bases import typical_base
from pipeline.bases.base import read_base
from pipeline.bases.weights import count_params, weight_files
from pipeline.machine.hardware import find_card, hardware
from pipeline.machine.machine import Machine
from pipeline.plan.model import AdapterSpec, Plan, TrainingSpec
from pipeline.training.estimate import estimate, work_of_row
from pipeline.training.estimate_memory import Load, adapter_parameters, memory_classes, trained_parameters
from tests.support.tiny_model import make_tiny_adapter, make_tiny_base

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
    kept = (lora.adapter, lora.gradients, lora.optimizer, lora.activations, lora.logits)
    assert lora.total == lora.weights + sum(kept) + lora.libraries
    assert min(lora.weights, *kept) > 0
    assert lora.optimizer == 2 * lora.gradients == 2 * lora.adapter
    full = memory_classes(base, training(adapter={"type": "full", "r": 16}), LOAD, on_gpu=True)
    assert full.optimizer == base.params * 8
    assert full.adapter == 0
    nf4 = memory_classes(base, training(quantization="nf4"), LOAD, on_gpu=True)
    assert nf4.weights < lora.weights / 2, "but the vocabulary's weights stay in 16 bits"


def test_the_adapter_is_counted_as_it_is_written(tmp_path: Path) -> None:
    base = read_base(make_tiny_base(tmp_path / "base"))
    for r in (4, 16):
        written = make_tiny_adapter(base.folder, tmp_path / f"adapter-{r}", seed=0, r=r)
        assert adapter_parameters(base, r) == count_params(weight_files(written))
        both = make_tiny_adapter(base.folder, tmp_path / f"both-{r}", seed=0, r=r, has_embeddings=True)
        assert trained_parameters(base, AdapterSpec(r=r, target_embeddings=True)) == count_params(weight_files(both))


def test_reading_a_large_base_for_short_rows_takes_more_than_training_it() -> None:
    base = replace(typical_base(1.0), dtype="float16")
    short = Load(rows=10, mean=8.0, longest=8, most_trained=2)
    memory = memory_classes(base, training(), short, on_gpu=False)
    assert memory.weights == base.params * 4
    assert memory.total - memory.libraries == base.params * 6, "16 bits in the file beside 32 in memory"
    assert memory_classes(base, training(), LOAD, on_gpu=False).file == 0


def test_what_is_larger_takes_longer() -> None:
    base = typical_base(0.6)
    usual = work_of_row(base, training(), LOAD)
    others = {
        "a wider adapter": work_of_row(base, training(adapter={"r": 64, "lora_alpha": 128}), LOAD),
        "longer rows": work_of_row(base, training(), replace(LOAD, mean=400.0)),
        "all weights": work_of_row(base, training(adapter={"type": "full", "r": 16}), LOAD),
        "4 bits": work_of_row(base, training(quantization="nf4"), LOAD),
    }
    assert [name for name, work in others.items() if work.operations <= usual.operations] == []
    longer = others["longer rows"]
    assert longer.kept_bytes == 2 * usual.kept_bytes
    assert longer.operations < 2.5 * usual.operations


def test_a_small_base_is_trained_on_one_thread_and_a_large_one_on_all() -> None:
    plan, many = plan_for("local"), MACHINE.model_copy(update={"cores": 16})
    small, large = typical_base(0.05), typical_base(0.6)
    assert estimate(plan, small, LOAD, many, 0.0)["seconds"] == estimate(plan, small, LOAD, MACHINE, 0.0)["seconds"]
    assert estimate(plan, large, LOAD, many, 0.0)["seconds"] < estimate(plan, large, LOAD, MACHINE, 0.0)["seconds"] / 4


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
