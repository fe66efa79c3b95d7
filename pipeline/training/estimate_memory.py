"""Memory of a training by class of tensor: what the planner says and what the worker's guard asks for. No torch.

A layer's linear weights are seven matrices with one side as wide as the hidden state, so that their number gives the
adapter's exactly, and what the backward pass needs nearly so: of each token both norms' inputs and outputs, queries,
keys, values, the attention's answer, four feed-forward widths and the seven outputs of the adapter's first matrices.
Source: counted with torch.autograd.graph.saved_tensors_hooks on a Llama with an adapter on all linear layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pipeline.bases.base import Base
from pipeline.machine.machine import GIB
from pipeline.plan.model import AdapterSpec, TrainingSpec
from pipeline.training.rows import TrainingRow

QUANTIZED_BYTES = {"int8": 1.1, "nf4": 0.6}  # a weight with its share of the scales
STORED_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
IMPORTS_BYTES = 600_000_000  # source: measured, a worker with torch, transformers, PEFT, TRL and datasets
DROPPED_BYTES = 5.6  # source: counted as above: what is left of a number, and its mask, less what is kept without
DROPPED_BYTES_GPU = 3  # not measured: a number of 16 bits and a byte of the mask
LAYER_MATRICES = 7  # that get an adapter in each layer, `all-linear`
LEAST_LINEAR = 0.3  # share of a base's weights, where its vocabulary is said to be larger than the base


@dataclass(frozen=True)
class Load:
    """What is trained on: rows, and their lengths in tokens."""

    rows: int
    mean: float
    longest: int
    most_trained: int


def load_of(rows: Sequence[TrainingRow]) -> Load:
    """The load of encoded rows."""
    return Load(
        rows=len(rows),
        mean=sum(row.length for row in rows) / len(rows),
        longest=max(row.length for row in rows),
        most_trained=max(sum(row.encoded.trained) for row in rows),
    )


@dataclass(frozen=True)
class MemoryFactors:
    """What is measured and not counted.

    Attributes:
        activations: bytes taken for each byte that the backward pass needs: passing tensors and gaps between them.
        accumulated: the same on top, where gradients stay between two passes and break up the heap.
        logits: copies of the trained positions' logits.
        working: bytes of code and rows that are read on the way.
    """

    activations: float
    accumulated: float
    logits: float
    working: int


# source: benchmarks/estimates.py, docs/planner.md
PROCESSOR = MemoryFactors(activations=1.95, accumulated=0.5, logits=3.7, working=20_000_000)
CARD = MemoryFactors(activations=1.0, accumulated=0.0, logits=4.0, working=100_000_000)  # not measured: as counted


@dataclass(frozen=True)
class MemoryClasses:
    """Memory at the largest batch by class of tensor, bytes."""

    weights: int
    file: int  # of the base, as far as it takes more while it is read than training does later
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    libraries: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(asdict(self).values())

    def gib(self) -> dict[str, float]:
        """By class, GiB."""
        return {name: round(size / GIB, 2) for name, size in asdict(self).items()}


def memory_classes(
    base: Base, training: TrainingSpec, load: Load, *, on_gpu: bool, factors: MemoryFactors | None = None
) -> MemoryClasses:
    """Memory of a training by class of tensor.

    Args:
        base: that is trained.
        training: with numbers in place of `auto`.
        load: the rows.
        on_gpu: the base's weights and what is computed with them are then held in 16 bits.
        factors: others than those of the processor or the card.

    Source:
        Trained weights with gradient and two moments of AdamW in 32 bits: 4 + 4 + 8 bytes.
    """
    factors = factors or (CARD if on_gpu else PROCESSOR)
    is_full = training.adapter.type == "full"
    trained = base.params if is_full else trained_parameters(base, training.adapter)
    batch = min(int(training.per_device_train_batch_size), load.rows)
    kept = factors.activations + (factors.accumulated if training.gradient_accumulation_steps > 1 else 0.0)
    per_token = kept_numbers(base, int(training.adapter.r)) * (2 if on_gpu else 4)
    if training.adapter.lora_dropout not in ("auto", 0):
        per_token += int(dropped_numbers(base) * (DROPPED_BYTES_GPU if on_gpu else DROPPED_BYTES))
    later = {
        "adapter": 0 if is_full else trained * 4,
        "gradients": trained * 4,
        "optimizer": trained * 8,
        "activations": int(batch * load.longest * per_token * kept),
        "logits": int(batch * load.most_trained * base.vocab_size * 4 * factors.logits),
    }
    file = 0 if on_gpu else base.params * STORED_BYTES.get(base.dtype, 4)
    return MemoryClasses(
        weights=_weights(base, training.quantization, plain=2 if on_gpu else 4),
        file=max(0, file - sum(later.values())),
        libraries=IMPORTS_BYTES + factors.working,
        **later,
    )


def _weights(base: Base, quantization: str, *, plain: int) -> int:
    """Bytes of the base; what stands for the vocabulary is never quantised."""
    linear = linear_parameters(base)
    return int(linear * QUANTIZED_BYTES.get(quantization, plain)) + (base.params - linear) * plain


def linear_parameters(base: Base) -> int:
    """Weights of a base's linear layers: all but those of its vocabulary and its norms."""
    others = (base.vocab_size + 2 * base.num_layers + 1) * base.hidden_size
    return max(base.params - others, int(base.params * LEAST_LINEAR))


def trained_parameters(base: Base, adapter: AdapterSpec) -> int:
    """Weights of an adapter with the rank that it has, on all linear layers and, where it has those, the embeddings."""
    r = int(adapter.r)
    on_embeddings = r * (base.vocab_size + base.hidden_size) if adapter.target_embeddings is True else 0
    return adapter_parameters(base, r) + on_embeddings


def adapter_parameters(base: Base, r: int) -> int:
    """Weights of an adapter on all linear layers: r for each side of each matrix."""
    sides = LAYER_MATRICES * base.num_layers * base.hidden_size + linear_parameters(base) // base.hidden_size
    return r * sides


def kept_numbers(base: Base, r: int) -> int:
    """Numbers that the backward pass needs of each token, keys and values taken to be half as wide as queries."""
    return (
        3 * base.num_layers * base.hidden_size
        + 4 * linear_parameters(base) // (3 * base.hidden_size)
        + LAYER_MATRICES * base.num_layers * r
    )


def dropped_numbers(base: Base) -> int:
    """Numbers that dropout keeps of each token besides: what goes into each matrix of the adapter, each masked anew."""
    return 5 * base.num_layers * base.hidden_size + linear_parameters(base) // (3 * base.hidden_size)
