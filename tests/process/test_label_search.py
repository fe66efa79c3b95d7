"""The label search over vLLM: the same labels and log-probabilities as brute force over transformers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.bases.base import find_base
from pipeline.evaluation.answers.labels import Choice, LabelTrie
from pipeline.evaluation.answers.scorer import ServedScorer
from serving.deployments import Deployment
from serving.engine.engine import Engine, start_engine
from serving.engine.settings import EngineSettings
from tests.support.local_scorer import LocalScorer
from tests.support.tiny_model import VOCABULARY, make_tiny_base

pytestmark = pytest.mark.heavy

ENDS = (2, 0)
LABELS = {f"label {n}": [40 + n % 3, 50 + n // 3, 60 + n, 70 + n][: 2 + n % 3] for n in range(18)}
TOLERANCE = 1e-3  # nats; measured 1e-5


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_base(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture(scope="module")
def engine(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = EngineSettings(max_loras=1, max_lora_rank=16)
    deployment = Deployment(
        name="local", base="base", base_folder=str(base), base_sha256=find_base(str(base)).sha256, settings=settings
    )
    engine = start_engine(deployment, tmp_path_factory.mktemp("project") / ".vibetune")
    yield engine
    engine.stop()


def test_labels_and_log_probabilities_are_those_of_brute_force(engine: Engine, base: Path) -> None:
    generator = np.random.default_rng(3)
    prompts = [[int(token) for token in generator.integers(3, VOCABULARY, size)] for size in (5, 40, 140, 300)]
    trie = LabelTrie(LABELS, ENDS)

    async def search() -> list[Choice]:
        async with engine.endpoint() as endpoint:
            scorer = ServedScorer(endpoint, ENDS)
            return list(await asyncio.gather(*(trie.most_probable(scorer, prompt) for prompt in prompts)))

    choices = asyncio.run(search())
    local = LocalScorer(base)
    for prompt, choice in zip(prompts, choices, strict=True):
        totals = {label: _total(local, prompt, tokens) for label, tokens in LABELS.items()}
        assert choice.label == max(totals, key=totals.__getitem__)
        assert choice.logprob == pytest.approx(totals[choice.label], abs=TOLERANCE)
    assert len({choice.label for choice in choices}) > 1


def _total(scorer: LocalScorer, prompt: list[int], label: list[int]) -> float:
    logprobs = scorer.logprobs([*prompt, *label])
    total = sum(float(logprobs[len(prompt) - 1 + place][token]) for place, token in enumerate(label))
    return total + float(logprobs[-1][list(ENDS)].logsumexp(0))
