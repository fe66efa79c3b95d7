"""Proves that rows of a data set are not in the pretraining text, whose natural sentences lie beside the weights."""

from __future__ import annotations

import csv
import json
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.files import write_bytes

SHORTEST = 5  # words; shorter sentences ("where is my order") are everybody's
ALIKE_FROM = 8  # words; in a shorter sentence one other word makes another sentence ("how do I open/clean the oven")
Words = tuple[str, ...]


@dataclass(frozen=True)
class FoundRow:
    """A row of which a sentence stands in the pretraining text, but for at most one word if it has eight or more."""

    file: str
    row: int
    sentence: str
    trained: str


def sentences(text: str) -> list[Words]:
    """The sentences of a text as lower-case words, numbers as 0, without punctuation; those of five words or more."""
    found = []
    for sentence in re.split(r"[.!?]+(?:\s|$)|\n", text.lower()):
        words = tuple(re.sub(r"\d+", "0", re.sub(r"[^\w\s']|_", " ", sentence)).split())
        if len(words) >= SHORTEST:
            found.append(words)
    return found


def variants(words: Words) -> Iterator[Words]:
    """The sentence, and, if it is long enough, without each of its words: who shares one differs in at most a word.

    Source:
        the symmetric delete idea of SymSpell.
    """
    yield words
    if len(words) >= ALIKE_FROM:
        for n in range(len(words)):
            yield words[:n] + words[n + 1 :]


def pack(trained: Iterable[str], path: Path) -> None:
    """Writes sentences (words joined by blanks), sorted and each once, as an xz file."""
    write_bytes(path, lzma.compress("\n".join(sorted(set(trained))).encode(), preset=6))


def unpack(path: Path) -> list[str]:
    """The sentences of the pretraining text.

    Raises:
        BadInput: the file isn't there.
    """
    if not path.is_file():
        raise BadInput(
            "pocket.sentences_missing", f"{path} is not there.", "Run: python -m pipeline.bases.pocket fingerprint"
        )
    return lzma.decompress(path.read_bytes()).decode().split("\n")


def near(rows: Iterable[tuple[Any, str]], trained: Iterable[str]) -> Iterator[tuple[Any, str, str]]:
    """Yields (key, sentence of the row, sentence of the text) for rows that have a near duplicate in the text."""
    wanted: dict[Words, list[tuple[Any, str]]] = {}
    for key, text in rows:
        for words in sentences(text):
            for variant in variants(words):
                wanted.setdefault(variant, []).append((key, " ".join(words)))
    sizes = {len(v) for v in wanted}
    for line in trained:
        words = tuple(line.split(" "))
        if len(words) in sizes or len(words) - 1 in sizes:
            for key, sentence in {hit for variant in variants(words) for hit in wanted.get(variant, ())}:
                yield key, sentence, line


def found_rows(samples: Path, folder: Path) -> list[FoundRow]:
    """Rows of all CSV, JSON and JSONL files under `samples` that have a near duplicate in the pretraining text."""
    rows = list(_rows(samples))
    found: dict[tuple[str, int], FoundRow] = {}
    for (file, row), sentence, trained in near(rows, unpack(folder / "sentences.xz")):
        found.setdefault((file, row), FoundRow(file, row, sentence, trained))
    return list(found.values())


def _rows(samples: Path) -> Iterator[tuple[tuple[str, int], str]]:
    for path in sorted(samples.rglob("*")):
        read = {".csv": _csv_rows, ".tsv": _csv_rows, ".jsonl": _json_lines, ".json": _json_rows}.get(path.suffix)
        if read is not None:
            for number, row in enumerate(read(path), 1):
                yield (path.name, number), "\n".join(_texts(row))


def _csv_rows(path: Path) -> Iterator[Any]:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    yield from csv.reader(text.splitlines(keepends=True), delimiter=delimiter)


def _json_lines(path: Path) -> Iterator[Any]:
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            yield line  # a sample may hold broken rows on purpose; its text counts all the same


def _json_rows(path: Path) -> Iterator[Any]:
    content = json.loads(path.read_text("utf-8"))
    yield from content if isinstance(content, list) else [content]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def write_fingerprint(shards: Path, folder: Path) -> int:
    """Packs the sentences that the shards list into `folder`/sentences.xz and returns their number."""
    trained: set[str] = set()
    for path in sorted(shards.glob("shard-*.txt")):
        trained.update(path.read_text("utf-8").split("\n"))
    trained.discard("")
    if not trained:
        raise BadInput(
            "pocket.shards_missing",
            f"There are no shards in {shards}.",
            "Run: python -m pipeline.bases.pocket generate",
        )
    pack(trained, folder / "sentences.xz")
    return len(trained)
