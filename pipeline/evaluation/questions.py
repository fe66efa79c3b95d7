"""Puts one run's test to the models of an endpoint and keeps every answer."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipeline.datasets.row import Row
from pipeline.evaluation.answers.asking import (
    AdapterAnswers,
    Answer,
    Ask,
    ask_all,
    most_probable_label,
    written_answer,
)
from pipeline.evaluation.answers.choosing import WITHOUT_VALIDATION, best_style, validation_sample
from pipeline.evaluation.answers.examples import choose_examples
from pipeline.evaluation.answers.labels import LabelTrie
from pipeline.evaluation.answers.predictions import Prediction, Predictions
from pipeline.evaluation.answers.prompts import PROMPTED, TITLES, Prompts, Style, templates
from pipeline.evaluation.answers.scorer import ServedScorer
from pipeline.evaluation.bench import Bench
from pipeline.evaluation.meter import Meter
from pipeline.evaluation.metrics.table import METRICS
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, PromptChoice
from pipeline.providers.endpoint import Endpoint


@dataclass
class Questions:
    """One test at one endpoint.

    Args:
        bench: the test.
        endpoint: open.
        adapter_model, base_model: what the endpoint calls them.
        context: tokens that the endpoint takes, prompt and answer together.
        meter: counts the answers.

    Attributes:
        seconds: model → seconds of asking, in this process.
    """

    bench: Bench
    endpoint: Endpoint
    adapter_model: str
    base_model: str
    context: int
    meter: Meter
    seconds: dict[str, float] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Row]:
        """Test rows that adapter and base can both be asked."""
        bare = self._prompts("bare")
        return [row for row in self.bench.rows if self._adapter.fits(row) and bare.fits(row)]

    @property
    def without_label_list(self) -> int:
        """Rows beside which the label list doesn't fit into the context."""
        bare = self._prompts("bare")
        return sum(not bare.shows_labels(row) for row in self.rows) if self.bench.labels else 0

    def expect(self, models: Sequence[str]) -> None:
        """Tells the meter how many answers `models` will give."""
        styles = len(PROMPTED) if PROMPTED_BASE in models else 0
        self.meter.expect(len(models) * len(self.rows) + styles * len(self._validation))

    async def adapter(self) -> dict[str, Prediction]:
        """The adapter's answers, by row."""
        asked = {
            "adapter": self.bench.manifest.adapter_sha256,
            "system_prompt": self.bench.manifest.system_prompt,
            "max_tokens": self.bench.manifest.max_tokens,
            "context": self.context,
        }
        return await self._keep(ADAPTER, self._adapter, self.rows, asked)

    async def base(self) -> dict[str, Prediction]:
        """The bare base's answers, by row."""
        return await self._ask_base(BASE, "bare", self.rows)

    async def prompted_base(self) -> tuple[dict[str, Prediction], PromptChoice]:
        """The base's answers with the prompt that does best on validation rows, by row."""
        metric = METRICS["accuracy" if self.bench.labels else "rouge_l"]
        scores: dict[Style, float] = {}
        for style in PROMPTED if self._validation else ():
            found = await self._ask_base(f"validation/{style}", style, self._validation)
            scores[style] = metric.value(self.bench.answers(self._validation, found))
        style = best_style(scores) if scores else WITHOUT_VALIDATION
        choice = PromptChoice(
            style=style,
            title=TITLES[style],
            examples=self._prompts(style).shown(self._validation or self.rows),
            metric=metric.name,
            validation_rows=len(self._validation),
            validation={name: round(value, 4) for name, value in scores.items()},
        )
        return await self._ask_base(PROMPTED_BASE, style, self.rows), choice

    @cached_property
    def _validation(self) -> list[Row]:
        bare = self._prompts("bare")
        return validation_sample([row for row in self.bench.dataset.rows("validation") if bare.fits(row)])

    async def _ask_base(self, name: str, style: Style, rows: Sequence[Row]) -> dict[str, Prediction]:
        prompts = self._prompts(style)
        asked = {
            "base": self.bench.base.sha256,
            "templates": templates(prompts.kind),
            "style": style,
            "instruction": prompts.instruction,
            "labels": self.bench.labels,
            "examples": [row.id for row in prompts.examples],
            "max_tokens": self.bench.manifest.max_tokens,
            "context": self.context,
        }
        return await self._keep(name, self._way_to_ask(prompts), rows, asked)

    def _way_to_ask(self, prompts: Prompts) -> Ask:
        base, ends = self.endpoint.with_model(self.base_model), self.bench.tokens.ends
        if self._trie is not None:
            return most_probable_label(prompts, self._trie, ServedScorer(base, ends))
        return written_answer(prompts, base, max_tokens=self.bench.manifest.max_tokens, context=self.context, ends=ends)

    async def _keep(self, name: str, ask: Ask, rows: Sequence[Row], asked: dict[str, Any]) -> dict[str, Prediction]:
        """Asks for what is not there yet; every answer is in the file as soon as it is known."""
        start = time.monotonic()
        with Predictions(self.bench.run.evaluation / file_name(name), name, asked) as predictions:
            missing = [row for row in rows if row.id not in predictions.done]
            self.meter.skip(len(rows) - len(missing))

            def keep(row: Row, answer: Answer) -> None:
                predictions.add(self.bench.prediction(row, answer.text, answer.logprob))
                self.meter.step()

            await ask_all(ask, missing, keep)
            self.seconds[name] = round(time.monotonic() - start, 2)
            return predictions.done

    @cached_property
    def _adapter(self) -> AdapterAnswers:
        return AdapterAnswers(
            self.endpoint.with_model(self.adapter_model),
            self.bench.manifest.system_prompt,
            self.bench.manifest.max_tokens,
            self.bench.tokens.ends,
            self.bench.tokens.prompt,
            self.context,
        )

    @cached_property
    def _trie(self) -> LabelTrie | None:
        if self.bench.labels is None:
            return None
        tokens = {label: self.bench.tokens.answer(label) for label in self.bench.labels}
        return LabelTrie(tokens, self.bench.tokens.ends)

    @cached_property
    def _examples(self) -> list[Row]:
        tokens = self.bench.tokens
        return choose_examples(
            list(self.bench.dataset.rows("train")),
            length=lambda row: sum(tokens.length(message["content"]) for message in row.messages),
        )

    def _prompts(self, style: Style) -> Prompts:
        return Prompts(
            style,
            self.bench.instruction,
            self.bench.labels,
            self._examples if style in ("examples", "turns") else [],
            self.bench.tokens.prompt,
            self.context - self._room_for_answer,
        )

    @cached_property
    def _room_for_answer(self) -> int:
        if self.bench.labels is not None:
            return 1 + max(len(self.bench.tokens.answer(label)) for label in self.bench.labels)
        return min(self.bench.manifest.max_tokens, self.context // 2)


def file_name(model: str) -> str:
    """Where a model's answers lie, relative to `evaluation/`: `linear (TF-IDF)` → linear-tf-idf.jsonl."""
    return "/".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in model.split("/")) + ".jsonl"
