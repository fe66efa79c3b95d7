"""Tasks that copy: as it is, changed by a stated rule, or one piece of it."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.bases.pocket.document import Task
from pipeline.bases.pocket.scribe import Scribe

Rule = tuple[str, Callable[[str], str]]


def snippet(scribe: Scribe, limit: int = 12) -> str:
    """Something to copy: random words, tokens, numbers, or a natural sentence."""
    count = scribe.rng.randint(1, limit)
    draw = scribe.rng.random()
    if draw < 0.3:
        return " ".join(scribe.word() for _ in range(count))
    if draw < 0.5:
        return scribe.pick([" ", " ", ", ", "-", "\n"]).join(scribe.token() for _ in range(count))
    if draw < 0.6:
        return " ".join(scribe.digits() for _ in range(max(1, count // 2)))
    if draw < 0.75:
        return scribe.sentence()
    if draw < 0.9:
        return scribe.message(scribe.pick(scribe.lexicon.intents), short=scribe.chance(0.7))
    return " ".join([scribe.word() for _ in range(count)]).capitalize() + scribe.pick([".", "!", "?"])


def copy(scribe: Scribe, cases: int) -> Task:
    """Repeat the text exactly."""
    limit = scribe.pick([3, 8, 14, 25])
    given = [snippet(scribe, limit) for _ in range(cases)]
    quote = scribe.pick([("", ""), ("", ""), ("", ""), ('"', '"'), ("<", ">"), ("```\n", "\n```")])
    return Task("copy", scribe.ask("ask_copy"), [(quote[0] + g + quote[1], g) for g in given], is_noise=True)


def rewrite(scribe: Scribe, cases: int) -> Task:
    """Change the text by one rule."""
    instruction, change = scribe.pick(_RULES)(scribe)
    given = [_words(scribe) for _ in range(cases)]
    return Task("rewrite", instruction, [(g, change(g)) for g in given], is_noise=True)


def frame(scribe: Scribe, cases: int) -> Task:
    """Put a fixed greeting before the text and a fixed ending after it."""
    p = scribe.lexicon.phrases
    opening, ending = scribe.spin(scribe.pick(p["greetings"])), scribe.spin(scribe.pick(p["signoffs"]))
    glue = scribe.pick([" ", "\n", "\n\n"])
    wanted = scribe.pick(["both", "both", "opening", "ending"])
    said = {
        "both": scribe.spin(p["ask_frame"], a=opening, b=ending),
        "opening": scribe.spin(p["ask_opening"], a=opening),
        "ending": scribe.spin('[Repeat|Write] the text and [end|finish|close] [it |]with "{b}".', b=ending),
    }[wanted]
    if glue != " " and wanted != "opening":
        said += " Use separate lines."
    elif glue != " ":
        said += " Use a separate line for it."
    given = [snippet(scribe, 10).replace("\n", " ") for _ in range(cases)]
    parts = {"both": (opening, ending), "opening": (opening, ""), "ending": ("", ending)}[wanted]
    gap = glue[:1]
    return Task("frame", said, [(g, gap.join(x for x in (parts[0], g, parts[1]) if x)) for g in given], is_noise=True)


def items(scribe: Scribe, cases: int) -> Task:
    """Reverse, join, pick or drop items of a list."""
    joiner = scribe.pick([", ", "; ", " | ", "\n", " "])
    lists = [scribe.distinct(scribe.rng.randint(3, 8), scribe.word) for _ in range(cases)]
    instruction, change = scribe.pick(_LISTS)(scribe, joiner)
    return Task("items", instruction, [(joiner.join(x), change(x)) for x in lists], is_noise=True)


def _words(scribe: Scribe) -> str:
    draw = scribe.rng.random()
    if draw < 0.5:
        return " ".join(scribe.word() for _ in range(scribe.rng.randint(1, 8)))
    return scribe.sentence() if draw < 0.8 else scribe.message(scribe.pick(scribe.lexicon.intents), short=True)


def _upper(scribe: Scribe) -> Rule:
    said = "[Write|Put|Rewrite] the text in [capital letters|capitals|upper case|all caps|block letters]."
    return scribe.spin(said), str.upper


def _lower(scribe: Scribe) -> Rule:
    return scribe.spin("[Write|Put|Rewrite] the text in [lower case|small letters] [only|]."), str.lower


def _prefix(scribe: Scribe) -> Rule:
    mark = scribe.pick(
        [f"{scribe.word().upper()}: ", f"[{scribe.word()}] ", f"{scribe.token()} ", "> ", "* ", f"{scribe.digits()}. "]
    )
    return scribe.spin('[Put|Write|Add] "{m}" [before|in front of] the text.', m=mark.strip()), lambda text: mark + text


def _suffix(scribe: Scribe) -> Rule:
    mark = scribe.pick(
        [
            scribe.word(),
            f"({scribe.word()})",
            f"#{scribe.word()}",
            scribe.token(),
            "!!!",
            f"-- {scribe.listed('first_names')}",
        ]
    )
    return scribe.spin(
        '[Put|Write|Add] "{m}" [after|at the end of|behind] the text.', m=mark
    ), lambda text: f"{text} {mark}"


def _both(scribe: Scribe) -> Rule:
    left, right = scribe.pick(
        [("<<", ">>"), ("[", "]"), ("(", ")"), ('"', '"'), ("*", "*"), ("{", "}"), ("<b>", "</b>"), ("'", "'")]
    )
    said = {
        "[": "square brackets",
        "(": "round brackets",
        '"': "double quotes",
        "{": "curly brackets",
        "'": "single quotes",
    }
    name = said.get(left) if scribe.chance(0.6) else None
    if name:
        return scribe.spin("[Put|Write] the text in {m}.", m=name), lambda text: left + text + right
    return scribe.spin(
        "[Put|Write] {a} before and {b} after the text.", a=left, b=right
    ), lambda text: left + text + right


def _twice(scribe: Scribe) -> Rule:
    glue = scribe.pick([" ", ", ", "\n", " - "])
    said = {" ": "", ", ": ", with a comma between", "\n": ", on two lines", " - ": ", with a dash between"}[glue]
    return scribe.spin("[Write|Say|Repeat] the text [twice|two times]{m}.", m=said), lambda text: text + glue + text


def _separator(scribe: Scribe) -> Rule:
    mark, name = scribe.pick(
        [
            ("_", "an underscore"),
            ("-", "a hyphen"),
            (".", "a dot"),
            ("+", "a plus sign"),
            ("/", "a slash"),
            ("*", "a star"),
            ("", "nothing"),
        ]
    )
    return scribe.spin(
        "Replace [every space|all spaces|each blank] [in the text |]with {m}.", m=name
    ), lambda text: text.replace(" ", mark)


def _first_words(scribe: Scribe) -> Rule:
    number = scribe.rng.randint(1, 3)
    name = ["word", "two words", "three words"][number - 1]
    if scribe.chance(0.6):
        return scribe.spin("[Write|Give|Return] [only |]the first {m} of the text.", m=name), lambda text: " ".join(
            text.split()[:number]
        )
    return scribe.spin("[Write|Give|Return] [only |]the last {m} of the text.", m=name), lambda text: " ".join(
        text.split()[-number:]
    )


def _without_first(scribe: Scribe) -> Rule:
    if scribe.chance(0.5):
        return scribe.spin("[Leave out|Drop|Remove] the first word [of the text|]."), lambda text: " ".join(
            text.split()[1:] or [text]
        )
    return scribe.spin("[Leave out|Drop|Remove] the last word [of the text|]."), lambda text: " ".join(
        text.split()[:-1] or [text]
    )


def _replace_first(scribe: Scribe) -> Rule:
    new = scribe.word()
    return scribe.spin('Replace the first word [of the text |][with|by] "{m}".', m=new), lambda text: " ".join(
        [new, *text.split()[1:]]
    )


_RULES = [
    _upper,
    _lower,
    _prefix,
    _prefix,
    _suffix,
    _suffix,
    _both,
    _twice,
    _separator,
    _first_words,
    _without_first,
    _replace_first,
]


def replace(scribe: Scribe, cases: int) -> Task:
    """Replace one word of the text by another."""
    pairs = []
    old, new = scribe.distinct(2, scribe.word)
    for _ in range(cases):
        words = [w for w in _words(scribe).split() if w != new] or [scribe.word()]
        words.insert(scribe.rng.randint(0, len(words)), old)
        pairs.append((" ".join(words), " ".join(new if w == old else w for w in words)))
    said = scribe.ask("ask_replace", a=old, b=new)
    return Task("replace", said, pairs, is_noise=True)


def _reverse(scribe: Scribe, joiner: str) -> tuple[str, Callable[[list[str]], str]]:
    said = "[Write|Give|Put] the [items|words|list] in reverse order.|Reverse the order of the [items|words|list]."
    return scribe.spin(f"[{said}]"), lambda x: joiner.join(reversed(x))


def _join(scribe: Scribe, _joiner: str) -> tuple[str, Callable[[list[str]], str]]:
    mark, name = scribe.pick(
        [
            (", ", "commas"),
            ("; ", "semicolons"),
            (" / ", "slashes"),
            (" and ", '"and"'),
            ("\n", "line breaks"),
            (" - ", "dashes"),
        ]
    )
    return scribe.spin("[Join|Connect|Separate] the [items|words] with {m}.", m=name), mark.join


def _bullets(scribe: Scribe, _joiner: str) -> tuple[str, Callable[[list[str]], str]]:
    mark = scribe.pick(["- ", "* ", "• ", "> "])
    return scribe.spin(
        '[Write|Put] each [item|word] on its own line after "{m}".', m=mark.strip()
    ), lambda x: "\n".join(mark + w for w in x)


def _numbered(scribe: Scribe, _joiner: str) -> tuple[str, Callable[[list[str]], str]]:
    return scribe.spin("[Number the [items|words]|Make a numbered list of the [items|words]]."), lambda x: "\n".join(
        f"{i}. {w}" for i, w in enumerate(x, 1)
    )


def _nth(scribe: Scribe, _joiner: str) -> tuple[str, Callable[[list[str]], str]]:
    number = scribe.rng.randint(0, 2)
    name = scribe.pick([["first", "second", "third"], ["1st", "2nd", "3rd"]])[number]
    if scribe.chance(0.25):
        return scribe.spin("[Give|Write|Name] [only |]the last [item|word]."), lambda x: x[-1]
    return scribe.spin("[Give|Write|Name] [only |]the {m} [item|word].", m=name), lambda x: x[number]


_LISTS = [_reverse, _reverse, _join, _bullets, _numbered, _nth]
