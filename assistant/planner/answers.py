"""Answers to common questions: what is written in the knowledge base, with what the estimator says to its numbers."""

from __future__ import annotations

from assistant.planner.known_bases import known_base, typical_base
from assistant.planner.understanding import Understanding
from assistant.planner.vocabulary import Topic
from pipeline.machine.hardware import Tokens, find_card, hardware
from pipeline.machine.machine import GIB
from pipeline.plan.model import AdapterSpec, TrainingSpec
from pipeline.training.estimate_memory import Load, memory_classes

_ROW_TOKENS = 1_024  # of the example in an answer about memory
_USUAL_LOAD = (10_000.0, 100.0, 10.0)  # requests a day, tokens in, tokens out
_USUAL_PARAMS_B = 8.0
_SERVED_ON = "L4"  # holds a base of up to 8 billion parameters in 16 bits


def answered(topic: Topic, understood: Understanding) -> str:
    """A topic's answer with its numbers and its sources."""
    computed = {"memory": _memory, "load": _load}.get(topic.computes)
    text = topic.answer.replace("{computed}", computed(understood) if computed else "").strip()
    sources = f" Sources: {'; '.join(topic.sources)}." if topic.sources else ""
    return f"{text}{sources}"


def _memory(understood: Understanding) -> str:
    """Memory of a base of the size that is spoken of, held and trained."""
    params_b = float(understood.value("model.size_b") or _params_of(understood) or _USUAL_PARAMS_B)
    bits = understood.value("training.quantization")
    kinds = [bits] if bits in ("nf4", "int8") else ["none", "nf4"]
    base = typical_base(params_b)
    load = Load(rows=1_000, mean=_ROW_TOKENS, longest=_ROW_TOKENS, most_trained=_ROW_TOKENS // 4)
    parts = []
    for kind in kinds:
        training = TrainingSpec(
            adapter=AdapterSpec(r=16, lora_alpha=32), quantization=kind, per_device_train_batch_size=1
        )
        memory = memory_classes(base, training, load, on_gpu=True)
        name = {"none": "16 bits", "nf4": "4 bits", "int8": "8 bits"}[kind]
        parts.append(
            f"in {name} its weights take {memory.weights / GIB:,.1f} GiB, and training a LoRA adapter of rank 16 with "
            f"one row of {_ROW_TOKENS:,} tokens a step about {memory.total / GIB:,.1f} GiB in all"
        )
    said = f"A base of {params_b:g} billion parameters: {'; '.join(parts)}."
    return f"{said}{_fits(understood, memory.total / GIB)}"


def _params_of(understood: Understanding) -> float | None:
    known = known_base(understood.base_id) if understood.base_id else None
    return known.params_b if known else None


def _fits(understood: Understanding, needed_gib: float) -> str:
    said = understood.value("machine.gpu_memory_gib")
    if not said:
        return ""
    return f" That {'fits' if needed_gib <= float(said) else 'does not fit'} your card of {float(said):g} GB."


def _load(understood: Understanding) -> str:
    """What a load costs a day: at a shared endpoint, at an API, on a card of one's own."""
    usual = dict(zip(("requests_per_day", "tokens_in", "tokens_out"), _USUAL_LOAD, strict=True))
    said = {name: understood.value(f"load.{name}") for name in usual}
    requests, tokens_in, tokens_out = (float(said[name] or usual[name]) for name in usual)
    params_b = float(understood.value("model.size_b") or _USUAL_PARAMS_B)
    shared = next(each for each in hardware().endpoints if params_b <= (each.up_to_params_b or params_b))
    card = find_card(_SERVED_ON)
    own = 24 * card.price_usd[1] if card and card.price_usd else 0.0
    shared_usd = _a_day(shared, requests, tokens_in, tokens_out)
    apis = ", ".join(f"{api.name} {_money(_a_day(api, requests, tokens_in, tokens_out))}" for api in hardware().apis)
    more, less = ("dedicated", "shared") if own > shared_usd else ("shared", "dedicated")
    times = max(own, shared_usd) / max(min(own, shared_usd), 1e-9)
    lead = "" if all(value is None for value in said.values()) else "Your load: "
    assumed = "" if all(said.values()) else " (what you didn't say is assumed)"
    return (
        f"{lead}{requests:,.0f} requests a day of {tokens_in:,.0f} tokens in and {tokens_out:,.0f} out{assumed} cost "
        f"{_money(shared_usd)} a day at a shared endpoint and {_money(own)} on a dedicated {_SERVED_ON} that runs day "
        f"and night: {more} is {times:,.0f} times as dear, so take {less}. By a large model's API: {apis} a day "
        f"(prices of {hardware().price_date}, they change)."
    )


def _a_day(prices: Tokens, requests: float, tokens_in: float, tokens_out: float) -> float:
    return requests * (tokens_in * prices.usd_in + tokens_out * prices.usd_out) / 1e6


def _money(usd: float) -> str:
    return f"${usd:,.2f}"
