"""Tasks at their barest and densest: many short turns over one small list, so that finding is learned first.

Copying came from repeats alone; to find what a question names took more tokens than we had until these were mixed in.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.bases.pocket import labels as names
from pipeline.bases.pocket.choosing import some_intents
from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.scribe import Scribe

EASY_WORDS = 200


def dense(scribe: Scribe, cases: int) -> Task:
    """One of the bare tasks, with many turns."""
    make = scribe.pick([_look_up, _look_up, _named, _named, _keyword, _known, _intent])
    return make(scribe, max(cases, scribe.rng.randint(6, 16)))


def _maker(scribe: Scribe) -> Callable[[], str]:
    """Words of few tokens; half of the time from few words, which is what makes finding them quick to learn."""
    words = scribe.lexicon.words[:EASY_WORDS] if scribe.chance(0.5) else scribe.lexicon.words
    return lambda: scribe.pick(words)


def _look_up(scribe: Scribe, cases: int) -> Task:
    make = _maker(scribe)
    keys = scribe.distinct(scribe.pick([2, 3, 4, 6, 8, 12, cases]), make)
    values: list[Callable[[], str]] = [make, make, lambda: scribe.digits(1, 2)]
    value = scribe.pick(values)
    table = {key: value() for key in keys}
    glue, end = scribe.pick([(": ", "\n"), (" = ", "\n"), (" ", "\n"), (" -> ", "\n"), (": ", ", "), ("=", "; ")])
    asked = scribe.rng.sample(keys, len(keys))  # once each: an earlier turn must not tell the answer
    material = end.join(f"{k}{glue}{v}" for k, v in table.items())
    return Task("dense", scribe.ask("ask_look_up"), [(k, table[k]) for k in asked], material, is_noise=True)


def _named(scribe: Scribe, cases: int) -> Task:
    make = _maker(scribe)
    options = scribe.distinct(scribe.pick([2, 3, 4, 6, 8, 12, cases]), make)
    rows = []
    for label in scribe.rng.sample(options, len(options)):
        words = [w for w in (make() for _ in range(scribe.rng.randint(0, 5))) if w not in options]
        words.insert(scribe.rng.randint(0, len(words)), label)
        rows.append((" ".join(words), label))
    return Task("dense", scribe.ask("ask_label"), rows, names.listed(scribe, options), is_noise=True)


def _keyword(scribe: Scribe, cases: int) -> Task:
    make = _maker(scribe)
    count = scribe.pick([2, 3, 4, 6, 8, min(12, cases)])
    words = scribe.distinct(3 * count, make)
    options = words[:count]
    hints = [words[count + n :: count] for n in range(count)]
    rows = []
    for n in scribe.rng.sample(range(count), count):
        rows.append((scribe.pick(hints[n]), options[n]))
    return Task(
        "dense",
        scribe.ask("ask_label"),
        rows,
        names.described(scribe, options, [", ".join(h) for h in hints]),
        is_noise=True,
    )


def _known(scribe: Scribe, cases: int) -> Task:
    make = _maker(scribe)
    keys = scribe.distinct(scribe.rng.randint(2, 5), make)
    table = {key: make() for key in keys}
    rows = [(k, table[k]) for k in keys] + [(k, table[k]) for k in (scribe.pick(keys) for _ in range(cases))]
    return Task("few_shot_dense", scribe.ask("ask_follow"), rows, is_noise=True)


def _intent(scribe: Scribe, cases: int) -> Task:
    intents = some_intents(scribe, scribe.pick([2, 3, 4, 6, 8]))
    spelled = names.styled(scribe, names.intent_labels(scribe, intents))
    rows = []
    for n in scribe.rng.sample(range(len(intents)), min(cases, len(intents))):
        rows.append((scribe.core(intents[n]), spelled[n]))
    scribe.written += [text for text, _ in rows]
    return Task("dense", scribe.ask("ask_label"), rows, names.listed(scribe, spelled))
