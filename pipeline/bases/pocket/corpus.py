"""The pretraining text: which families in which shares, in shards that depend on seed and number only."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.bases.pocket import bridging, choosing, copying, document, fewshot, looking_up, prose, replying
from pipeline.bases.pocket.document import Document, Task
from pipeline.bases.pocket.lexicon import load
from pipeline.bases.pocket.scribe import Scribe

Shares = tuple[float, float, float, float]  # in text that is bare, all, last, or has more lists of labels
TASKS: dict[str, tuple[Callable[[Scribe, int], Task], Shares]] = {
    "copy": (copying.copy, (8, 12, 24, 24)),
    "rewrite": (copying.rewrite, (2, 3, 8, 6)),
    "frame": (copying.frame, (0.5, 3, 8, 6)),
    "items": (copying.items, (0.5, 1.5, 3, 3)),
    "replace": (copying.replace, (0.5, 1.5, 3, 3)),
    "choose_intent": (choosing.choose_intent, (4, 12, 12, 20)),
    "choose_situation": (choosing.choose_situation, (1, 3, 3, 4)),
    "choose_thing": (choosing.choose_thing, (1, 3, 3, 4)),
    "choose_writer": (choosing.choose_writer, (0, 0.5, 0.5, 0.5)),
    "choose_by_keyword": (choosing.choose_by_keyword, (3, 7, 7, 14)),
    "choose_named": (choosing.choose_named, (4, 8, 8, 16)),
    "choose_kind": (choosing.choose_kind, (0.5, 1, 1, 1)),
    "choose_word": (choosing.choose_word, (0.5, 1, 1, 1)),
    "look_up": (looking_up.look_up, (4, 10, 10, 12)),
    "extract": (looking_up.extract, (3, 4, 6, 6)),
    "json": (looking_up.as_json, (2, 4, 8, 8)),
    "yes_or_no": (looking_up.yes_or_no, (0, 0.3, 0.3, 0.3)),
    "few_shot_pattern": (fewshot.pattern, (1, 3, 4, 4)),
    "few_shot_intent": (fewshot.intents_by_example, (1, 3, 3, 3)),
    "few_shot_kind": (fewshot.kinds_by_example, (0.5, 0.7, 0.7, 0.7)),
    "few_shot_known": (fewshot.repeated, (3, 8, 8, 8)),
    "dense": (bridging.dense, (60, 20, 20, 16)),
    "reply": (replying.reply, (0.5, 2, 2, 2)),
}
PROSE: dict[str, tuple[Callable[[Scribe, int], Document], Shares]] = {
    "dictionary": (prose.dictionary, (0.5, 2, 4, 3)),
    "kinds": (prose.kinds, (0.5, 0.5, 0.5, 0.5)),
    "talk": (prose.talk, (0.5, 2, 3, 2)),
    "messages": (prose.messages, (1, 3, 5, 4)),
    "diary": (prose.diary, (0.5, 1.5, 1.5, 1)),
    "repeats": (prose.repeats, (0.5, 2, 2, 2)),
    "recalls": (prose.recalls, (1, 3, 3, 3)),
}
_NAMES = [*TASKS, *PROSE]


def shares(text: str) -> list[float]:
    """What the families weigh in text of this kind, "bare", "all", "last" or "lists"."""
    column = ["bare", "all", "last", "lists"].index(text)
    return [weights[column] for _, weights in (*TASKS.values(), *PROSE.values())]


@dataclass(frozen=True)
class Written:
    """A document and the natural sentences in it, as they were before typing slips."""

    document: Document
    sentences: list[str]


def write_shard(seed: int, number: int, *, text: str = "all", part: str = "train") -> Iterator[Written]:
    """Endless documents of shard `number`; the same for the same arguments."""
    rng = random.Random(f"{seed}:{part}:{number}")
    lexicon, weights = load(part), shares(text)
    while True:
        scribe = Scribe(lexicon, rng)
        name = rng.choices(_NAMES, weights)[0]
        yield Written(write(scribe, name), scribe.written)


def write(scribe: Scribe, name: str) -> Document:
    """One document of a family."""
    if name in PROSE:
        return PROSE[name][0](scribe, scribe.pick([1, 3, 6, 12, 12, 20, 40]))
    make = TASKS[name][0]
    if name.startswith("few_shot"):
        task = make(scribe, scribe.rng.randint(3, 9))
        layout = scribe.rng.random()
        if layout < 0.6:
            return document.as_examples(task, scribe)
        return document.as_chat(task, scribe) if layout < 0.85 else document.as_plain(task, scribe)
    task = make(scribe, scribe.pick([1, 1, 2, 4, 6, 8, 8, 12]))
    if name == "dense":
        return document.as_chat(task, scribe) if scribe.chance(0.7) else document.as_plain(task, scribe)
    layout = scribe.rng.random()
    if layout < 0.8 or len(task.cases) < 2:
        return document.as_chat(task, scribe)
    return document.as_plain(task, scribe) if layout < 0.9 else document.as_examples(task, scribe)
