"""What the engine must know of a base before it starts, from its folder: sizes and names, no weights."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from serving.tensors import Shapes, tensor_shapes

# The linear layers of the Llama family and its many relatives, as their weights are named.
LLAMA_LAYERS = frozenset(("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"))
EMBEDDING = "embed_tokens"


@dataclass(frozen=True)
class ServedBase:
    """A base in a local folder.

    Args:
        id: name that clients use.
        folder: with config.json, *.safetensors and the tokenizer's files.
        sha256: of the weights, as the adapters' manifests name it; empty where unknown.
    """

    id: str
    folder: Path
    sha256: str = ""

    @cached_property
    def config(self) -> dict[str, Any]:
        """`config.json`; of a model with several parts, that of the language model."""
        path = self.folder / "config.json"
        try:
            config = json.loads(path.read_text())
        except FileNotFoundError as error:
            text = f"{self.folder} holds no model: config.json is missing."
            raise BadInput("engine.no_model", text, "Name a base that is there, or download it first.") from error
        except ValueError as error:
            raise BadInput("engine.no_model", f"{path} can't be read: {error}.", "Download the base again.") from error
        return dict(config.get("text_config") or config)

    @cached_property
    def shapes(self) -> Shapes:
        """Shapes of all weights by name."""
        shapes = tensor_shapes(self.folder)
        if not shapes:
            text = f"{self.folder} holds no *.safetensors file."
            raise BadInput("engine.no_model", text, "Download the base's safetensors weights.")
        return shapes

    @property
    def params(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def context(self) -> int:
        """Tokens that the base was made for."""
        return int(self.config.get("max_position_embeddings", 2048))

    @property
    def kv_values_per_token(self) -> int:
        """Numbers that the KV cache holds for each token: keys and values of all layers."""
        heads = self.config.get("num_key_value_heads") or self.config["num_attention_heads"]
        return int(2 * self.config["num_hidden_layers"] * heads * self.head_size)

    @property
    def head_size(self) -> int:
        """Width of one attention head."""
        return int(self.config.get("head_dim") or self.config["hidden_size"] // self.config["num_attention_heads"])

    @cached_property
    def linear_layers(self) -> frozenset[str]:
        """Last parts of the names of all matrices but those of the vocabulary: q_proj, down_proj …"""
        return frozenset(name.removesuffix(".weight").rpartition(".")[2] for name, _ in self._matrices())

    @cached_property
    def adapter_values_per_rank(self) -> int:
        """Numbers in an adapter of rank 1 on all linear layers."""
        return sum(sum(shape) for _, shape in self._matrices())

    def _matrices(self) -> list[tuple[str, tuple[int, ...]]]:
        vocabulary = self.config.get("vocab_size")
        return [(name, shape) for name, shape in self.shapes.items() if len(shape) == 2 and vocabulary not in shape]
