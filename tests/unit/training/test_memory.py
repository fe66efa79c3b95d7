"""Too little memory or disk is said with numbers before anything is trained."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.bases.base import Base, read_base
from pipeline.errors import BadInput, Failed
from pipeline.plan.model import TrainingSpec
from pipeline.runs.layout import RunFolder
from pipeline.training.estimate_memory import Load, MemoryClasses, memory_classes
from pipeline.training.memory import available_bytes, require_disk, require_memory
from pipeline.training.worker import as_failure
from tests.support.tiny_model import make_tiny_base

GIB = 1024**3


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return read_base(make_tiny_base(tmp_path_factory.mktemp("base")))


def training(**values: object) -> TrainingSpec:
    adapter = {"r": 16, "lora_alpha": 32}
    return TrainingSpec.model_validate({"per_device_train_batch_size": 8, "adapter": adapter, **values})


def needed(base: Base, longest: int = 100, most_trained: int = 10, rows: int = 100, **values: object) -> MemoryClasses:
    load = Load(rows=rows, mean=longest / 2, longest=longest, most_trained=most_trained)
    return memory_classes(base, training(**values), load, on_gpu=False)


def test_what_is_larger_needs_more(base: Base) -> None:
    small = needed(base)
    assert small.weights == base.params * 4
    assert small.total > small.weights + small.adapter + small.activations + small.logits
    assert needed(base, longest=200).activations == 2 * small.activations
    assert needed(base, most_trained=50).logits == 5 * small.logits
    assert needed(base, gradient_accumulation_steps=2).activations > small.activations
    few = needed(base, rows=2)
    assert few.activations * 4 == small.activations, "two rows never make a batch of eight"
    large = replace(base, params=7_000_000_000)
    assert needed(large, quantization="nf4").weights < needed(large).weights / 4


@pytest.mark.parametrize(
    ("size", "longest", "largest", "hint"),
    [
        ((7_000_000_000, 4096), 100, "the base's weights", "nf4"),
        ((10_000_000, 128), 1_000_000, "one batch", "per_device_train_batch_size"),
    ],
)
def test_a_refusal_has_the_numbers(base: Base, size: tuple[int, int], longest: int, largest: str, hint: str) -> None:
    estimate = needed(replace(base, params=size[0], hidden_size=size[1]), longest=longest, rows=1000)
    require_memory(estimate, estimate.total)
    with pytest.raises(Failed) as refusal:
        require_memory(estimate, 3 * GIB)
    error = refusal.value
    assert (error.code, error.exit_code) == ("training.no_memory", 1)
    assert f"needs about {estimate.total / GIB:.1f} GiB" in error.message
    assert "3.0 GiB are free" in error.message
    assert hint in error.hint
    assert error.details["largest"] == largest
    assert error.details["needed_bytes"] == estimate.total


def test_this_machine_has_some_memory() -> None:
    assert 0 < available_bytes() < 2**50


def test_a_small_disk_is_refused_with_numbers(small_disk: Path) -> None:
    require_disk(small_disk, 100_000)
    with pytest.raises(Failed, match=r"has 0\.7 MB free; the run needs about 3\.0 MB") as refusal:
        require_disk(small_disk, 3_000_000)
    assert refusal.value.code == "disk.full"
    assert str(small_disk) in refusal.value.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "training.no_memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
            "training.no_memory",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "training.no_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk.full"),
        (KeyboardInterrupt(), "training.interrupted"),
        (ZeroDivisionError("division by zero"), "training.crashed"),
        (BadInput("base.changed", "x", "y"), "base.changed"),
    ],
)
def test_whatever_ends_a_run_has_a_code_and_a_hint(error: BaseException, code: str, tmp_path: Path) -> None:
    failure = as_failure(error, RunFolder(tmp_path))
    assert failure.code == code
    assert failure.message
    assert failure.hint
