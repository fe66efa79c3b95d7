"""The parity probe: is what the server answers what was trained?

vLLM can serve the base under an adapter's name without a word (target modules that don't match), and a base that is a
little different passes every check of shapes. So the log-probabilities of the worker's `probe.json` are computed once
more, by the server, base and adapter mixed in one batch, and compared.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pipeline.bases.probe import Probe, read_probe
from pipeline.errors import BadInput
from pipeline.providers.endpoint import Endpoint
from serving.engine.base import ServedBase

# Largest difference of a log-probability (nats) between PyTorch and vLLM that still counts as equal.
# source: measured 1e-5 at most in float32 on small bases; two hundred times that leaves room for deep bases and other
# processors, and trained adapters move probed tokens by 0.1 and more. Half precision rounds to 3 digits.
TOLERANCE_FLOAT32 = 2e-3
TOLERANCE_HALF = 0.15
UNPROBED_TOKENS = 48


@dataclass(frozen=True)
class CaseDifference:
    """Largest differences in one case, nats."""

    base: float  # served base − trained base
    adapter: float  # served adapter − trained adapter
    effect: float  # served adapter − served base


@dataclass(frozen=True)
class ProbeResult:
    """The outcome of a probe that was passed."""

    tolerance: float
    cases: list[CaseDifference]
    was_compared: bool = True  # False: the adapter has no probe.json, and was only seen to differ from the base

    @property
    def base(self) -> float:
        return max(case.base for case in self.cases)

    @property
    def adapter(self) -> float:
        return max(case.adapter for case in self.cases)

    @property
    def effect(self) -> float:
        return max(case.effect for case in self.cases)


async def probe_adapter(base: Endpoint, adapter: Endpoint, folder: Path, served: ServedBase) -> ProbeResult:
    """Compares a loaded adapter, and the base beside it, with what the worker recorded.

    Args:
        base: endpoint of the served base.
        adapter: endpoint of the served adapter, on the same server.
        folder: of the adapter.
        served: the base's files.

    Raises:
        BadInput: `adapter.equals_base`, `adapter.wrong_base` or `adapter.parity`, with the numbers.
    """
    probe = read_probe(folder)
    if probe is None:
        return await _sees_a_difference(base, adapter, served)
    tolerance = TOLERANCE_FLOAT32 if probe.dtype == "float32" else TOLERANCE_HALF
    if probe.effect <= tolerance:
        raise _changes_nothing(adapter.model, probe.effect, "as it was trained")
    cases = await asyncio.gather(*(_case(base, adapter, probe, place) for place in range(len(probe.cases))))
    result = ProbeResult(tolerance, list(cases))
    _refuse(result, probe, base.model, adapter.model)
    return result


async def _case(base: Endpoint, adapter: Endpoint, probe: Probe, place: int) -> CaseDifference:
    case = probe.cases[place]
    tokens = (case.prompt_token_ids, case.completion_token_ids)
    served_base, served_adapter = await asyncio.gather(base.score(*tokens), adapter.score(*tokens))
    return CaseDifference(
        base=_largest(served_base, case.base_logprobs),
        adapter=_largest(served_adapter, case.adapter_logprobs),
        effect=_largest(served_adapter, served_base),
    )


def _refuse(result: ProbeResult, probe: Probe, base: str, adapter: str) -> None:
    numbers = {"base": result.base, "adapter": result.adapter, "effect": result.effect, "tolerance": result.tolerance}
    if result.base > result.tolerance:
        raise BadInput(
            "adapter.wrong_base",
            f"{adapter} was not trained on this {base}: the base's own log-probabilities differ by {result.base:.2g} "
            f"nats from those of its training ({result.tolerance:g} allowed).",
            f"Serve it on {probe.base.id} as it was, or train it again.",
            **numbers,
        )
    if result.effect <= result.tolerance:
        raise _changes_nothing(adapter, result.effect, f"as it is served, though trained it does ({probe.effect:.2g})")
    if result.adapter > result.tolerance:
        raise BadInput(
            "adapter.parity",
            f"{adapter} is not served as it was trained: its log-probabilities differ by {result.adapter:.2g} nats "
            f"({result.tolerance:g} allowed).",
            "Train or import it again; if it stays so, report it with probe.json.",
            **numbers,
        )


async def _sees_a_difference(base: Endpoint, adapter: Endpoint, served: ServedBase) -> ProbeResult:
    vocabulary = int(served.config.get("vocab_size", 1000))
    tokens = [(place * 7919 + 13) % vocabulary for place in range(UNPROBED_TOKENS)]
    prompt, rest = tokens[:8], tokens[8:]
    of_base, of_adapter = await asyncio.gather(base.score(prompt, rest), adapter.score(prompt, rest))
    effect = _largest(of_base, of_adapter)
    if effect <= TOLERANCE_FLOAT32:
        raise _changes_nothing(adapter.model, effect, "on any of some arbitrary tokens")
    return ProbeResult(TOLERANCE_FLOAT32, [CaseDifference(0.0, 0.0, effect)], was_compared=False)


def _changes_nothing(adapter: str, effect: float, where: str) -> BadInput:
    return BadInput(
        "adapter.equals_base",
        f"{adapter} answers like the base: no log-probability changes by more than {effect:.2g} nats {where}.",
        "Check target_modules, the learning rate and the number of steps, and train it again.",
        effect=effect,
    )


def _largest(left: list[float], right: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(left, right, strict=True))
