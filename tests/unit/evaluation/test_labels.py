import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.answers.labels import MOST_CANDIDATES, LabelTrie, Step
from tests.support.local_scorer import LocalScorer
from tests.support.tiny_model import make_tiny_base

VOCABULARY = 300
ENDS = (1, 2)


class RandomModel:
    """Each prefix has its own random distribution: a model in which nothing but exact search finds the best label."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.requests = 0

    def logprobs(self, prefix: Sequence[int]) -> np.ndarray:
        logits = np.random.default_rng([self._seed, *prefix]).normal(0, 4, VOCABULARY)
        return np.asarray(logits - np.logaddexp.reduce(logits))

    async def path(self, prompt: Sequence[int], candidates: Sequence[int], steps: int) -> list[Step]:
        assert steps == 1 or len(candidates) <= MOST_CANDIDATES
        self.requests += 1
        taken: list[Step] = []
        for _ in range(steps):
            last = self.logprobs([*prompt, *(step.token for step in taken)])
            told = {token: float(last[token]) for token in candidates}
            taken.append(Step(max(told, key=told.__getitem__), told))
            if taken[-1].token in ENDS:
                break
        return taken

    def total(self, prompt: Sequence[int], label: Sequence[int]) -> float:
        prefix, total = list(prompt), 0.0
        for token in label:
            total += self.logprobs(prefix)[token]
            prefix.append(token)
        return total + float(np.logaddexp.reduce(self.logprobs(prefix)[list(ENDS)]))


def found(model: RandomModel, tokens: dict[str, list[int]], prompt: Sequence[int]) -> tuple[str, float, int]:
    choice = asyncio.run(LabelTrie(tokens, ENDS).most_probable(model, prompt))
    return choice.label, choice.logprob, choice.requests


label_sets = st.lists(
    st.lists(st.integers(3, 6), min_size=1, max_size=5).map(tuple), min_size=2, max_size=25, unique=True
)


@settings(deadline=None, max_examples=60)
@given(label_sets, st.integers(0, 1000))
def test_the_search_finds_what_brute_force_finds(labels: list[tuple[int, ...]], seed: int) -> None:
    model = RandomModel(seed)
    tokens = {"-".join(map(str, label)): list(label) for label in labels}
    best = max(tokens, key=lambda name: model.total((9, seed), tokens[name]))
    label, logprob, _ = found(model, tokens, (9, seed))
    assert label == best
    assert logprob == pytest.approx(model.total((9, seed), tokens[best]))


def test_one_label_may_begin_another() -> None:
    model = RandomModel(4)
    tokens = {"card": [5], "card fee": [5, 6], "card fee late": [5, 6, 7]}
    assert found(model, tokens, (1,))[0] == max(tokens, key=lambda name: model.total((1,), tokens[name]))


def test_more_first_tokens_than_one_request_takes() -> None:
    model = RandomModel(11)
    tokens = {str(first): [first, 3 + first % 7] for first in range(3, 260)}
    assert len(tokens) > MOST_CANDIDATES
    assert found(model, tokens, (8,))[0] == max(tokens, key=lambda name: model.total((8,), tokens[name]))


def test_a_model_that_is_sure_is_asked_once() -> None:
    class Sure(RandomModel):
        def logprobs(self, prefix: Sequence[int]) -> np.ndarray:
            values = np.full(VOCABULARY, math.log(0.01 / VOCABULARY))
            values[[5, 6, 7, ENDS[0]][len(prefix) - 1]] = math.log(0.99)
            return values

    model = Sure(0)
    tokens = {"a": [5, 6, 7], "b": [5, 6, 8], "c": [4, 4]}
    label, logprob, requests = found(model, tokens, (9,))
    assert (label, requests) == ("a", 1)
    assert logprob == pytest.approx(4 * math.log(0.99), abs=1e-4)


@pytest.mark.heavy
def test_the_search_agrees_with_brute_force_on_a_real_model(tmp_path: Path) -> None:
    scorer = LocalScorer(make_tiny_base(tmp_path))
    generator = np.random.default_rng(0)
    tokens = {str(n): [40 + n % 3, 50 + n // 3, 60 + n][: 2 + n % 2] for n in range(12)}
    answers = set()
    for _ in range(8):
        prompt = [int(token) for token in generator.integers(3, 380, 12)]
        choice = asyncio.run(LabelTrie(tokens, ENDS).most_probable(scorer, prompt))
        totals = {label: _total(scorer, prompt, ids) for label, ids in tokens.items()}
        assert choice.label == max(totals, key=totals.__getitem__)
        assert choice.logprob == pytest.approx(totals[choice.label], abs=1e-4)
        answers.add(choice.label)
    assert len(answers) > 1


def _total(scorer: LocalScorer, prompt: list[int], label: list[int]) -> float:
    logprobs = scorer.logprobs([*prompt, *label])
    total = sum(float(logprobs[len(prompt) - 1 + place][token]) for place, token in enumerate(label))
    return total + float(logprobs[-1][list(ENDS)].logsumexp(0))
