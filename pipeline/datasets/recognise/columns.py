"""What is in each column."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, Field

from pipeline.datasets.cell import cell_text, label_key
from pipeline.datasets.problem import excerpt
from pipeline.datasets.readers.table import Table
from pipeline.datasets.transcript import parse_transcript, transcript_style

Kind = Literal["text", "category", "number", "date", "id", "messages", "nested", "empty"]

SAMPLED_ROWS = 20_000
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)*|[.,]\d+)(e[-+]?\d+)?\s*[%€$£]?$", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T].*)?$|\d{1,2}:\d\d(:\d\d)?$")
_ID = re.compile(r"[\w.:/#-]*\d[\w.:/#-]*$")
_MOST = 0.95
_MOST_TURNS = 0.8  # conversations that are broken are set aside one by one
_CATEGORY_WORDS = 5.0
_CATEGORY_CHARACTERS = 80
_CATEGORY_REPEATS = 2.0
_MOST_CATEGORIES = 1_000


class ColumnFacts(BaseModel):
    """Facts of one column; shares and averages are over the rows that were looked at."""

    name: str
    kind: Kind
    filled: float = Field(description="share of rows that have a value, 0 to 1")
    distinct: int = Field(description="different values; spellings that differ in case or blanks count once")
    words: float = Field(description="average words of the filled values")
    longest: int = Field(description="words of the longest value")
    samples: list[str] = Field(description="up to three values, shortened")
    values: list[str] = Field(default_factory=list, description="category: its values, most frequent first")


def sampled_indices(total: int, most: int = SAMPLED_ROWS) -> Sequence[int]:
    """Row numbers in order, at most `most`; drawn, since even steps can fall in with a file's own order."""
    return range(total) if total <= most else sorted(Random(total).sample(range(total), most))


def sampled_values(table: Table, column: str, most: int = 200) -> list[Any]:
    """Filled values of one column, from at most `most` of its rows."""
    at = table.columns.index(column)
    return [value for index in sampled_indices(len(table.rows), most) if (value := table.rows[index][at])]


def column_facts(table: Table) -> list[ColumnFacts]:
    """Facts of all columns of a table, from at most 20,000 of its rows."""
    chosen = [table.rows[index] for index in sampled_indices(len(table.rows))]
    return [_facts(name, [row[position] for row in chosen]) for position, name in enumerate(table.columns)]


def _facts(name: str, values: Sequence[Any]) -> ColumnFacts:
    texts = [text for value in values if (text := cell_text(value))]
    filled = len(texts) / len(values) if values else 0.0
    if not texts:
        return ColumnFacts(name=name, kind="empty", filled=0.0, distinct=0, words=0.0, longest=0, samples=[])
    spellings = Counter(texts)
    keys: Counter[str] = Counter()
    for spelling, count in spellings.items():
        keys[label_key(spelling[:200]) + spelling[200:]] += count
    lengths = [len(text.split()) for text in texts]
    kind = _kind(values, texts, lengths, keys)
    return ColumnFacts(
        name=name,
        kind=kind,
        filled=round(filled, 4),
        distinct=len(keys),
        words=round(sum(lengths) / len(lengths), 1),
        longest=max(lengths),
        samples=[excerpt(text) for text in list(spellings)[:3]],
        values=_common_spellings(spellings) if kind == "category" else [],
    )


def _common_spellings(spellings: Counter[str]) -> list[str]:
    """The most frequent spelling of each value, frequent values first."""
    best: dict[str, str] = {}
    totals: Counter[str] = Counter()
    for spelling, count in sorted(spellings.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(label_key(spelling), spelling)
        totals[label_key(spelling)] += count
    return [best[key] for key, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]


def _kind(values: Sequence[Any], texts: list[str], lengths: list[int], keys: Counter[str]) -> Kind:
    if any(isinstance(value, list | dict) for value in values) or _is_encoded_messages(texts):
        given = [value for value in values if value]
        turns = sum(as_messages(value) is not None for value in given)
        return "messages" if turns >= _MOST_TURNS * len(given) else "nested"
    repeats = len(texts) / len(keys)
    is_number = _share(_NUMBER, texts) >= _MOST
    if _share(_DATE, texts) >= _MOST:
        return "date"
    if is_number and (len(keys) > 20 or repeats < _CATEGORY_REPEATS):
        return "number"
    if _is_category(texts, lengths, keys, repeats):
        return "category"
    if len(keys) == len(texts) > 2 and max(lengths) == 1 and _share(_ID, texts) >= _MOST:
        return "id"
    return "text"


def _is_category(texts: list[str], lengths: list[int], keys: Counter[str], repeats: float) -> bool:
    if len(keys) > _MOST_CATEGORIES or repeats < _CATEGORY_REPEATS:
        return False
    return sum(lengths) / len(lengths) <= _CATEGORY_WORDS and max(map(len, texts)) <= _CATEGORY_CHARACTERS


def _share(pattern: re.Pattern[str], texts: list[str]) -> float:
    return sum(1 for text in texts if pattern.match(text)) / len(texts)


def _is_encoded_messages(texts: list[str]) -> bool:
    """Lists of turns in JSON, or texts whose turns have marks that mean nothing else."""
    first = texts[:20]
    if all(text.startswith("[{") and text.endswith("}]") for text in first):
        return True
    return all(transcript_style(text) not in (None, "speaker names") for text in first)


def as_messages(value: Any) -> list[dict[str, Any]] | None:
    """A cell as a list of turns, each with a speaker and a text, in OpenAI's or ShareGPT's keys; None for others.

    A single turn, an object that holds the turns, and a text that marks them are turns too.
    """
    if isinstance(value, str):
        value = _turns_of_text(value)
    if isinstance(value, dict):
        value = value["messages"] if isinstance(value.get("messages"), list) else [value]
    if not isinstance(value, list) or not value or not all(isinstance(turn, dict) for turn in value):
        return None
    has_keys = all("role" in turn for turn in value) or all("from" in turn and "value" in turn for turn in value)
    return value if has_keys else None


def _turns_of_text(text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    return parse_transcript(text)
