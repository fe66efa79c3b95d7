"""How far a run is: whole answers to held-out questions and to finds of random tokens, foreseen in one pass."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import torch

from pipeline.bases.pocket.document import END
from pipeline.bases.pocket.evaluate import Question, questions
from pipeline.bases.pocket.finding import finds
from pipeline.bases.pocket.recipe import Phase

SEED = 976  # not the evaluation's
BATCH = 20


def probe(model: Any, tokenizer: Any, count: int, families: list[str]) -> dict[str, float]:
    """Share of held-out questions per family whose whole answer the model would give."""
    return {family: whole_answers(model, tokenizer, questions(family, count, SEED)) for family in families}


def whole_answers(model: Any, tokenizer: Any, asked: list[Question]) -> float:
    """Share of questions at which every token of the answer and its end is the likeliest, as in greedy decoding."""
    rows = []
    for question in asked:
        prompt, answer = tokenizer.encode(question.prompt).ids, tokenizer.encode(question.answer + END).ids
        rows.append((prompt + answer, [(len(prompt), len(prompt) + len(answer))]))
    right = [hit for row in _right(model, rows) for hit in row]
    return round(sum(right) / len(right), 3)


def whole_finds(model: Any, tokenizer: Any, phase: Phase, count: int = 20) -> dict[str, float]:
    """Share of the answers right, per form, in documents of random tokens like the phase's, from all tokens."""
    found = {}
    for form in dict.fromkeys(phase.forms):
        source = finds(replace(phase, forms=(form,), vocabularies=(7165,)), tokenizer, np.random.default_rng(SEED))
        rows = []
        for ids, weights in islice(source, count):
            counted = np.flatnonzero(weights)
            runs = np.split(counted, np.flatnonzero(np.diff(counted) > 1) + 1)
            rows.append((ids.tolist(), [(int(run[0]), int(run[-1])) for run in runs]))  # without the end token
        right = [hit for row in _right(model, rows) for hit in row]
        found[form] = round(sum(right) / len(right), 3)
    return found


def _right(model: Any, rows: list[tuple[list[int], list[tuple[int, int]]]]) -> list[list[bool]]:
    """Per row of ids and spans, whether all tokens of a span are the likeliest after what stands before them."""
    found = []
    with torch.inference_mode():
        for at in range(0, len(rows), BATCH):
            group = rows[at : at + BATCH]
            longest = max(len(ids) for ids, _ in group)
            ids_bt = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in group])
            hidden_btd = model.model(ids_bt, use_cache=False).last_hidden_state
            for hidden_td, (ids, spans) in zip(hidden_btd, group, strict=True):
                found.append(
                    [model.lm_head(hidden_td[a - 1 : b - 1]).argmax(-1).tolist() == ids[a:b] for a, b in spans]
                )
    return found
