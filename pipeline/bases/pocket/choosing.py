"""Tasks that choose one label of a list in the prompt."""

from __future__ import annotations

from pipeline.bases.pocket import labels as names
from pipeline.bases.pocket.copying import snippet
from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.lexicon import Intent
from pipeline.bases.pocket.scribe import Scribe


def size(scribe: Scribe, most: int = 80) -> int:
    """How many labels: mostly few, sometimes many."""
    return min(most, scribe.pick([2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10, 10, 12, 15, 20, 30, 45, 60, 80]))


def some_intents(scribe: Scribe, count: int) -> list[Intent]:
    """Intents for one list: from everywhere, of one topic, of one thing, or of one situation, without twins."""
    pool = scribe.lexicon.intents
    way = scribe.rng.random()
    first = scribe.pick(pool)
    if way < 0.3:
        near = [i for i in pool if i.thing.topic == first.thing.topic]
    elif way < 0.4:
        near = [i for i in pool if i.thing.names == first.thing.names]
    elif way < 0.5:
        near = [i for i in pool if i.situation.name == first.situation.name]
    else:
        near = []
    chosen = {(first.situation.name, first.thing.names[0]): first}
    for intent in scribe.rng.sample(near, min(len(near), count)):
        chosen.setdefault((intent.situation.name, intent.thing.names[0]), intent)
    while len(chosen) < count:
        intent = scribe.pick(pool)
        chosen.setdefault((intent.situation.name, intent.thing.names[0]), intent)
    found = list(chosen.values())[:count]
    scribe.rng.shuffle(found)
    return found


def choose_intent(scribe: Scribe, cases: int) -> Task:
    """Message -> the label that means it, said in other words."""
    intents = some_intents(scribe, size(scribe))
    spelled = names.styled(scribe, names.intent_labels(scribe, intents))
    return _task(scribe, "choose_intent", [(i, x) for i, x in zip(intents, spelled, strict=True)], spelled, cases)


def choose_situation(scribe: Scribe, cases: int) -> Task:
    """Message -> what is the matter, whatever the thing."""
    by_name: dict[str, list[Intent]] = {}
    for intent in scribe.rng.sample(scribe.lexicon.intents, min(150, len(scribe.lexicon.intents))):
        by_name.setdefault(intent.situation.name, []).append(intent)
    chosen = scribe.rng.sample(list(by_name), min(size(scribe, 40), len(by_name)))
    spelled = names.styled(scribe, [scribe.pick(by_name[n][0].situation.short) for n in chosen])
    pairs = [(i, x) for n, x in zip(chosen, spelled, strict=True) for i in by_name[n]]
    return _task(scribe, "choose_situation", pairs, spelled, cases)


def choose_thing(scribe: Scribe, cases: int) -> Task:
    """Message -> the thing it is about, by another of its names where it has one, or its topic."""
    by_key: dict[str, list[Intent]] = {}
    is_topic = scribe.chance(0.4)
    for intent in scribe.rng.sample(scribe.lexicon.intents, min(200, len(scribe.lexicon.intents))):
        by_key.setdefault(intent.thing.topic if is_topic else intent.thing.names[0], []).append(intent)
    chosen = scribe.rng.sample(list(by_key), min(size(scribe, 40), len(by_key)))
    plain = [n if is_topic else scribe.pick(by_key[n][0].thing.names) for n in chosen]
    spelled = names.styled(scribe, plain)
    pairs = [(i, x) for n, x in zip(chosen, spelled, strict=True) for i in by_key[n]]
    return _task(scribe, "choose_thing", pairs, spelled, cases)


def choose_writer(scribe: Scribe, cases: int) -> Task:
    """Message -> question, problem, request or praise; or the writer's mood."""
    if scribe.chance(0.5):
        meaning = {
            "problem": ["problem", "complaint", "trouble"],
            "question": ["question", "asking"],
            "request": ["request", "wish"],
            "praise": ["praise", "compliment"],
        }
    else:
        meaning = {
            "bad": ["negative", "unhappy", "bad"],
            "plain": ["neutral", "plain"],
            "good": ["positive", "happy", "good"],
        }
    level = scribe.rng.randrange(2)
    keys = list(meaning)
    scribe.rng.shuffle(keys)
    spelled = names.styled(scribe, [meaning[k][min(level, len(meaning[k]) - 1)] for k in keys])
    by_key = dict(zip(keys, spelled, strict=True))
    chosen = [scribe.pick(keys) for _ in range(cases)]
    pool = scribe.rng.sample(scribe.lexicon.intents, min(400, len(scribe.lexicon.intents)))
    found = [
        next((i for i in pool[n:] if k in (i.situation.act, i.situation.mood)), None) for n, k in enumerate(chosen)
    ]
    rows = [(scribe.message(i), by_key[k]) for i, k in zip(found, chosen, strict=True) if i is not None]
    return Task(
        "choose_writer",
        instruction(scribe),
        rows or [(scribe.message(pool[0]), by_key.get(pool[0].situation.act, by_key.get(pool[0].situation.mood, "")))],
        names.listed(scribe, spelled),
        options=tuple(spelled),
    )


def choose_by_keyword(scribe: Scribe, cases: int) -> Task:
    """Text -> the label whose stated keywords it holds; labels are words, nonsense or codes."""
    count = size(scribe, 30)
    make = scribe.pick(
        [
            scribe.word,
            scribe.nonsense,
            scribe.code,
            lambda: f"{scribe.word()} {scribe.word()}",
            lambda: f"{scribe.nonsense()} {scribe.word()}",
        ]
    )
    labels = scribe.distinct(count, make)
    spelled = names.styled(scribe, labels) if make != scribe.code else labels
    keywords = scribe.distinct(len(labels) * 3, scribe.word)
    per_label = 1 if len(keywords) < 3 * len(labels) else scribe.rng.randint(1, 3)
    hints = [keywords[n * per_label : (n + 1) * per_label] for n in range(len(labels))]
    rows = []
    for _ in range(cases):
        n = scribe.rng.randrange(len(spelled))
        rows.append((_around(scribe, scribe.pick(hints[n])), spelled[n]))
    material = names.described(scribe, spelled, [", ".join(h) for h in hints])
    return Task("choose_by_keyword", instruction(scribe), rows, material, is_noise=True, options=tuple(spelled))


def choose_named(scribe: Scribe, cases: int) -> Task:
    """Text -> the label whose own words it holds."""
    make = scribe.pick(
        [
            scribe.word,
            scribe.nonsense,
            lambda: f"{scribe.word()} {scribe.word()}",
            lambda: scribe.listed("cities"),
            lambda: scribe.listed("nouns"),
        ]
    )
    plain = scribe.distinct(size(scribe), make)
    spelled = names.styled(scribe, plain)
    rows = []
    for _ in range(cases):
        n = scribe.rng.randrange(len(plain))
        rows.append((_around(scribe, plain[n]), spelled[n]))
    listed = names.listed(scribe, spelled)
    return Task("choose_named", instruction(scribe), rows, listed, is_noise=True, options=tuple(spelled))


def choose_kind(scribe: Scribe, cases: int) -> Task:
    """Word -> its kind (animal, food, feeling ...), or its more general word in WordNet."""
    everything = scribe.lexicon.all_meanings
    by_label: dict[str, list[str]] = {}
    is_broad = scribe.chance(0.5)
    for _ in range(120):
        meaning = scribe.pick(scribe.lexicon.meanings)
        if meaning.part_of_speech != "n" or (not is_broad and not meaning.above):
            continue
        label = meaning.kind if is_broad else everything[meaning.above[0]].words[0]
        if label:
            by_label.setdefault(label, []).append(scribe.pick(meaning.words) if scribe.chance(0.5) else meaning.gloss)
    chosen = scribe.rng.sample(list(by_label), min(size(scribe, 15), len(by_label)))
    spelled = dict(zip(chosen, names.styled(scribe, chosen), strict=True))
    keys = [scribe.pick(chosen) for _ in range(cases)]
    said = scribe.spin(
        scribe.pick(
            [
                "What kind of thing is it?",
                "[Sort|Put] [the word|it] into [the right kind|one of these].",
                "Which of these is it a kind of?",
                "Choose the kind [that fits|].",
            ]
        )
    )
    return Task(
        "choose_kind",
        said,
        [(scribe.pick(by_label[k]), spelled[k]) for k in keys],
        names.listed(scribe, list(spelled.values())),
        options=tuple(spelled.values()),
    )


def choose_word(scribe: Scribe, cases: int) -> Task:
    """Definition -> the word of the list that it defines, or the word -> one that means the same."""
    meanings = [scribe.pick(scribe.lexicon.meanings) for _ in range(size(scribe, 10) * 2)]
    is_same = scribe.chance(0.4)
    meanings = [m for m in meanings if len(m.words) > 1] if is_same else meanings[: len(meanings) // 2]
    if len(meanings) < 2:
        return choose_kind(scribe, cases)
    options = list(dict.fromkeys(m.words[0] for m in meanings))
    rows = []
    for _ in range(cases):
        meaning = scribe.pick(meanings)
        rows.append((scribe.pick(meaning.words[1:]) if is_same else meaning.gloss, meaning.words[0]))
    said = scribe.spin(
        "Which [of the words|word] means [the same|nearly the same]?"
        if is_same
        else "Which [of the words|word] [fits|has] this [meaning|definition]?"
    )
    return Task("choose_word", said, rows, names.listed(scribe, options), options=tuple(options))


def _around(scribe: Scribe, keyword: str) -> str:
    if scribe.chance(0.2):
        return keyword
    words = snippet(scribe, 8).split()
    words.insert(scribe.rng.randint(0, len(words)), keyword)
    return " ".join(words)


def _task(scribe: Scribe, family: str, pairs: list[tuple[Intent, str]], spelled: list[str], cases: int) -> Task:
    rows = []
    for _ in range(cases):
        intent, label = scribe.pick(pairs)
        rows.append((scribe.message(intent, short=scribe.chance(0.5)), label))
    order = list(dict.fromkeys(spelled))
    scribe.rng.shuffle(order)
    return Task(family, instruction(scribe), rows, names.listed(scribe, order), options=tuple(order))


def instruction(scribe: Scribe) -> str:
    """One of many ways to ask for a label."""
    return scribe.ask("ask_label")
