"""Which base a plan is made for: what the sentence wants, what the machine can hold, what is here already."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.planner.known_bases import KnownBase, facts_of, hub_bases, known_base, typical_base
from assistant.planner.proposal import Warned
from assistant.planner.understanding import Understanding
from pipeline.bases.base import POCKET, Base, find_base
from pipeline.errors import BadInput
from pipeline.machine.hardware import Card, find_card
from pipeline.machine.hub_cache import cached_models
from pipeline.machine.machine import GIB, Machine

ROOM_GIB = 2.5  # beside the weights. source: own choice; adapter, optimizer and activations of short rows
NF4_BYTES = 0.6  # a weight in 4 bits with its scales. source: QLoRA, arXiv 2305.14314, section 3
_ABOUT = 1.6  # factor between two sizes that are about the same
ON_CPU_B = 1.0  # billions of parameters that a processor trains in hours, not days. source: own choice

_SIZE_IN_ID = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class BaseChoice:
    """A base with the reason for it.

    Attributes:
        id: as `plan.model.base` takes it.
        params_b: billions of parameters; None where nobody knows.
        facts: of the base on this machine, or what is known of it; None where that is too little to choose numbers.
        is_here: whether its files are on this machine.
        is_wished: whether the sentence names it, or its size.
        needs_nf4: whether it only fits the card in 4 bits.
    """

    id: str
    reason: str
    params_b: float | None = None
    facts: Base | None = None
    is_here: bool = False
    is_wished: bool = False
    needs_nf4: bool = False
    warnings: list[Warned] = field(default_factory=list)


def choose_base(
    understood: Understanding, machine: Machine, *, fixed: str | None = None, project: Path | None = None
) -> BaseChoice:
    """Chooses a base.

    Args:
        understood: the sentence, with the base, size and card that it speaks of.
        machine: that training runs on, unless the sentence speaks of another one.
        fixed: base that an override names.
        project: that a base given as a folder may lie in.
    """
    memory_gib = card_memory_gib(understood, machine)
    if fixed:
        return _named(fixed, "You fixed it.", memory_gib, project)
    if understood.base_id:
        return replace(_named(understood.base_id, "Your sentence names it.", memory_gib, project), is_wished=True)
    if wished := _of_family_or_size(understood, memory_gib):
        choice = _named(wished[0].id, wished[1], memory_gib, project)
        return replace(choice, is_wished=understood.value("model.size_b") is not None)
    if understood.value("machine.base_size") == "largest" and (options := trainable_bases(memory_gib)):
        largest = max((base for base in options if not base.is_gated), key=lambda base: base.params_b)
        return _named(largest.id, f"The largest open base that {_place(memory_gib)} can train.", memory_gib, project)
    size_b = understood.value("model.size_b")
    if size_b is not None:
        choice = _for_machine(memory_gib, cached_models())
        text = f"No base of about {float(size_b):g} billion parameters is known here: name one, as org/name."
        return replace(
            choice, warnings=[*choice.warnings, Warned(code="plan.unknown_size", message=text, field="model.base")]
        )
    return _for_machine(memory_gib, cached_models())


def card_memory_gib(understood: Understanding, machine: Machine) -> float:
    """Memory of the card that training runs on; 0 for a processor."""
    if understood.value("machine.gpu") == "none":
        return 0.0
    said, card = understood.value("machine.gpu_memory_gib"), named_card(understood)
    if said:
        return float(said)
    return card.memory_gib if card else machine.gpu_memory_gib


def named_card(understood: Understanding) -> Card | None:
    """The card that a sentence speaks of."""
    return find_card(" ".join(token.text for token in understood.tokens))


def _of_family_or_size(understood: Understanding, memory_gib: float) -> tuple[KnownBase, str] | None:
    size_b = understood.value("model.size_b")
    options = [base for base in hub_bases() if understood.family in (None, base.family)]
    if not options or (size_b is None and understood.family is None):
        return None
    if size_b is not None:
        if not any(1 / _ABOUT <= base.params_b / size_b <= _ABOUT for base in options):
            return None
        # Of several of about this size the one that needs no one's permission.
        best = min(options, key=lambda base: (round(abs(math.log(base.params_b / size_b)), 1), base.is_gated))
        return best, f"You asked for a base of {size_b:g} billion parameters; this one has {best.params_b:g}."
    fitting = [base for base in options if _fits(base.params_b, memory_gib)]
    if not fitting:
        return options[0], f"The smallest {understood.family}; {_place(memory_gib)} is little for any."
    return fitting[-1], f"The largest {understood.family} that {_place(memory_gib)} can train."


def _place(memory_gib: float) -> str:
    return f"a card of {memory_gib:g} GiB" if memory_gib else "a processor"


def _fits(params_b: float, memory_gib: float, *, nf4: bool = True) -> bool:
    if not memory_gib:
        return params_b <= ON_CPU_B
    per_weight = NF4_BYTES if nf4 else 2.0
    return params_b * 1e9 * per_weight / GIB + ROOM_GIB <= memory_gib


def trainable_bases(memory_gib: float, *, nf4: bool = True) -> list[KnownBase]:
    """Known bases that a card of this memory, or a processor (0), can train."""
    return [base for base in hub_bases() if _fits(base.params_b, memory_gib, nf4=nf4)]


def _named(base_id: str, reason: str, memory_gib: float, project: Path | None) -> BaseChoice:
    try:
        facts = _find(base_id, project)
    except BadInput as error:
        return _absent(base_id, reason, memory_gib, error)
    params_b = _billions(facts.params)
    choice = BaseChoice(base_id, reason, params_b, facts, is_here=True, needs_nf4=_needs_nf4(params_b, memory_gib))
    return replace(choice, warnings=_about_pocket(memory_gib) if base_id == POCKET else _about_size(choice, memory_gib))


def _find(base_id: str, project: Path | None) -> Base:
    if project is not None and base_id != POCKET and (project / base_id).is_dir():
        return find_base(str(project / base_id))
    return find_base(base_id)


def _absent(base_id: str, reason: str, memory_gib: float, error: BadInput) -> BaseChoice:
    """A base that is not here: planned with what is known of it."""
    known = known_base(base_id)
    params_b = known.params_b if known else size_in_id(base_id)
    needs_nf4 = params_b is not None and _needs_nf4(params_b, memory_gib)
    facts = _facts_of(base_id, known, params_b)
    choice = BaseChoice(base_id, reason, params_b, facts, needs_nf4=needs_nf4)
    licence = f" Its licence: {known.licence}." if known else ""
    warning = Warned(code=error.code, message=f"{error.message} {error.hint}{licence}", field="model.base")
    return replace(choice, warnings=[warning, *_about_size(choice, memory_gib)])


def size_in_id(base_id: str) -> float | None:
    """Billions of parameters that an id names: 0.6 for Qwen3-0.6B, 0.135 for SmolLM2-135M."""
    found = _SIZE_IN_ID.search(base_id.replace("-", " ").replace("_", " "))
    if found is None:
        return None
    return float(found[1]) / (1000 if found[2].lower() == "m" else 1)


def _facts_of(base_id: str, known: KnownBase | None, params_b: float | None) -> Base | None:
    """A base as far as numbers are chosen from it."""
    if known is not None:
        return facts_of(known)
    return replace(typical_base(params_b), id=base_id) if params_b is not None else None


def _billions(params: int) -> float:
    return float(f"{params / 1e9:.3g}")


def _needs_nf4(params_b: float, memory_gib: float) -> bool:
    return bool(memory_gib) and not _fits(params_b, memory_gib, nf4=False)


def _about_size(choice: BaseChoice, memory_gib: float) -> list[Warned]:
    if choice.params_b is None or _fits(choice.params_b, memory_gib):
        return []
    if not memory_gib:
        text = f"{choice.id} has {choice.params_b:g} billion parameters: without a graphics card that takes days."
        return [Warned(code="plan.slow_base", message=f"{text} Take one of at most {ON_CPU_B:g}.", field="model.base")]
    text = f"{choice.id} does not fit a card of {memory_gib:g} GiB, not even in 4 bits. Take a smaller base."
    return [Warned(code="plan.base_too_large", message=text, field="model.base")]


def _for_machine(memory_gib: float, cached: Sequence[str]) -> BaseChoice:
    """Where nobody says: the largest known base that is here and fits, else the embedded one."""
    here = [base for base in hub_bases() if base.id in cached and _fits(base.params_b, memory_gib)]
    for base in sorted(here, key=lambda base: -base.params_b):
        try:
            facts = find_base(base.id)
        except BadInput:
            continue  # an interrupted download
        reason = f"The largest base on this machine that {_place(memory_gib)} can train."
        needs_nf4 = _needs_nf4(base.params_b, memory_gib)
        return BaseChoice(base.id, reason, base.params_b, facts, is_here=True, needs_nf4=needs_nf4)
    facts = find_base(POCKET)
    reason = "The embedded base: the only one on this machine, and quick on any."
    choice = BaseChoice(POCKET, reason, _billions(facts.params), facts, is_here=True)
    return replace(choice, warnings=_about_pocket(memory_gib))


def _about_pocket(memory_gib: float) -> list[Warned]:
    open_ones = [base for base in hub_bases() if not base.is_gated]
    fitting = [base for base in open_ones if _fits(base.params_b, memory_gib)] or open_ones[:1]
    largest = max(fitting, key=lambda base: base.params_b)
    text = (
        f"`pocket` is for trying the workflow, not for production. For real work download a larger one that "
        f"{_place(memory_gib)} can train, such as {largest.id} ({largest.weights_gib:.1f} GiB, {largest.licence}): "
        f"hf download {largest.id}, then --set model.base={largest.id}"
    )
    return [Warned(code="plan.pocket_base", message=text, field="model.base")]
