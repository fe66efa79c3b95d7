"""Templates with alternatives: "[a|b] {name}" is one of "a Ann", "b Tom"."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import lru_cache

_PIECE = re.compile(r"\[|\]|\||\{\w+\}|[^\[\]|{}]+")
Node = str | list["Node"] | tuple["Node", ...]  # a list is a sequence, a tuple a choice


def expand(template: str, rng: random.Random, slot: Callable[[str], str]) -> str:
    """Writes one text of `template`: chooses among its [a|b] and fills its {slots} by calling `slot(name)`."""
    pieces: list[str] = []
    _write(compiled(template), rng, slot, pieces)
    return re.sub(r" {2,}", " ", "".join(pieces)).replace(" ?", "?").replace(" .", ".").strip()


@lru_cache(maxsize=8192)
def compiled(template: str) -> Node:
    """The nested form of a template.

    Raises:
        ValueError: brackets that don't match.
    """
    tokens = _PIECE.findall(template)
    if template.count("[") != template.count("]"):
        raise ValueError(f"brackets don't match in {template!r}")
    node, rest = _sequence(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"brackets don't match in {template!r}")
    return node


def _sequence(tokens: list[str], at: int, *, inside: bool = False) -> tuple[Node, int]:
    parts: list[Node] = []
    while at < len(tokens):
        piece = tokens[at]
        if piece == "[":
            choice, at = _choice(tokens, at + 1)
            parts.append(choice)
        elif inside and piece in "|]":
            break
        else:
            parts.append(piece)
            at += 1
    return parts, at


def _choice(tokens: list[str], at: int) -> tuple[Node, int]:
    options: list[Node] = []
    while True:
        option, at = _sequence(tokens, at, inside=True)
        options.append(option)
        if tokens[at] == "]":
            return tuple(options), at + 1
        at += 1


def _write(node: Node, rng: random.Random, slot: Callable[[str], str], pieces: list[str]) -> None:
    if isinstance(node, str):
        pieces.append(slot(node[1:-1]) if node[0] == "{" else node)
    elif isinstance(node, tuple):
        _write(node[int(rng.random() * len(node))], rng, slot, pieces)
    else:
        for part in node:
            _write(part, rng, slot, pieces)
