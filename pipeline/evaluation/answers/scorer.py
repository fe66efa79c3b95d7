"""Log-probabilities from a served model, as the label search asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.errors import Failed
from pipeline.evaluation.answers.labels import Step
from pipeline.providers.endpoint import Endpoint


class ServedScorer:
    """A `Scorer` over vLLM's completions API.

    Args:
        endpoint: open endpoint of one model.
        ends: token ids that end an answer; a path stops there.
    """

    def __init__(self, endpoint: Endpoint, ends: Sequence[int]) -> None:
        self._endpoint = endpoint
        self._ends = list(ends)

    async def path(self, prompt: Sequence[int], candidates: Sequence[int], steps: int) -> list[Step]:
        """See `Scorer.path`. Candidates restrict what is taken, never the log-probabilities: vLLM reports raw ones."""
        if steps == 1:
            logprobs = await self._endpoint.next_logprobs(prompt, candidates)
            return [Step(max(logprobs, key=logprobs.__getitem__), logprobs)]
        answer = await self._endpoint.post(
            "/v1/completions",
            {
                "model": self._endpoint.model,
                "prompt": list(prompt),
                "max_tokens": steps,
                "temperature": 0.0,
                "allowed_token_ids": list(candidates),
                "stop_token_ids": self._ends,
                "logprobs": len(candidates),
                "logprob_token_ids": list(candidates),
                "return_tokens_as_token_ids": True,
            },
        )
        return [
            Step(_token(taken), {_token(token): value for token, value in top.items()})
            for taken, top in self._positions(answer, candidates)
        ]

    def _positions(self, answer: dict[str, Any], candidates: Sequence[int]) -> list[tuple[str, dict[str, float]]]:
        logprobs = answer["choices"][0].get("logprobs") or {}
        positions = list(zip(logprobs.get("tokens") or [], logprobs.get("top_logprobs") or [], strict=True))
        if not positions or not set(candidates) <= {_token(token) for token in positions[0][1]}:
            raise Failed(
                "endpoint.no_logprobs",
                f"{self._endpoint.url} gives no log-probabilities of given tokens for {self._endpoint.model!r}.",
                "Use a vLLM server; other servers can't score given tokens.",
            )
        return positions


def _token(name: str) -> int:
    return int(name.removeprefix("token_id:"))
