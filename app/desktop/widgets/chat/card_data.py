"""What the cards of a chat show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CardHunk:
    """One change: why, and the lines."""

    number: int
    field: str
    reason: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    is_ticked: bool


@dataclass(frozen=True)
class CardEstimate:
    """What a run would take.

    Args:
        memory, memory_of: GiB, of those that are there; 0: not known.
        memory_text: both in words.
        parts: of the memory: name, GiB, and these in words.
    """

    memory: float = 0.0
    memory_of: float = 0.0
    memory_text: str = ""
    parts: tuple[tuple[str, float, str], ...] = ()
    time: str = ""
    money: str = ""
    basis: str = ""


@dataclass(frozen=True)
class CardWay:
    """Another way to do the same.

    Args:
        what: would be trained.
        takes: time, memory and money.
        reasons: for what differs.
    """

    name: str
    title: str
    what: str
    takes: str
    reasons: tuple[str, ...]
    is_chosen: bool


@dataclass(frozen=True)
class CardData:
    """A proposal."""

    title: str
    hunks: tuple[CardHunk, ...]
    warnings: tuple[str, ...] = ()
    estimate: CardEstimate = field(default_factory=CardEstimate)
    imports: tuple[str, ...] = ()
    ways: tuple[CardWay, ...] = ()

    @property
    def ticked(self) -> int:
        """How many changes are wanted."""
        return sum(hunk.is_ticked for hunk in self.hunks)


@dataclass(frozen=True)
class CardChoice:
    """One answer."""

    value: str
    text: str


@dataclass(frozen=True)
class CardQuestion:
    """Something to decide; `place` is "1 of 2" where there are more."""

    field: str
    text: str
    choices: tuple[CardChoice, ...]
    default: str = ""
    why: str = ""
    place: str = ""
