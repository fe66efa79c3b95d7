"""One round of the playground: who is asked, in which order they stand, what they said, and the vote."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.workbench.adapter_store import CANDIDATE, PRODUCTION, AdapterRow
from app.workbench.asking import Answers, Asked, ColumnAnswer
from app.workbench.votes import ALL_BAD, TIE, Vote

BASE = "base"
PROMPTED = "base+prompt"
MOST_COLUMNS = 4  # as many as have a key to vote with
LETTERS = "ABCD"


@dataclass(frozen=True)
class Column:
    """A model that can be asked.

    Args:
        id: `base`, `base+prompt`, or an adapter's address; votes are kept by it.
        title: what people call it.
        model: what the server calls it.
        told: that travels with it: its system prompt; empty for none.
        note: what is to be known about it: `as it comes`, `production`.
    """

    id: str
    title: str
    model: str
    told: str = ""
    max_tokens: int = 128
    note: str = ""
    prompt_note: str = ""

    @property
    def is_adapter(self) -> bool:
        """Whether it has to be loaded."""
        return self.id not in (BASE, PROMPTED)


@dataclass(frozen=True)
class Round:
    """One message and its answers.

    Args:
        columns: in the order in which they stand on the screen.
        vote: a column's id, `tie` or `all bad`; empty before the vote.
    """

    id: str
    message: str
    columns: tuple[Column, ...]
    answers: Answers
    is_blind: bool
    temperature: float = 0.0
    seed: int = 0
    vote: str = ""

    @property
    def is_done(self) -> bool:
        """Whether all have finished."""
        return all(answer.is_done for answer in self.answers)

    @property
    def names_are_hidden(self) -> bool:
        """Before the vote of a blind round."""
        return self.is_blind and not self.vote

    @property
    def can_be_voted_on(self) -> bool:
        """All have finished, and at least two of them said something or were allowed to."""
        return self.is_done and sum(answer.error is None for answer in self.answers) > 1

    def name(self, place: int) -> str:
        """What a column may be called now: a letter while the names are hidden."""
        return LETTERS[place] if self.names_are_hidden else self.columns[place].title

    def voted(self, choice: int | str) -> Round:
        """With a vote: a column's place from 0, `tie` or `all bad`."""
        return replace(self, vote=choice if isinstance(choice, str) else self.columns[choice].id)

    def as_vote(self) -> Vote:
        """For the file."""
        shown = tuple(column.id for column in self.columns)
        return Vote(self.id, self.message, shown, self.vote, self.is_blind, self.temperature, self.seed)

    @property
    def vote_sentence(self) -> str:
        """What was chosen, in words; empty before the vote."""
        if not self.vote:
            return ""
        if self.vote in (TIE, ALL_BAD):
            return "You chose: a tie" if self.vote == TIE else "You chose: all bad"
        place = next(place for place, column in enumerate(self.columns) if column.id == self.vote)
        letter = f"{LETTERS[place]}: " if self.is_blind else ""
        return f"You chose {letter}{self.columns[place].id}"


def new_round(
    message: str, columns: Sequence[Column], *, is_blind: bool, temperature: float, seed: int, order: random.Random
) -> Round:
    """A round before the first word; blind columns stand in a new order each time."""
    shown = list(columns)
    if is_blind:
        order.shuffle(shown)
    empty = tuple(ColumnAnswer() for _ in shown)
    return Round(secrets.token_hex(4), message, tuple(shown), empty, is_blind, temperature, seed)


def asked(columns: Sequence[Column], override: str | None, max_tokens: int | None) -> tuple[Asked, ...]:
    """What the server is asked: an overriding system prompt goes to every column, also the bare base."""
    return tuple(
        Asked(
            column.title,
            column.model,
            (override if override is not None else column.told) or None,
            max_tokens or column.max_tokens,
        )
        for column in columns
    )


def possible_columns(rows: Sequence[AdapterRow], base: str, prompt_of: AdapterRow | None) -> tuple[Column, ...]:
    """Everything that can stand in a column: the base, the base with an adapter's prompt, and every version.

    Args:
        base: what the server calls its base; empty where none runs.
        prompt_of: whose instruction and length the base gets; None where there is no adapter yet.
    """
    length = prompt_of.max_tokens if prompt_of else 128
    columns = [Column(BASE, "Base", base, max_tokens=length, note="as it comes", prompt_note="no prompt")]
    if prompt_of is not None and prompt_of.base_prompt:
        words = len(prompt_of.base_prompt.split())
        note = f"prompt of {words} words"
        columns.append(
            Column(
                PROMPTED,
                "Base, well prompted",
                base,
                prompt_of.base_prompt,
                length,
                f"{prompt_of.name}’s instruction",
                note,
            )
        )
    return (*columns, *(_adapter(row) for row in rows if not base or row.base == base))


def usual_columns(rows: Sequence[AdapterRow], possible: Sequence[Column]) -> tuple[str, ...]:
    """Base, prompted base, and two adapters: what is in production and the newest, else the newest of two names."""
    known = {column.id for column in possible}
    rows = [row for row in rows if row.address in known]
    wanted = [column.id for column in possible if not column.is_adapter]
    by_name: dict[str, list[AdapterRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    adapters = [(_with_alias(versions, CANDIDATE) or versions[0]).address for versions in by_name.values()]
    if len(by_name) == 1:
        production = _with_alias(rows, PRODUCTION)
        earlier = production or (rows[1] if len(rows) > 1 else None)
        if earlier is not None and earlier.address not in adapters:
            adapters.insert(0, earlier.address)
    return tuple([*wanted, *adapters][:MOST_COLUMNS])


def usual_pair(columns: Sequence[Column]) -> tuple[str, str]:
    """Whose answers are compared by word: the last column and its version before, else the prompted base."""
    new = columns[-1]
    name = new.id.partition("@")[0]
    earlier = [column.id for column in columns[:-1] if column.is_adapter and column.id.partition("@")[0] == name]
    prompted = [column.id for column in columns[:-1] if column.id == PROMPTED]
    return [columns[-2].id, *prompted, *earlier][-1], new.id


def _with_alias(rows: Sequence[AdapterRow], alias: str) -> AdapterRow | None:
    return next((row for row in rows if alias in row.aliases), None)


def _adapter(row: AdapterRow) -> Column:
    title = row.name.replace("-", " ").replace("_", " ").capitalize()
    alias = ", ".join(row.aliases)
    return Column(
        row.address,
        f"{title} v{row.version}",
        row.address,
        row.system_prompt,
        row.max_tokens,
        alias or "no alias",
        "own prompt" if row.system_prompt else "no prompt",
    )
