"""Tasks whose rule is only shown by examples."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.bases.pocket import labels as names
from pipeline.bases.pocket.choosing import some_intents
from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.lexicon import Intent
from pipeline.bases.pocket.scribe import Scribe


def pattern(scribe: Scribe, cases: int) -> Task:
    """A change of words that the examples show: a fixed ending, brackets, upper case ..."""
    a, b = scribe.token(), scribe.token()
    changes: list[Callable[[str], str]] = [
        lambda x: f"{a} {x}",
        lambda x: f"{x} {a}",
        lambda x: f"{a} {x} {b}",
        lambda x: f"({x})",
        lambda x: f"<{x}>",
        str.upper,
        str.capitalize,
        lambda x: f"{x} {x}",
        lambda x: f"{a}: {x}",
        lambda x: f"{x} = {a}",
        lambda x: x.split()[0],
        lambda x: x.split()[-1],
        lambda x: " ".join(reversed(x.split())),
        lambda x: x.replace(" ", "-"),
        lambda x: x.replace(" ", ", "),
        lambda x: x,
        lambda x: f"{x} {x} {x}",
        lambda _x: a,
    ]
    change = scribe.pick(changes)
    count = scribe.rng.randint(1, 4)
    given = [" ".join(scribe.word() for _ in range(count)) for _ in range(max(cases, 3))]
    return Task("few_shot_pattern", scribe.ask("ask_follow"), [(g, change(g)) for g in given], is_noise=True)


def intents_by_example(scribe: Scribe, cases: int) -> Task:
    """Messages with labels, meaningful or nonsense; the last one's is shown by another message of its intent."""
    intents = some_intents(scribe, scribe.rng.randint(2, 4))
    plain = [scribe.nonsense() for _ in intents] if scribe.chance(0.4) else names.intent_labels(scribe, intents)
    spelled = names.styled(scribe, plain)
    shown = [(i, x) for i, x in zip(intents, spelled, strict=True) for _ in range(scribe.rng.randint(1, 2))]
    scribe.rng.shuffle(shown)
    rest = [scribe.pick(shown) for _ in range(max(1, cases - len(shown)))]
    rows = [(_by(scribe, i), x) for i, x in shown + rest]
    return Task("few_shot_intent", scribe.ask("ask_follow"), rows)


def _by(scribe: Scribe, intent: Intent) -> str:
    return scribe.message(intent, short=True)


def kinds_by_example(scribe: Scribe, cases: int) -> Task:
    """Words with a label that stands for their kind."""
    by_kind: dict[str, list[str]] = {}
    for _ in range(150):
        meaning = scribe.pick(scribe.lexicon.meanings)
        if meaning.kind:
            by_kind.setdefault(meaning.kind, []).append(scribe.pick(meaning.words))
    rich = [k for k, words in by_kind.items() if len(words) >= 4]
    kinds = scribe.rng.sample(rich, min(len(rich), scribe.rng.randint(2, 3)))
    marks = kinds if scribe.chance(0.5) else scribe.distinct(len(kinds), scribe.nonsense)
    rows = [(scribe.pick(by_kind[k]), m) for k, m in zip(kinds, marks, strict=True) for _ in range(3)]
    scribe.rng.shuffle(rows)
    return Task("few_shot_kind", scribe.ask("ask_follow"), rows[: max(cases, 5)])


def repeated(scribe: Scribe, cases: int) -> Task:
    """The last input is one of the examples: its answer is known."""
    keys = scribe.distinct(
        scribe.rng.randint(2, 12),
        scribe.pick([scribe.word, scribe.nonsense, scribe.sentence, lambda: f"{scribe.word()} {scribe.word()}"]),
    )
    table = {k: scribe.pick([scribe.word, scribe.nonsense, scribe.digits])() for k in keys}
    rows = list(table.items()) + [scribe.pick(list(table.items())) for _ in range(max(1, cases - len(table)))]
    return Task("few_shot_known", scribe.ask("ask_follow"), rows, is_noise=True)
