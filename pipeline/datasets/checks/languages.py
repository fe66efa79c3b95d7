"""Which language a text is in: by its script, and by small words where the script is Latin. No model, no network.

Short texts without a small word, and texts that two languages could have written, are left undecided: a row is set
aside for its language only where there is no doubt about it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.datasets.checks.treatment import Outcome, examples
from pipeline.datasets.checks.vocabulary import vocabulary
from pipeline.datasets.problem import Fix, Problem, counted, listed
from pipeline.datasets.row import Draft, SetAside

UNKNOWN = ""
_READ = 2_000  # characters that are looked at
_ADDRESS = re.compile(r"\S+(?:://|@|www\.)\S*")  # parts of addresses are no words
_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH = 0.12  # share of small words, weighted; running text has 0.2 to 0.6
_LEAST = 1.1  # two small words that few languages share
_CLEAR = 1.25  # times the runner-up's
_LOOKED_AT = 20_000  # rows that are looked at, evenly spread, where the plan asks for no language
_DOMINANT = 0.8  # share from which a data set is said to be in a language
_FOREIGN_LETTERS = 0.4  # share of letters of another script
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "CYRILLIC": "ru",
}


def language_of(text: str) -> str:
    """ISO 639-1 of the language that a text is in; empty where that can't be told."""
    text = _ADDRESS.sub(" ", text[:_READ].lower())
    return (UNKNOWN if text.isascii() else _by_script(text)) or _by_words(text)


def _by_script(text: str) -> str:
    scripts: Counter[str] = Counter(_script(character) for character in text if ord(character) > 0x2FF)
    scripts.pop("", None)
    letters = sum(character.isalpha() for character in text)
    if not letters or sum(scripts.values()) < _FOREIGN_LETTERS * letters:
        return UNKNOWN
    languages = Counter[str]()
    for script, count in scripts.items():
        languages[_SCRIPTS.get(script, UNKNOWN)] += count
    if languages["ja"] and languages["ja"] + languages["zh"] > 0.5 * sum(languages.values()):
        return "ja"  # Chinese characters between kana
    found = languages.most_common(1)[0][0]
    return _cyrillic(text) if found == "ru" else found


@functools.lru_cache(maxsize=20_000)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""


def _cyrillic(text: str) -> str:
    if re.search("[іїєґ]", text):
        return "uk"
    if re.search("[ыэё]", text):
        return "ru"
    return "sr" if re.search("[јљњћђџ]", text) else "ru" if len(text) < 60 else "bg" if "ъ" in text else "ru"


def _by_words(text: str) -> str:
    words = [word for word in _WORD.findall(text) if len(word) > 1]  # someone's, vitamin A, point c
    if not words:
        return UNKNOWN
    scores: dict[str, float] = defaultdict(float)
    known: dict[str, set[str]] = defaultdict(set)
    weights = _weights()
    for word in words:
        for language, weight in weights.get(word, ()):
            scores[language] += weight
            known[language].add(word)
        if not word.isascii():
            for language, signs in _letters():
                if not signs.isdisjoint(word):
                    scores[language] += 0.5
                    known[language].add(word)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:2]
    if not ranked:
        return UNKNOWN
    best, score = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    is_clear = score >= max(_ENOUGH * len(words), _LEAST) and score >= _CLEAR * second and len(known[best]) >= 2
    return best if is_clear else UNKNOWN


@functools.cache
def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """Small word → languages that have it; the more have it, the less it says."""
    found: dict[str, list[str]] = defaultdict(list)
    for language, words in vocabulary("function_words")["words"].items():
        for word in dict.fromkeys(words.split()):
            found[word].append(language)
    return {word: tuple((one, 1 / len(languages)) for one in languages) for word, languages in found.items()}


@functools.cache
def _letters() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((language, frozenset(signs)) for language, signs in vocabulary("function_words")["letters"].items())


def check_languages(drafts: Sequence[Draft], wanted: Sequence[str]) -> Outcome:
    """Says which languages the prompts are in, and sets those aside that are surely in none of the wanted ones.

    Args:
        drafts: rows.
        wanted: ISO 639-1; empty keeps all.
    """
    if not wanted:
        return list(drafts), [], _several(drafts[:: 1 + len(drafts) // _LOOKED_AT])
    found = [language_of(draft.prompt_text) for draft in drafts]
    known = {language.lower().partition("-")[0] for language in wanted}
    others = [i for i, language in enumerate(found) if language and language not in known]
    leaving = {i for i in others if drafts[i].own_split != "test"}
    if leaving:
        kept = [draft for i, draft in enumerate(drafts) if i not in leaving]
        aside = [
            SetAside(drafts[i], "data.other_language", f"it is in another language ({found[i]}).") for i in leaving
        ]
        return kept, aside, [_others(drafts, sorted(leaving), [found[i] for i in leaving])]
    return list(drafts), [], []


def _others(drafts: Sequence[Draft], leaving: Sequence[int], languages: Sequence[str]) -> Problem:
    return Problem(
        code="data.other_language",
        severity="note",
        count=len(leaving),
        message=f"{counted(len(leaving), 'row')} in other languages than the plan's set aside: {_tally(languages)}.",
        hint="Add a language to dataset.checks.languages to use its rows.",
        examples=examples(drafts[i] for i in leaving),
    )


def _several(drafts: Sequence[Draft]) -> list[Problem]:
    found = [language_of(draft.prompt_text) for draft in drafts]
    counts = Counter(language for language in found if language)
    if len(counts) < 2:
        return []
    main, rows = counts.most_common(1)[0]
    others = [i for i, language in enumerate(found) if language and language != main]
    is_mostly_one = rows >= _DOMINANT * sum(counts.values())
    unclear = found.count(UNKNOWN)
    return [
        Problem(
            code="data.languages",
            severity="note",
            count=len(others),
            message=f"{counted(len(found), 'row')} in several languages: {_tally([one for one in found if one])}; "
            f"{counted(unclear, 'row')} too short or mixed to tell.",
            hint=f"Set dataset.checks.languages to [{main}] to use only those." if is_mostly_one else "",
            examples=[f"{found[i]} {one}" for i, one in zip(others, examples(drafts[i] for i in others), strict=False)],
            fixes=[Fix(title=f"Use only rows in {main}", field="dataset.checks.languages", value=[main])]
            if is_mostly_one
            else [],
        )
    ]


def _tally(languages: Sequence[str]) -> str:
    return listed([f"{language} {count:,}" for language, count in Counter(languages).most_common(6)])
