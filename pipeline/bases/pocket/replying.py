"""Tasks that answer a customer in a stated manner."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.scribe import Scribe


def reply(scribe: Scribe, cases: int) -> Task:
    """Answer in the house's manner: its greeting, its ending, its length, named words."""
    p = scribe.lexicon.phrases
    greeting, ending = scribe.spin(scribe.pick(p["greetings"])), scribe.spin(scribe.pick(p["signoffs"]))
    rules, build = scribe.pick([_plain, _framed, _framed, _framed, _short, _with_ticket])(scribe, greeting, ending)
    rows = []
    for _ in range(cases):
        intent = scribe.pick(scribe.lexicon.intents)
        name = scribe.object_name(intent)
        given = scribe.message(intent) if scribe.chance(0.5) else scribe.core(intent, name=name)
        rows.append((given[:1].upper() + given[1:], build(scribe.reply(intent, name=name))))
    said = f"{scribe.ask('ask_reply')} {rules}".strip()
    return Task("reply", said, rows)


def _plain(_scribe: Scribe, _greeting: str, _ending: str) -> tuple[str, Callable[[list[str]], str]]:
    return "", " ".join


def _framed(scribe: Scribe, greeting: str, ending: str) -> tuple[str, Callable[[list[str]], str]]:
    glue = scribe.pick([" ", "\n"])
    said = scribe.spin('[Begin|Start|Open] with "{a}" and [end|close|finish] with "{b}".', a=greeting, b=ending)
    said += " Use separate lines." if glue == "\n" else ""
    return said, lambda sentences: glue.join([greeting, " ".join(sentences), ending])


def _short(scribe: Scribe, _greeting: str, _ending: str) -> tuple[str, Callable[[list[str]], str]]:
    return scribe.spin("[Be brief|One sentence only|Keep it short]."), lambda sentences: sentences[-1]


def _with_ticket(scribe: Scribe, _greeting: str, _ending: str) -> tuple[str, Callable[[list[str]], str]]:
    code = scribe.code()
    said = scribe.spin("[Name|Mention|Put] the ticket {c} [first|at the start].", c=code)
    return said, lambda sentences: f"{code}: " + " ".join(sentences)
