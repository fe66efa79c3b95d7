"""Tasks that find something: a value in a table, a field in a message, a rule in examples."""

from __future__ import annotations

import json
from collections.abc import Callable

from pipeline.bases.pocket import labels as names
from pipeline.bases.pocket.choosing import some_intents
from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.scribe import Scribe


def look_up(scribe: Scribe, cases: int) -> Task:
    """Key -> its value in a table of the prompt."""
    count = scribe.pick([2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40, 60])
    makers: list[Callable[[], str]] = [
        scribe.word,
        scribe.nonsense,
        scribe.code,
        scribe.full_name,
        lambda: scribe.listed("cities"),
        lambda: scribe.listed("first_names"),
        lambda: scribe.listed("nouns"),
        scribe.digits,
    ]
    values: list[Callable[[], str]] = [
        scribe.word,
        scribe.digits,
        scribe.code,
        scribe.amount,
        scribe.date,
        scribe.time,
        scribe.nonsense,
        lambda: scribe.listed("colours"),
        scribe.email,
        lambda: f"{scribe.word()} {scribe.word()}",
    ]
    keys, make_value = scribe.distinct(count, scribe.pick(makers)), scribe.pick(values)
    table = {key: make_value() for key in keys}
    asked = [scribe.pick(keys) for _ in range(cases)]
    if scribe.chance(0.2):
        backwards = {v: k for k, v in table.items() if list(table.values()).count(v) == 1}
        if backwards:
            wanted = [scribe.pick(list(backwards)) for _ in range(cases)]
            return Task(
                "look_up",
                scribe.spin("[Find|Give|Look up] the [name|entry|key] [that has|with|for] the value."),
                [(v, backwards[v]) for v in wanted],
                _table(scribe, table),
                is_noise=True,
            )
    frame = scribe.pick(
        ["{k}", "{k}", "{k}?", "What is {k}?", "What does the list say for {k}?", "value of {k}", "Find {k}.", "{k}:"]
    )
    said = scribe.ask("ask_look_up")
    return Task(
        "look_up", said, [(frame.replace("{k}", k), table[k]) for k in asked], _table(scribe, table), is_noise=True
    )


def _table(scribe: Scribe, table: dict[str, str]) -> str:
    way = scribe.rng.randrange(7)
    if way == 0:
        return json.dumps(table, ensure_ascii=False)
    if way == 1:
        return "| key | value |\n|---|---|\n" + "\n".join(f"| {k} | {v} |" for k, v in table.items())
    if way == 2:
        return " ".join(
            scribe.spin("[The value of {k} is {v}.|{k} is {v}.|{k} has {v}.]", k=k, v=v) for k, v in table.items()
        )
    glue, end = scribe.pick(
        [(": ", "\n"), (" = ", "\n"), (" -> ", "\n"), ("\t", "\n"), (":", ", "), ("=", "; "), (", ", "\n")]
    )
    return end.join(f"{k}{glue}{v}" for k, v in table.items())


def _fields(scribe: Scribe) -> dict[str, Callable[[], str]]:
    return {
        "name": scribe.full_name,
        "first name": lambda: scribe.listed("first_names"),
        "city": lambda: scribe.listed("cities"),
        "country": lambda: scribe.listed("countries"),
        "order number": scribe.code,
        "amount": scribe.amount,
        "date": scribe.date,
        "time": scribe.time,
        "email": scribe.email,
        "day": lambda: scribe.listed("days"),
        "company": scribe.company,
        "colour": lambda: scribe.listed("colours"),
        "address": scribe.street,
        "product": lambda: scribe.listed("nouns"),
        "phone": lambda: scribe.digits(7, 10),
    }


def _letter(scribe: Scribe, facts: dict[str, str]) -> str:
    said = [scribe.spin(scribe.pick(scribe.lexicon.phrases["facts"][field]), v=value) for field, value in facts.items()]
    extra = [scribe.core(scribe.pick(scribe.lexicon.intents)) for _ in range(scribe.pick([0, 0, 1, 1, 2]))]
    scribe.written += extra
    sentences = said + [e[:1].upper() + e[1:] for e in extra]
    scribe.rng.shuffle(sentences)
    return " ".join(sentences)


def _some_facts(scribe: Scribe, fields: list[str]) -> dict[str, str]:
    makers = _fields(scribe)
    return {field: makers[field]() for field in fields}


def _no_slots(fields: list[str]) -> list[str]:
    return [f for f in fields if not (f == "first name" and "name" in fields) and not (f == "day" and "date" in fields)]


def extract(scribe: Scribe, cases: int) -> Task:
    """Message -> one field of it."""
    fields = _no_slots(scribe.rng.sample(list(scribe.lexicon.phrases["facts"]), scribe.rng.randint(1, 4)))
    wanted = scribe.pick(fields)
    rows = []
    for _ in range(cases):
        facts = _some_facts(scribe, fields)
        rows.append((_letter(scribe, facts), facts[wanted]))
    said = scribe.spin(
        scribe.pick(
            [
                "[Find|Give|Extract|Return|Write] [only |]the {f} [in|from|of] the [message|text].",
                "What is the {f}?",
                "Which {f} does the [text|message] [name|give]?",
                "{f}?",
            ]
        ),
        f=wanted,
    )
    return Task("extract", said, rows)


def as_json(scribe: Scribe, cases: int) -> Task:
    """Message -> a JSON object with the fields asked for, or with the label."""
    if scribe.chance(0.3):
        return _label_json(scribe, cases)
    fields = _no_slots(scribe.rng.sample(list(scribe.lexicon.phrases["facts"]), scribe.rng.randint(1, 5)))
    wanted = scribe.rng.sample(fields, scribe.rng.randint(1, len(fields)))
    keys = [f.replace(" ", scribe.pick(["_", "_", " "])) for f in wanted]
    rows = []
    for _ in range(cases):
        facts = _some_facts(scribe, fields)
        rows.append(
            (
                _letter(scribe, facts),
                json.dumps({k: facts[f] for k, f in zip(keys, wanted, strict=True)}, ensure_ascii=False),
            )
        )
    shape = scribe.pick(
        [
            "{" + ", ".join(f'"{k}": "..."' for k in keys) + "}",
            "{" + ", ".join(f'"{k}": ""' for k in keys) + "}",
            ", ".join(f'"{k}"' for k in keys),
            ", ".join(keys),
        ]
    )
    said = scribe.spin(
        "[Fill in|Complete|Write|Return|Answer with] [the |]JSON [from the message|with these fields|with these keys|]:"
    )
    return Task("json", said, rows, shape)


def _label_json(scribe: Scribe, cases: int) -> Task:
    intents = some_intents(scribe, scribe.rng.randint(2, 10))
    spelled = names.styled(scribe, names.intent_labels(scribe, intents))
    key = scribe.pick(["label", "category", "topic", "intent", "class", "answer", scribe.word()])
    rows = []
    for _ in range(cases):
        n = scribe.rng.randrange(len(intents))
        rows.append((scribe.message(intents[n]), json.dumps({key: spelled[n]}, ensure_ascii=False)))
    said = scribe.spin(
        "[Answer|Reply] with JSON: {s}. [Labels|The label is one of|Choose from]:", s='"' + key + '": label'
    )
    return Task("json", said, rows, names.listed(scribe, spelled))


def yes_or_no(scribe: Scribe, cases: int) -> Task:
    """Does the text hold the word, is the word in the list?"""
    rows = []
    yes, no = scribe.pick([("yes", "no"), ("Yes", "No"), ("true", "false"), ("Y", "N")])
    for _ in range(cases):
        words = scribe.distinct(scribe.rng.randint(3, 10), scribe.word)
        inside = scribe.chance(0.5)
        asked = scribe.pick(words) if inside else scribe.word()
        rows.append((f"{', '.join(words)}\n{asked}", yes if asked in words else no))
    said = f"Is the last word one of the words in the list? Answer {yes} or {no}."
    return Task("yes_or_no", said, rows, is_noise=True)
