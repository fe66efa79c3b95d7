"""The pretraining text: which families in which shares, in shards that depend on seed and number only."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.bases.pocket import bridging, choosing, copying, document, fewshot, looking_up, prose, replying
from pipeline.bases.pocket.document import Document, Task
from pipeline.bases.pocket.lexicon import load
from pipeline.bases.pocket.scribe import Scribe

Shares = tuple[float, float, float]  # in the first shards, in those of BRIDGE, in the last
BRIDGE = {*range(26, 31), *range(36, 44)}
TASKS: dict[str, tuple[Callable[[Scribe, int], Task], Shares]] = {
    "copy": (copying.copy, (9, 1, 3)),
    "rewrite": (copying.rewrite, (5, 1, 4)),
    "frame": (copying.frame, (4, 0.5, 3)),
    "items": (copying.items, (3, 0.5, 3)),
    "replace": (copying.replace, (2.5, 0.5, 2.5)),
    "choose_intent": (choosing.choose_intent, (12, 4, 12)),
    "choose_situation": (choosing.choose_situation, (4, 1, 4)),
    "choose_thing": (choosing.choose_thing, (4, 1, 4)),
    "choose_writer": (choosing.choose_writer, (1, 0, 1)),
    "choose_by_keyword": (choosing.choose_by_keyword, (5, 3, 6)),
    "choose_named": (choosing.choose_named, (6, 4, 7)),
    "choose_kind": (choosing.choose_kind, (2.5, 0.5, 2)),
    "choose_word": (choosing.choose_word, (2, 0.5, 1.5)),
    "look_up": (looking_up.look_up, (7, 4, 8)),
    "extract": (looking_up.extract, (4, 2, 4)),
    "json": (looking_up.as_json, (5, 2, 5)),
    "yes_or_no": (looking_up.yes_or_no, (0.5, 0, 0.5)),
    "few_shot_pattern": (fewshot.pattern, (4, 1, 4)),
    "few_shot_intent": (fewshot.intents_by_example, (4, 1, 4)),
    "few_shot_kind": (fewshot.kinds_by_example, (1.5, 0.5, 1)),
    "few_shot_known": (fewshot.repeated, (3, 2, 4)),
    "dense": (bridging.dense, (0, 70, 12)),
    "reply": (replying.reply, (4, 0.5, 4)),
}
PROSE: dict[str, tuple[Callable[[Scribe, int], Document], Shares]] = {
    "dictionary": (prose.dictionary, (5, 0.5, 2)),
    "kinds": (prose.kinds, (2, 0.5, 1)),
    "talk": (prose.talk, (2, 0.5, 2)),
    "messages": (prose.messages, (4, 1, 4)),
    "diary": (prose.diary, (3, 0.5, 2)),
    "repeats": (prose.repeats, (5, 0.5, 1)),
    "recalls": (prose.recalls, (3, 1, 2)),
}
_NAMES = [*TASKS, *PROSE]


def shares(number: int) -> list[float]:
    """What the families weigh in shard `number`."""
    column = 1 if number in BRIDGE else 2 * int(number >= 31)
    return [s[column] for _, s in TASKS.values()] + [s[column] for _, s in PROSE.values()]


@dataclass(frozen=True)
class Written:
    """A document and the natural sentences in it, as they were before typing slips."""

    document: Document
    sentences: list[str]


def write_shard(seed: int, number: int, *, part: str = "train") -> Iterator[Written]:
    """Endless documents of shard `number`; the same for the same arguments."""
    rng = random.Random(f"{seed}:{part}:{number}")
    lexicon, weights = load(part), shares(number)
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
    task = make(scribe, scribe.pick([1, 1, 2, 2, 3, 4, 6, 8]))
    if name == "dense":
        return document.as_chat(task, scribe) if scribe.chance(0.7) else document.as_plain(task, scribe)
    layout = scribe.rng.random()
    if layout < 0.8 or len(task.cases) < 2:
        return document.as_chat(task, scribe)
    return document.as_plain(task, scribe) if layout < 0.9 else document.as_examples(task, scribe)
