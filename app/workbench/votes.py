"""Votes on answers side by side: a file that only grows, and how often each model was preferred."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from psygnal import Signal

from app.workbench.tasks import Job, Tasks
from pipeline.files import disk_errors, read_json_lines
from pipeline.runs.layout import ProjectFolder

FILE_VERSION = 1
TIE = "tie"
ALL_BAD = "all bad"


@dataclass(frozen=True)
class Vote:
    """One decision. A later vote of the same round replaces the earlier one.

    Args:
        round: identity of the round.
        shown: the columns' ids in the order in which they stood.
        choice: the preferred column's id, `tie` or `all bad`.
        is_blind: the names were hidden until the vote.
    """

    round: str
    message: str
    shown: tuple[str, ...]
    choice: str
    is_blind: bool
    temperature: float = 0.0
    seed: int = 0
    time: str = ""


@dataclass(frozen=True)
class Share:
    """How often a model was preferred in blind rounds that it took part in.

    Args:
        low, high: 95 % interval of the share (Wilson).
    """

    model: str
    chosen: int
    rounds: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """0 to 1."""
        return self.chosen / self.rounds if self.rounds else 0.0


@dataclass(frozen=True)
class Tally:
    """All votes of a project, counted."""

    shares: tuple[Share, ...] = ()
    blind: int = 0  # rounds
    open: int = 0  # rounds with the names in sight: kept, not counted
    ties: int = 0  # of the blind rounds, ties and "all bad"
    chance: float = 0.0  # share of a model that is no better than the others


class Votes:
    """`.vibetune/votes.jsonl`."""

    changed = Signal()

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._path: Path | None = None
        self.tally = Tally()

    def open(self, project: ProjectFolder | None) -> None:
        """Counts the votes of another project."""
        self._path = project.state / "votes.jsonl" if project else None
        self.tally = Tally()
        self.changed.emit()
        self._work(None)

    def add(self, vote: Vote) -> None:
        """Appends a vote and counts again."""
        self._work(vote)

    def _work(self, vote: Vote | None) -> None:
        path = self._path
        if path is None:
            return

        def work(_job: Job) -> Tally:
            if vote is not None:
                append_vote(path, vote)
            return count(read_votes(path))

        def done(tally: Tally) -> None:
            if self._path == path:
                self.tally = tally
                self.changed.emit()

        self._tasks.submit(work, done=done)


def append_vote(path: Path, vote: Vote) -> None:
    """Writes one line at the end of the file."""
    stamped = asdict(vote) | {"time": vote.time or datetime.now(UTC).isoformat(timespec="seconds")}
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"version": FILE_VERSION, **stamped}, ensure_ascii=False) + "\n")


def read_votes(path: Path) -> list[Vote]:
    """All votes, the last one of each round, oldest first; a line that a kill cut off is passed over."""
    found: dict[str, Vote] = {}
    for entry in read_json_lines(path):
        try:
            entry.pop("version", None)
            vote = Vote(**entry | {"shown": tuple(entry["shown"])})
        except (ValueError, TypeError, KeyError):
            continue
        found[vote.round] = vote
    return list(found.values())


def count(votes: Iterable[Vote]) -> Tally:
    """Counts blind rounds: ties and "all bad" are rounds in which nobody was preferred.

    Source:
        Wilson, Journal of the American Statistical Association 22 (1927), 209-212, for the intervals.
    """
    from pipeline.evaluation.statistics import wilson_interval

    every = list(votes)
    blind = [vote for vote in every if vote.is_blind]
    rounds: dict[str, int] = {}
    chosen: dict[str, int] = {}
    for vote in blind:
        for model in vote.shown:
            rounds[model] = rounds.get(model, 0) + 1
        chosen[vote.choice] = chosen.get(vote.choice, 0) + 1
    shares = [
        Share(model, chosen.get(model, 0), total, *wilson_interval(chosen.get(model, 0), total))
        for model, total in rounds.items()
    ]
    shares.sort(key=lambda share: -share.value)
    ties = chosen.get(TIE, 0) + chosen.get(ALL_BAD, 0)
    chance = sum(1 / len(vote.shown) for vote in blind) / len(blind) if blind else 0.0
    return Tally(tuple(shares), len(blind), len(every) - len(blind), ties, chance)
