"""WordNet 3.0 as real English: words with their meaning, examples and kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BadInput

HOME = Path("/usr/share/wordnet")  # source: the Debian package wordnet-base
KINDS = {
    4: "action",
    5: "animal",
    6: "object",
    7: "property",
    8: "body part",
    9: "thought",
    10: "communication",
    11: "event",
    12: "feeling",
    13: "food",
    14: "group",
    15: "place",
    17: "nature",
    18: "person",
    19: "phenomenon",
    20: "plant",
    21: "possession",
    22: "process",
    23: "quantity",
    24: "relation",
    25: "shape",
    26: "state",
    27: "substance",
    28: "time",
}  # source: lexnames(5WN), nouns


@dataclass(frozen=True)
class Meaning:
    """One synset.

    Args:
        words: its lemmas, spaces instead of underscores.
        gloss: the definition without examples.
        examples: sentences that use one of the words.
        kind: what the noun names (`animal`, `food`), empty for other parts of speech.
        above: keys of the more general meanings (hypernyms).
        opposite: keys of antonyms.
    """

    key: str
    part_of_speech: str
    words: tuple[str, ...]
    gloss: str
    examples: tuple[str, ...]
    kind: str
    above: tuple[str, ...] = ()
    opposite: tuple[str, ...] = field(default=())


def read_meanings(home: Path = HOME) -> dict[str, Meaning]:
    """All meanings in the order of WordNet's files.

    Raises:
        BadInput: WordNet isn't there.
    """
    meanings: dict[str, Meaning] = {}
    for name in ("noun", "verb", "adj", "adv"):
        path = home / f"data.{name}"
        if not path.is_file():
            raise BadInput(
                "pocket.wordnet_missing",
                f"{path} is not there: the text of the pocket base is made from WordNet.",
                "Install it with: sudo apt-get install wordnet-base",
            )
        for line in path.read_text("utf-8", errors="replace").splitlines():
            if not line.startswith("  "):
                meaning = _meaning(line)
                meanings[meaning.key] = meaning
    return meanings


def _meaning(line: str) -> Meaning:
    head, _, gloss = line.partition(" | ")
    fields = head.split()
    count = int(fields[3], 16)
    words = tuple(re.sub(r"\([a-z]+\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(count))
    at = 4 + 2 * count
    pointers = [fields[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(fields[at]))]
    part = "a" if fields[2] == "s" else fields[2]
    definition, examples = _split_gloss(gloss.strip())
    return Meaning(
        key=part + fields[0],
        part_of_speech=part,
        words=words,
        gloss=definition,
        examples=examples,
        kind=KINDS.get(int(fields[1]), "") if part == "n" else "",
        above=tuple(_key(p) for p in pointers if p[0] in ("@", "@i")),
        opposite=tuple(_key(p) for p in pointers if p[0] == "!"),
    )


def _key(pointer: list[str]) -> str:
    return ("a" if pointer[2] == "s" else pointer[2]) + pointer[1]


def _split_gloss(gloss: str) -> tuple[str, tuple[str, ...]]:
    examples = tuple(e.strip() for e in re.findall(r'"([^"]+)"', gloss))
    definition = re.split(r'; "|"', gloss)[0].strip(" ;:")
    return definition or gloss, examples
