"""A real chat model that is made in milliseconds: two Llama layers, byte-level BPE, ChatML, and LoRA adapters for it.

Weights are random but wide, so that greedy answers don't hang on near ties and every adapter changes them visibly.
Nothing here imports torch: the files are what `transformers`, PEFT and vLLM read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN = 128
INTERMEDIATE = 256
LAYERS = 2
HEADS = 2
KV_HEADS = 1
HEAD_DIM = 64  # what vLLM's attention on the CPU takes
CONTEXT = 2048
VOCABULARY = 384
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ message['content'] + '<|im_end|>\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

TEXT = (
    "the card was charged twice and I would like to have the money back",
    "please sort this message into the right queue: billing, delivery, account, refund",
    "where is my parcel, it should have been here on Monday",
    "I can not log in with the new password that you sent to me",
    "system user assistant answer question label text value name",
)


def make_tiny_base(folder: Path, *, seed: int = 0) -> Path:
    """Writes a complete two-layer chat model into `folder` and returns it: config, weights (float32), tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", _config())
    _write_json(folder / "generation_config.json", {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0})
    _write_tokenizer(folder)
    _save(folder / "model.safetensors", _weights(np.random.default_rng(seed)))
    return folder


def make_tiny_adapter(
    base: Path,
    folder: Path,
    *,
    seed: int,
    r: int = 8,
    scale: float = 0.05,
    target_modules: Sequence[str] = ALL_LINEAR,
    has_embeddings: bool = False,
    **config: Any,
) -> Path:
    """Writes a LoRA adapter for `base` into `folder`, as PEFT saves it, and returns the folder.

    Args:
        base: folder of `make_tiny_base`.
        folder: where the adapter goes.
        seed: other seeds give other adapters.
        r: rank; `lora_alpha` is twice as much.
        scale: standard deviation of the B matrices; 0 makes an adapter that changes nothing.
        target_modules: linear layers that get matrices.
        has_embeddings: whether the embeddings get matrices too.
        config: further fields of `adapter_config.json`, or other values for its fields.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = [*target_modules, *(["embed_tokens"] if has_embeddings else [])]
    _write_json(folder / "adapter_config.json", _adapter_config(base, r, named) | config)
    generator = np.random.default_rng(seed)
    tensors = {}
    if has_embeddings:
        prefix = "base_model.model.model.embed_tokens"
        tensors[f"{prefix}.lora_embedding_A"] = _normal(generator, (r, VOCABULARY), 1.0)
        tensors[f"{prefix}.lora_embedding_B"] = _normal(generator, (HIDDEN, r), scale)
    for layer in range(LAYERS):
        for module, (rows, columns) in _linear_shapes().items():
            if module.rpartition(".")[2] in target_modules:
                prefix = f"base_model.model.model.layers.{layer}.{module}"
                tensors[f"{prefix}.lora_A.weight"] = _normal(generator, (r, columns), columns**-0.5)
                tensors[f"{prefix}.lora_B.weight"] = _normal(generator, (rows, r), scale)
    _save(folder / "adapter_model.safetensors", tensors)
    return folder


def _config() -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM,
        "max_position_embeddings": CONTEXT,
        "vocab_size": VOCABULARY,
        "tie_word_embeddings": True,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }


def _adapter_config(base: Path, r: int, target_modules: Sequence[str]) -> dict[str, Any]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": r,
        "lora_alpha": 2 * r,
        "lora_dropout": 0.0,
        "target_modules": list(target_modules),
        "bias": "none",
        "use_dora": False,
        "use_rslora": False,
        "modules_to_save": None,
        "init_lora_weights": True,
        "inference_mode": True,
        "fan_in_fan_out": False,
    }


def _linear_shapes() -> dict[str, tuple[int, int]]:
    """Module → [out, in]."""
    queries, keys = HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM
    return {
        "self_attn.q_proj": (queries, HIDDEN),
        "self_attn.k_proj": (keys, HIDDEN),
        "self_attn.v_proj": (keys, HIDDEN),
        "self_attn.o_proj": (HIDDEN, queries),
        "mlp.gate_proj": (INTERMEDIATE, HIDDEN),
        "mlp.up_proj": (INTERMEDIATE, HIDDEN),
        "mlp.down_proj": (HIDDEN, INTERMEDIATE),
    }


def _weights(generator: np.random.Generator) -> dict[str, np.ndarray]:
    tensors = {"model.embed_tokens.weight": _normal(generator, (VOCABULARY, HIDDEN), 0.2)}
    tensors["model.norm.weight"] = np.ones(HIDDEN, dtype=np.float32)
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}.{norm}.weight"] = np.ones(HIDDEN, dtype=np.float32)
        for module, (rows, columns) in _linear_shapes().items():
            tensors[f"{prefix}.{module}.weight"] = _normal(generator, (rows, columns), 1.5 * columns**-0.5)
    return tensors


def _normal(generator: np.random.Generator, shape: tuple[int, int], deviation: float) -> np.ndarray:
    return (generator.standard_normal(shape) * deviation).astype(np.float32)


def _save(path: Path, tensors: dict[str, np.ndarray]) -> None:
    from safetensors.numpy import save_file

    save_file(tensors, path, metadata={"format": "pt"})


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": None,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "model_max_length": CONTEXT,
            "clean_up_tokenization_spaces": False,
            "chat_template": CHAT_TEMPLATE,
        },
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2))
