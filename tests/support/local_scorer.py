"""A `Scorer` without a server: a model of transformers in this process, one prompt at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.evaluation.answers.labels import Step


class LocalScorer:
    """Log-probabilities of a model in a folder; counts what it is asked."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        torch.set_num_threads(1)  # two threads spin over a model this small
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
        self.requests = 0

    def logprobs(self, tokens: Sequence[int]) -> Any:
        """Log-probabilities (nats) of the token after each of `tokens`, [t, vocabulary]."""
        import torch

        with torch.no_grad():
            return torch.log_softmax(self.model(torch.tensor([list(tokens)])).logits[0].double(), dim=-1)

    async def path(self, prompt: Sequence[int], candidates: Sequence[int], steps: int) -> list[Step]:
        """See `Scorer.path`."""
        self.requests += 1
        taken: list[Step] = []
        for _ in range(steps):
            last = self.logprobs([*prompt, *(step.token for step in taken)])[-1]
            told = {token: float(last[token]) for token in candidates}
            taken.append(Step(max(told, key=told.__getitem__), told))
        return taken
