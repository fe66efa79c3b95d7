"""How far a run is: whole answers to held-out questions, foreseen in one pass, from its last checkpoint."""

from __future__ import annotations

from typing import Any

import torch

from pipeline.bases.pocket import corpus
from pipeline.bases.pocket.document import END
from pipeline.bases.pocket.evaluate import Question, questions

SEED = 976  # not the evaluation's


def probe(model: Any, tokenizer: Any, count: int) -> dict[str, float]:
    """Share of held-out questions per family whose whole answer the model would give."""
    return {family: whole_answers(model, tokenizer, questions(family, count, SEED)) for family in corpus.TASKS}


def whole_answers(model: Any, tokenizer: Any, asked: list[Question]) -> float:
    """Share of questions at which every token of the answer and its end is the likeliest, as in greedy decoding."""
    right = 0
    with torch.inference_mode():
        for question in asked:
            prompt, answer = tokenizer.encode(question.prompt).ids, tokenizer.encode(question.answer + END).ids
            logits_btv = model(torch.tensor([prompt + answer[:-1]]), logits_to_keep=len(answer)).logits
            right += int(logits_btv[0].argmax(-1).tolist() == answer)
    return round(right / len(asked), 3)
