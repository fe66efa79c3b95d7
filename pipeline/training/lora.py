"""The plan's adapter as PEFT's configuration, and as the files that PEFT and vLLM read."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from pipeline.errors import BadInput
from pipeline.plan.model import ALL_LINEAR, AdapterSpec

if TYPE_CHECKING:
    from peft import LoraConfig

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def lora_config(adapter: AdapterSpec, model: Any) -> LoraConfig:
    """PEFT's configuration of a plan's adapter for a model, with values in place of `auto`."""
    from peft import LoraConfig

    return LoraConfig(
        task_type="CAUSAL_LM",
        r=int(adapter.r),
        lora_alpha=_plain_number(float(adapter.lora_alpha)),
        lora_dropout=float(adapter.lora_dropout),
        target_modules=_with_embeddings(adapter, model),
        use_rslora=adapter.use_rslora,
        use_dora=adapter.use_dora,
        init_lora_weights=adapter.init_lora_weights,
        bias="none",
    )


def _with_embeddings(adapter: AdapterSpec, model: Any) -> str | list[str]:
    """Which layers get an adapter; PEFT's `all-linear` is without embeddings and takes nothing beside it."""
    from torch.nn import Linear

    modules = adapter.target_modules
    if adapter.target_embeddings is not True:
        return modules
    named = {module: name.rpartition(".")[2] for name, module in model.named_modules()}
    words = named[model.get_input_embeddings()]
    if modules == ALL_LINEAR:
        head = model.get_output_embeddings()
        modules = [name for module, name in named.items() if isinstance(module, Linear) and module is not head]
    elif isinstance(modules, str):  # to PEFT, a regular expression
        return rf"({modules})|(.*\.)?{words}"
    return sorted({*modules, words})


def _plain_number(value: float) -> float:
    return int(value) if value.is_integer() else value


def add_lora(model: Any, adapter: AdapterSpec, base_id: str) -> Any:
    """The model with a fresh adapter on it; only the adapter is trained.

    Raises:
        BadInput: `training.no_target_modules`.
    """
    from peft import get_peft_model

    try:
        with warnings.catch_warnings():
            # The output layer that shares the embeddings' weights stays as it is: its adapters would not be served.
            warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True` and a tied layer")
            peft_model = get_peft_model(model, lora_config(adapter, model))
    except ValueError as error:
        if "target modules" not in str(error).lower():
            raise
        text = f"The base {base_id} has none of the layers {adapter.target_modules}."
        hint = "Set training.adapter.target_modules to all-linear."
        raise BadInput("training.no_target_modules", text, hint) from error
    if adapter.target_embeddings is True:
        _start_as_wide_as_embeddings(peft_model)
    # PEFT writes where the model was loaded from: a path of this machine.
    peft_model.peft_config["default"].base_model_name_or_path = base_id
    return peft_model


def _start_as_wide_as_embeddings(model: Any) -> None:
    """Scales the embeddings' B, which PEFT starts with a deviation of 1: a step would turn words around.

    Source:
        docs/lab-log.md: as PEFT starts it, 77 categories diverged at the learning rate that suits the layers.
    """
    import torch

    words = model.get_input_embeddings()
    with torch.no_grad():
        for expand in words.lora_embedding_B.values():
            expand.mul_(words.weight.std().to(expand.dtype))


def adapter_weights(model: Any) -> bytes:
    """The content of `adapter_model.safetensors`; the same weights give the same bytes."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save

    tensors = get_peft_model_state_dict(model, save_embedding_layers=False)
    whole = {name: tensors[name].detach().cpu().contiguous() for name in sorted(tensors)}
    content: bytes = save(whole, metadata={"format": "pt"})
    return content


def adapter_config(model: Any) -> str:
    """The content of `adapter_config.json`, as one reads it: ready for inference, with sorted names."""
    values: dict[str, Any] = model.peft_config["default"].to_dict() | {"inference_mode": True}
    plain = {name: sorted(value) if isinstance(value, set) else value for name, value in values.items()}
    return json.dumps(plain, indent=2, sort_keys=True, default=str) + "\n"


def target_modules(model: Any) -> list[str]:
    """Names of the layers that have the adapter, sorted."""
    modules = model.peft_config["default"].target_modules
    return [modules] if isinstance(modules, str) else sorted(modules)
