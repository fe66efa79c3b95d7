"""What the pretraining is worth for a user's first task: the same LoRA on the pocket base and on random weights."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from pipeline.bases.pocket.document import END, START
from pipeline.bases.pocket.evaluate import SEED, Greedy, Question, exact_match, load_model
from pipeline.bases.pocket.lexicon import Intent, load
from pipeline.bases.pocket.pretrain import new_model
from pipeline.bases.pocket.recipe import read_recipe
from pipeline.bases.pocket.scribe import Scribe

LABELS, ROWS_PER_LABEL, TEST_ROWS, EPOCHS, BATCH, RATE, RANK = 12, 12, 240, 6, 8, 2e-3, 16


@dataclass(frozen=True)
class SmallTask:
    """Messages with labels, by their intents: rows to learn from and rows to be measured on."""

    train: list[Question]
    test: list[Question]


def small_task() -> SmallTask:
    """A fresh sorting task of twelve held-out intents, with the label list in the prompt.

    The rows to learn from use other phrasings than the rows to be measured on.
    """
    scribe = Scribe(load("heldout"), random.Random(f"{SEED}:lora"))
    intents = _distinct_intents(scribe)
    labels = [i.situation.long[0].replace("{o}", i.thing.names[0]) for i in intents]
    head = f"{START}system\nSort the message. Labels: {', '.join(labels)}{END}\n"

    def rows(count: int, *, is_test: bool) -> list[Question]:
        found = []
        for n in range(count):
            intent = intents[n % LABELS]
            text = scribe.message(_with_phrasings(intent, is_test=is_test))
            found.append(Question(f"{head}{START}user\n{text}{END}\n{START}assistant\n", labels[n % LABELS]))
        return found

    return SmallTask(rows(LABELS * ROWS_PER_LABEL, is_test=False), rows(TEST_ROWS, is_test=True))


def _distinct_intents(scribe: Scribe) -> list[Intent]:
    chosen: dict[str, Intent] = {}
    things: set[str] = set()
    for intent in scribe.rng.sample(scribe.lexicon.intents, len(scribe.lexicon.intents)):
        if (
            intent.situation.name not in chosen
            and intent.thing.names[0] not in things
            and len(intent.situation.says) >= 4
        ):
            chosen[intent.situation.name] = intent
            things.add(intent.thing.names[0])
    return list(chosen.values())[:LABELS]


def _with_phrasings(intent: Intent, *, is_test: bool) -> Intent:
    s = intent.situation
    half = len(s.says) // 2
    says = s.says[half:] if is_test else s.says[:half]
    return Intent(intent.thing, type(s)(s.name, s.act, s.mood, s.short, s.long, says))


def compare_after_lora(folder: Path) -> dict[str, Any]:
    """Accuracy on the small task before and after LoRA, for pocket and for random weights of the same shape."""
    task = small_task()
    model, tokenizer = load_model(folder)
    before = exact_match(Greedy(model, tokenizer), task.test)
    pocket = _accuracy_after(model, tokenizer, task)
    random_weights = _accuracy_after(new_model(read_recipe(), seed=SEED), tokenizer, task)
    return {
        "labels": LABELS,
        "train_rows": len(task.train),
        "test_rows": len(task.test),
        "settings": {"rank": RANK, "alpha": 2 * RANK, "learning_rate": RATE, "epochs": EPOCHS, "batch": BATCH},
        "pocket_before": round(before, 3),
        "pocket_after": round(pocket, 3),
        "random_weights_after": round(random_weights, 3),
    }


def _accuracy_after(model: Any, tokenizer: Any, task: SmallTask) -> float:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(SEED)
    tuned = get_peft_model(
        model, LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=RATE, weight_decay=0.0)
    rng, steps = random.Random(SEED), EPOCHS * -(-len(task.train) // BATCH)
    step = 0
    tuned.train()
    for _ in range(EPOCHS):
        rows = rng.sample(task.train, len(task.train))
        for at in range(0, len(rows), BATCH):
            optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
            _answer_loss(tuned, tokenizer, rows[at : at + BATCH]).backward()
            optimizer.step()
            optimizer.zero_grad()
            step += 1
    return exact_match(Greedy(tuned, tokenizer), task.test)


def _answer_loss(model: Any, tokenizer: Any, rows: list[Question]) -> torch.Tensor:
    prompts = [tokenizer.encode(q.prompt).ids for q in rows]
    answers = [tokenizer.encode(q.answer + END).ids for q in rows]
    longest = max(len(p) + len(a) for p, a in zip(prompts, answers, strict=True))
    ids_bt = torch.zeros((len(rows), longest), dtype=torch.long)
    targets_bt = torch.full((len(rows), longest), -100)
    for n, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        size = len(prompt) + len(answer)
        ids_bt[n, :size] = torch.tensor(prompt + answer)
        targets_bt[n, len(prompt) : size] = torch.tensor(answer)
    logits_btv = model(input_ids=ids_bt).logits
    return cross_entropy(logits_btv[:, :-1].flatten(0, 1), targets_bt[:, 1:].flatten())
