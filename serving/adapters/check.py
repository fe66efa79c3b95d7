"""Whether vLLM can serve an adapter on a base, from the adapter's files alone and before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.files import sha256
from pipeline.runs.manifest import MANIFEST_FILE, AdapterManifest, read_manifest
from serving.engine.base import EMBEDDING, LLAMA_LAYERS, ServedBase
from serving.tensors import Shapes, tensor_shapes

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl")
# These change the base's weights when PEFT loads them; vLLM would serve something else.
CONVERTED_FIRST = ("pissa", "olora", "loftq", "corda")
# Fields of PEFT's configuration that vLLM ignores or refuses. source: vllm 0.32 lora/peft_helper.py
UNSERVED = {
    "use_dora": ("adapter.dora", "it is DoRA", "Train with use_dora: false."),
    "lora_bias": ("adapter.bias", "it has biases", "Train with lora_bias: false."),
    "modules_to_save": ("adapter.modules_to_save", "it replaces whole layers (modules_to_save)", "Train without them."),
    "trainable_token_indices": ("adapter.vocabulary", "it changes single tokens' embeddings", "Train without that."),
    "target_parameters": ("adapter.feature", "it targets bare parameters", "Train with target_modules instead."),
    "alora_invocation_tokens": ("adapter.feature", "it is an activated LoRA", "Train a plain LoRA."),
    "layer_replication": ("adapter.feature", "it repeats layers", "Train a plain LoRA."),
    "use_qalora": ("adapter.feature", "it is QALoRA", "Train a plain LoRA."),
    "use_bdlora": ("adapter.feature", "it is block-diagonal", "Train a plain LoRA."),
}
UNSERVED_LAYERS = ("lm_head", "embed_out", "wte")


def check_servable(folder: Path, *, base: ServedBase, max_lora_rank: int) -> list[BadInput]:
    """All reasons why an adapter can't be served on a base; empty where it can.

    Args:
        folder: of the adapter.
        base: that the engine serves.
        max_lora_rank: largest rank that the engine takes.
    """
    if missing := _missing(folder):
        return [missing]
    try:
        config = json.loads((folder / CONFIG_FILE).read_text())
        shapes = tensor_shapes(folder / WEIGHTS_FILE)
        manifest = read_manifest(folder) if (folder / MANIFEST_FILE).is_file() else None
    except BadInput as error:
        return [error]
    except ValueError as error:
        return [
            BadInput("adapter.broken", f"{folder / CONFIG_FILE} can't be read: {error}.", "Save the adapter again.")
        ]
    return [
        *_unserved_features(folder.name, config),
        *_rank(folder.name, config, shapes, max_lora_rank),
        *_layers(folder.name, shapes, base),
        *_origin(folder, manifest, base),
    ]


def require_servable(folder: Path, *, base: ServedBase, max_lora_rank: int) -> None:
    """Raises the first reason of `check_servable`, with the others in its details."""
    problems = check_servable(folder, base=base, max_lora_rank=max_lora_rank)
    if problems:
        first, *others = problems
        raise BadInput(first.code, first.message, first.hint, others=[problem.as_json() for problem in others])


def _missing(folder: Path) -> BadInput | None:
    if (folder / WEIGHTS_FILE).is_file() and (folder / CONFIG_FILE).is_file():
        return None
    pickles = sorted(path.name for pattern in PICKLES for path in folder.glob(pattern))
    if pickles and not (folder / WEIGHTS_FILE).is_file():
        text = f"{folder} holds its weights in {pickles[0]}, a pickle: loading one can run anything on this machine."
        hint = f"Get it as {WEIGHTS_FILE}; in PEFT: save_pretrained(folder, safe_serialization=True)."
        return BadInput("adapter.pickle", text, hint)
    name = CONFIG_FILE if (folder / WEIGHTS_FILE).is_file() else WEIGHTS_FILE
    return BadInput("adapter.missing", f"{folder} holds no adapter: {name} is missing.", "Name an adapter's folder.")


def _unserved_features(name: str, config: dict[str, Any]) -> Iterator[BadInput]:
    kind = str(config.get("peft_type", "")).upper()
    if kind != "LORA":
        yield BadInput(
            "adapter.type", f"{name} is of type {kind or 'unknown'}; vLLM serves LoRA only.", "Train a LoRA."
        )
    for field, (code, what, hint) in UNSERVED.items():
        if config.get(field):
            yield BadInput(code, f"{name} can't be served by vLLM: {what}.", hint)
    if config.get("bias", "none") != "none":
        yield BadInput("adapter.bias", f"{name} can't be served by vLLM: it has biases.", "Train with bias: none.")
    start = str(config.get("init_lora_weights", True)).lower()
    if start.startswith(CONVERTED_FIRST):
        text = f"{name} started from {start}, which also changes the base's weights; vLLM would serve something else."
        hint = "Save it with PEFT's path_initial_model_for_weight_conversion, which makes a plain LoRA of it."
        yield BadInput("adapter.init", text, hint)


def _rank(name: str, config: dict[str, Any], shapes: Shapes, max_lora_rank: int) -> Iterator[BadInput]:
    ranks = [
        shape[0]
        for tensor, shape in shapes.items()
        if shape and (".lora_A." in tensor or ".lora_embedding_A" in tensor)
    ]
    rank = max([int(config.get("r", 0)), *ranks])
    if rank > max_lora_rank:
        text = f"{name} has rank {rank}; the engine takes {max_lora_rank} at most."
        yield BadInput("adapter.rank", text, f"Serve with max_lora_rank {rank}, or train with a smaller r.")


def _layers(name: str, shapes: Shapes, base: ServedBase) -> Iterator[BadInput]:
    modules = {_module(tensor) for tensor in shapes}
    vocabulary = sorted(module for module in modules if module.rpartition(".")[2] in UNSERVED_LAYERS)
    if vocabulary:
        text = f"{name} changes {', '.join(vocabulary)}; of the vocabulary's layers only {EMBEDDING} is served."
        yield BadInput("adapter.vocabulary", text, "Train with target_modules: all-linear.")
    linear = sorted(module for module in modules if module.rpartition(".")[2] not in (*UNSERVED_LAYERS, EMBEDDING))
    absent = [module for module in linear if f"{module}.weight" not in base.shapes]
    # Elsewhere transformers may name modules otherwise than the base's files; then only a complete miss tells.
    if absent and (len(absent) == len(linear) or base.linear_layers <= LLAMA_LAYERS):
        text = (
            f"{name} was made for another base: {base.id} has no {absent[0]} ({len(absent)} of {len(linear)} absent)."
        )
        yield BadInput("adapter.wrong_base", text, "Serve it on the base that it was trained on.")
    elif wrong := _wrong_shapes(shapes, base):
        tensor, found, expected = wrong[0]
        text = f"{name} was made for another base: {tensor} has {found} columns or rows where {base.id} has {expected}."
        yield BadInput("adapter.wrong_base", text, "Serve it on the base that it was trained on.")


def _wrong_shapes(shapes: Shapes, base: ServedBase) -> list[tuple[str, int, int]]:
    wrong = []
    for tensor, shape in shapes.items():
        weight = base.shapes.get(f"{_module(tensor)}.weight")
        if weight is None or len(weight) != 2 or len(shape) != 2:
            continue
        found, expected = _sides(tensor, shape, weight)
        if found != expected:
            wrong.append((tensor, found, expected))
    return wrong


def _sides(tensor: str, shape: tuple[int, ...], weight: tuple[int, ...]) -> tuple[int, int]:
    """The side that an adapter's matrix shares with its layer, and how wide it is there. An embedding is [in, out]."""
    if ".lora_embedding_A" in tensor:
        return shape[1], weight[0]
    if ".lora_embedding_B" in tensor:
        return shape[0], weight[1]
    return (shape[1], weight[1]) if ".lora_A." in tensor else (shape[0], weight[0])


def _module(tensor: str) -> str:
    """base_model.model.model.layers.0.mlp.up_proj.lora_A.weight → model.layers.0.mlp.up_proj."""
    name = tensor.removeprefix("base_model.model.")
    for part in (".lora_A", ".lora_B", ".lora_embedding_A", ".lora_embedding_B", ".lora_magnitude_vector"):
        name = name.partition(part)[0]
    return name.removesuffix(".weight")


def _origin(folder: Path, manifest: AdapterManifest | None, base: ServedBase) -> Iterator[BadInput]:
    if manifest is None:
        return
    trained_on = manifest.base
    is_other = trained_on.sha256 != base.sha256 if trained_on.sha256 and base.sha256 else trained_on.id != base.id
    if is_other:
        text = (
            f"{folder.name} was trained on {trained_on.id} ({trained_on.sha256[:12] or 'hash unknown'}), "
            f"not on {base.id} ({base.sha256[:12] or 'hash unknown'})."
        )
        yield BadInput("adapter.wrong_base", text, f"Serve it on {trained_on.id}, or train it again on {base.id}.")
    if manifest.adapter_sha256 and manifest.adapter_sha256 != sha256(folder / WEIGHTS_FILE):
        text = f"{folder / WEIGHTS_FILE} is not the file that was trained: its hash differs from {MANIFEST_FILE}'s."
        yield BadInput("adapter.changed", text, "Import the adapter again; a version never changes.")
