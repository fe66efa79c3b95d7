"""What vLLM will refuse to serve, said when the plan is made and not after hours of training.

Source: vLLM 0.32, `vllm/lora/peft_helper.py` (`_validate_features`, `_init_is_supported`) and `vllm/config/lora.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.plan.errors import Problem
from pipeline.plan.model import Plan

# PEFT changes the base's weights for these, so that the adapter alone means something else.
_CONVERTIBLE = {"pissa": "PiSSA", "olora": "OLoRA", "loftq": "LoftQ", "corda": "CorDA"}
_OUTSIDE_LAYERS = {"lm_head", "embed_out", "wte", "wpe", "embeddings"}
_REGULAR_EXPRESSION = set("*|()[]^$+?\\")


def unservable(plan: Plan) -> list[Problem]:
    """All that keeps the plan's adapter from being served, each with the servable alternative."""
    adapter = plan.training.adapter
    found: list[Problem] = []
    if adapter.use_dora:
        found.append(
            _warning(
                "plan.unservable_dora",
                "training.adapter.use_dora",
                "`use_dora: true` can't be served: vLLM refuses DoRA.",
                "Set `use_dora: false`; `use_rslora: true` is servable.",
            )
        )
    if isinstance(adapter.init_lora_weights, str) and adapter.init_lora_weights in _CONVERTIBLE:
        kind = _CONVERTIBLE[adapter.init_lora_weights]
        found.append(
            _warning(
                "plan.unservable_init",
                "training.adapter.init_lora_weights",
                f"`init_lora_weights: {adapter.init_lora_weights}` can't be served: {kind} changes the base's weights.",
                "Set `init_lora_weights: true`, or `gaussian`.",
            )
        )
    return [*found, *_type_problems(plan), *_rank_problems(plan), *_module_problems(plan)]


def _warning(code: str, field: str, message: str, hint: str) -> Problem:
    return Problem(code, message, hint, field, severity="warning")


def _type_problems(plan: Plan) -> Iterable[Problem]:
    kind = plan.training.adapter.type
    if kind == "prefix":
        message = "`type: prefix` can't be served: vLLM takes LoRA adapters only."
        yield _warning("plan.unservable_type", "training.adapter.type", message, "Set `type: lora`.")
    elif kind == "full":
        message = "`type: full` gives a model of its own: it can't share a base with other adapters."
        hint = "Set `type: lora` to serve it as an adapter."
        yield _warning("plan.unservable_type", "training.adapter.type", message, hint)


def _rank_problems(plan: Plan) -> Iterable[Problem]:
    rank, largest = plan.training.adapter.r, plan.serving.max_lora_rank
    if isinstance(rank, int) and rank > largest and plan.training.adapter.type == "lora":
        message = (
            f"`r: {rank}` is over the server's limit of {largest} (`serving.max_lora_rank`): it would be refused there."
        )
        hint = f"Set `r: {largest}`, or raise `serving.max_lora_rank`."
        yield _warning("plan.unservable_rank", "training.adapter.r", message, hint)


def _module_problems(plan: Plan) -> Iterable[Problem]:
    modules = plan.training.adapter.target_modules
    named = [modules] if isinstance(modules, str) else modules
    outside = [module for module in named if module.rpartition(".")[2] in _OUTSIDE_LAYERS]
    if outside and not (isinstance(modules, str) and set(modules) & _REGULAR_EXPRESSION):
        message = f"`target_modules` names {', '.join(outside)}: adapters of these layers can't be served."
        hint = "Set `target_modules: all-linear`; `target_embeddings: true` is servable."
        yield _warning("plan.unservable_modules", "training.adapter.target_modules", message, hint)
