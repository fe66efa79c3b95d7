"""`probe.json`: what base and adapter said at the end of training, so that what is served can be compared with it.

The worker records it with the model that it trained (PEFT); the serving side scores the same tokens and compares. A
case is a prompt and a completion as token ids, with the log-probability of each completion token, teacher-forced.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.errors import BadInput
from pipeline.files import read_json, write_json
from pipeline.runs.manifest import BaseReference

PROBE_FILE = "probe.json"


class ProbeCase(BaseModel):
    """One prompt with one completion."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    prompt_token_ids: list[int] = Field(min_length=1)
    completion_token_ids: list[int] = Field(min_length=1)
    base_logprobs: list[float] = Field(description="nats, of each completion token, without the adapter")
    adapter_logprobs: list[float] = Field(description="nats, of each completion token, with the adapter")

    @model_validator(mode="after")
    def _lengths_agree(self) -> ProbeCase:
        if not len(self.completion_token_ids) == len(self.base_logprobs) == len(self.adapter_logprobs):
            raise ValueError("a case needs one log-probability of base and adapter for each completion token")
        return self

    @property
    def effect(self) -> float:
        """Largest change of a log-probability by the adapter, nats."""
        return max(abs(a - b) for a, b in zip(self.adapter_logprobs, self.base_logprobs, strict=True))


class Probe(BaseModel):
    """The content of `probe.json`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1] = 1
    dtype: str = Field(description="that the log-probabilities were computed in, e.g. float32")
    base: BaseReference
    tokenizer_sha256: str = Field("", description="of tokenizer.json")
    cases: list[ProbeCase] = Field(min_length=1)

    @property
    def effect(self) -> float:
        """Largest change of a log-probability by the adapter, nats."""
        return max(case.effect for case in self.cases)


def record_probe(
    model: Any,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[Sequence[int]],
    *,
    base: BaseReference,
    tokenizer_sha256: str = "",
) -> Probe:
    """Scores completions with a PEFT model, with its active adapter and without.

    Args:
        model: PEFT model with the trained adapter active; its mode is put back afterwards.
        prompts: token ids of each case, at least one.
        completions: token ids of each case, at least one, end token included.
        base: which base it is.
        tokenizer_sha256: of the tokenizer.json that made the ids.
    """
    was_training = model.training
    model.eval()
    try:
        pairs = [(list(prompt), list(completion)) for prompt, completion in zip(prompts, completions, strict=True)]
        with_adapter = [teacher_forced_logprobs(model, *pair) for pair in pairs]
        with model.disable_adapter():
            without = [teacher_forced_logprobs(model, *pair) for pair in pairs]
    finally:
        model.train(was_training)
    cases = [
        ProbeCase(
            prompt_token_ids=prompt, completion_token_ids=completion, base_logprobs=plain, adapter_logprobs=adapted
        )
        for (prompt, completion), plain, adapted in zip(pairs, without, with_adapter, strict=True)
    ]
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    return Probe(dtype=dtype, base=base, tokenizer_sha256=tokenizer_sha256, cases=cases)


def teacher_forced_logprobs(model: Any, prompt: Sequence[int], completion: Sequence[int]) -> list[float]:
    """Log-probabilities (nats) of each completion token after the prompt and the tokens before it.

    One row at a time: padding would change the sums in the last digits, which is what a probe looks at.
    """
    import torch

    device = next(model.parameters()).device
    tokens = torch.tensor([[*prompt, *completion]], device=device)
    with torch.no_grad():
        logits_tv = model(input_ids=tokens).logits[0, len(prompt) - 1 : -1].float()
    chosen = torch.log_softmax(logits_tv, dim=-1).gather(1, tokens[0, len(prompt) :, None])
    return [float(value) for value in chosen[:, 0]]


def write_probe(folder: Path, probe: Probe) -> None:
    """Writes `probe.json` into an adapter's folder."""
    write_json(folder / PROBE_FILE, probe.model_dump())


def read_probe(folder: Path) -> Probe | None:
    """The probe of an adapter; None where there is none, as for adapters from elsewhere.

    Raises:
        BadInput: `adapter.bad_probe`.
    """
    path = folder / PROBE_FILE
    if not path.is_file():
        return None
    try:
        return Probe.model_validate(read_json(path))
    except ValueError as error:
        text = f"{path} can't be read: {error}"
        raise BadInput("adapter.bad_probe", text, "Train the adapter again, or go without the file.") from error
