"""Measures the shipped weights on fresh tasks whose words, labels and intents the text held out."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from pipeline.bases.pocket import corpus, document
from pipeline.bases.pocket.document import END, START, Task, Weight
from pipeline.bases.pocket.lexicon import load
from pipeline.bases.pocket.scribe import Scribe
from pipeline.files import write_json

SEED = 977  # of the evaluation only
SKILLS = {
    "copy": ["copy"],
    "label from a list": ["choose_intent", "choose_named", "choose_by_keyword"],
    "look-up": ["look_up"],
    "few-shot": ["few_shot_pattern", "few_shot_intent", "few_shot_known"],
    "JSON": ["json"],
    "rewrite": ["rewrite", "frame", "items", "replace"],
    "extraction": ["extract"],
}
ASSISTANT = f"{START}assistant\n"


@dataclass(frozen=True)
class Question:
    """A prompt up to the assistant's turn, the one right answer, and the answers to choose from where it lists them."""

    prompt: str
    answer: str
    options: tuple[str, ...] = ()


def questions(family: str, count: int, seed: int = SEED) -> list[Question]:
    """`count` fresh questions of a family from held-out words; the same for the same arguments."""
    rng = random.Random(f"{seed}:{family}")
    found: list[Question] = []
    while len(found) < count:
        scribe = Scribe(load("heldout"), rng)
        make = corpus.TASKS[family][0]
        if family.startswith("few_shot"):
            task = make(scribe, rng.randint(3, 8))
            if task.answer_weight(len(task.cases) - 1) is Weight.SKIP:
                continue
            written = document.as_examples(task, scribe)
        else:
            task = _first_case(make(scribe, 1))
            written = document.as_chat(task, scribe)
        answer = task.cases[-1][1]
        if answer and len(written.text) < 6000:
            found.append(Question(written.text[: written.text.rindex(ASSISTANT)] + ASSISTANT, answer, task.options))
    return found


def _first_case(task: Task) -> Task:
    return replace(task, cases=task.cases[:1])


class Greedy:
    """Greedy answers of a model, in batches of like length."""

    def __init__(self, model: Any, tokenizer: Any, batch: int = 50) -> None:
        self.model, self.tokenizer, self.batch = model.eval(), tokenizer, batch
        self.end = tokenizer.token_to_id(END)

    def answers(self, asked: list[Question]) -> list[str]:
        """One answer per question, up to the end of the assistant's turn."""
        ids = [self.tokenizer.encode(q.prompt).ids for q in asked]
        order = sorted(range(len(asked)), key=lambda n: len(ids[n]))
        found = [""] * len(asked)
        for at in range(0, len(order), self.batch):
            group = order[at : at + self.batch]
            longest = max(len(ids[n]) for n in group)
            rows = [[0] * (longest - len(ids[n])) + ids[n] for n in group]
            mask = [[0] * (longest - len(ids[n])) + [1] * len(ids[n]) for n in group]
            room = max(len(self.tokenizer.encode(asked[n].answer).ids) for n in group) + 8
            out = self.model.generate(
                input_ids=torch.tensor(rows),
                attention_mask=torch.tensor(mask),
                max_new_tokens=room,
                do_sample=False,
                eos_token_id=self.end,
                pad_token_id=0,
            )
            for n, row in zip(group, out[:, longest:].tolist(), strict=True):
                found[n] = self.tokenizer.decode(
                    row[: row.index(self.end)] if self.end in row else row, skip_special_tokens=False
                )
        return found


def exact_match(greedy: Greedy, asked: list[Question]) -> float:
    """Share of questions answered with exactly the right text."""
    answers = greedy.answers(asked)
    return sum(int(found == q.answer) for found, q in zip(answers, asked, strict=True)) / len(asked)


def most_probable(model: Any, tokenizer: Any, question: Question) -> str:
    """The listed answer that the model finds most probable, its end included: how Vibetune asks a base for a label."""
    prompt_bt = torch.tensor([tokenizer.encode(question.prompt).ids])
    rows = [tokenizer.encode(option + END).ids for option in question.options]
    targets_bt = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for row_t, ids in zip(targets_bt, rows, strict=True):
        row_t[: len(ids)] = torch.tensor(ids)
    with torch.inference_mode():
        read = model(prompt_bt, use_cache=True, logits_to_keep=1)
        read.past_key_values.batch_repeat_interleave(len(rows))
        said = model(targets_bt, past_key_values=read.past_key_values, use_cache=True)
        logits_btv = torch.cat([read.logits.expand(len(rows), -1, -1), said.logits[:, :-1]], dim=1)
        found_bt = logits_btv.log_softmax(-1).gather(-1, targets_bt[..., None])[..., 0]
    sums = [float(found_t[: len(ids)].sum()) for found_t, ids in zip(found_bt, rows, strict=True)]
    return question.options[sums.index(max(sums))]


def load_model(folder: Path) -> tuple[Any, Any]:
    """The shipped model (weights as in the file, computed in float32) and its tokenizer."""
    from tokenizers import Tokenizer
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return model, Tokenizer.from_file(str(folder / "tokenizer.json"))


def perplexity(model: Any, tokenizer: Any, texts: list[str]) -> dict[str, float]:
    """Perplexity per token and bits per byte of texts, each read from its own start."""
    loss, tokens = 0.0, 0
    with torch.inference_mode():
        for text in texts:
            ids_bt = torch.tensor([[0, *tokenizer.encode(text).ids]])
            loss += float(cross_entropy(model(ids_bt).logits[0, :-1], ids_bt[0, 1:], reduction="sum"))
            tokens += ids_bt.shape[1] - 1
    size = sum(len(text.encode()) for text in texts)
    return {
        "perplexity": round(2.718281828 ** (loss / tokens), 2),
        "bits_per_byte": round(loss / 0.693147 / size, 3),
        "tokens": tokens,
    }


def held_out_texts() -> dict[str, list[str]]:
    """Definitions and messages that the text didn't hold."""
    scribe = Scribe(load("heldout"), random.Random(f"{SEED}:texts"))
    meanings = scribe.rng.sample(scribe.lexicon.meanings, 300)
    return {
        "WordNet definitions": [f"{m.words[0]}: {m.gloss}." for m in meanings],
        "customer messages": [scribe.message(scribe.pick(scribe.lexicon.intents)) for _ in range(300)],
    }


def _measure(job: tuple[Path, str, int]) -> tuple[float, float | None]:
    """Share right of free answers, and of the listed ones where there are any."""
    folder, family, count = job
    torch.set_num_threads(1)
    (model, tokenizer), asked = load_model(folder), questions(family, count)
    free = exact_match(Greedy(model, tokenizer), asked)
    if not all(question.options for question in asked):
        return round(free, 3), None
    return round(free, 3), round(sum(most_probable(model, tokenizer, q) == q.answer for q in asked) / count, 3)


def evaluate(folder: Path, *, count: int, with_lora: bool, target: Path) -> None:
    """Writes evaluation.json: exact match per family and skill, perplexity, and the comparison after LoRA."""
    started = time.monotonic()
    model, tokenizer = load_model(folder)
    names = [f for f in corpus.TASKS if f not in {"reply", "dense"}]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        measured = dict(zip(names, pool.map(_measure, [(folder, f, count) for f in names]), strict=True))
    families = {family: free for family, (free, _) in measured.items()}
    listed = {family: share for family, (_, share) in measured.items() if share is not None}
    result: dict[str, Any] = {
        "seed": SEED,
        "questions_per_family": count,
        "skills": {skill: round(sum(families[f] for f in parts) / len(parts), 3) for skill, parts in SKILLS.items()},
        "families": families,
        "most_probable_of_listed": listed,
        "held_out_text": {name: perplexity(model, tokenizer, texts) for name, texts in held_out_texts().items()},
    }
    if with_lora:
        from pipeline.bases.pocket.adapting import compare_after_lora

        result["after_lora"] = compare_after_lora(folder)
    write_json(target, result)
    print(result, f"{time.monotonic() - started:.0f} s")
