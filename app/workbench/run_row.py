"""One run as the list shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from app.workbench.quantities import moment

LIVE = frozenset({"preparing", "training", "measuring"})
ENDED = frozenset({"paused", "cancelled", "failed", "interrupted", "trained", "finished", "damaged"})
STATE_WORDS = {
    "preparing": "preparing",
    "training": "training",
    "measuring": "measuring",
    "paused": "paused",
    "cancelled": "cancelled",
    "failed": "stopped",
    "interrupted": "interrupted",
    "trained": "not measured",
    "finished": "measured",
    "damaged": "unreadable",
}


@dataclass(frozen=True)
class VerdictLine:
    """A verdict in short: `outcome` is better, worse, no difference or cannot tell; values are shares."""

    outcome: str
    text: str
    headline: str
    metric: str = ""
    lead: float | None = None
    value: float | None = None
    rows: int = 0


@dataclass(frozen=True)
class RunRow:
    """A run at one moment.

    Args:
        state: preparing, training, measuring, paused, cancelled, failed, interrupted, trained (not measured), finished
            (measured) or damaged.
        text: what is being done, where stage and numbers don't say it.
        measured, to_measure: answers heard and wanted, while it is being measured.
        adapter: address of the version that came of it.
        error: code, what happened, what to do.
        seconds: of each finished stage.
        memory_bytes, memory_peak_bytes, memory_estimate_bytes: of the worker: now, at most, and expected at its start.
    """

    name: str
    state: str = "preparing"
    stage: str = "preparing"
    text: str = ""
    step: int = 0
    total: int = 0
    measured: int = 0
    to_measure: int = 0
    eta_s: float | None = None
    loss: float | None = None
    validation_loss: float | None = None
    elapsed_s: float = 0.0
    base: str = ""
    plan_name: str = ""
    plan_file: str = "plan.yaml"
    task: str = ""
    dataset: str = ""
    sentence: str | None = None
    created: str = ""
    adapter: str | None = None
    verdict: VerdictLine | None = None
    error: tuple[str, str, str] | None = None
    seconds: tuple[tuple[str, float], ...] = ()
    memory_bytes: int | None = None
    memory_peak_bytes: int | None = None
    memory_estimate_bytes: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    is_archived: bool = False
    nth: int = 1  # of the runs that would be called alike; the later ones say it

    @property
    def is_live(self) -> bool:
        """Whether something works on it now."""
        return self.state in LIVE

    @property
    def fraction(self) -> float | None:
        """How far the present stage is, 0 to 1; None where that can't be told."""
        done, total = (self.measured, self.to_measure) if self.state == "measuring" else (self.step, self.total)
        return min(1.0, done / total) if total else None

    @property
    def short_name(self) -> str:
        """What people call it: plan and time, `support-queues · 14:02`; the whole name belongs in the tooltip."""
        return " · ".join(part for part in (self.plan, self.when) if part)

    @property
    def plan(self) -> str:
        """The name of its plan; the run's own name where that is not known."""
        parts = self.name.split("-")
        return self.plan_name or ("-".join(parts[2:-1]) if self.started_time else self.name)

    @property
    def when(self) -> str:
        """When it was made: 14:02 today, else 3 Jan 14:02, the second of them (2); empty where its name doesn't say."""
        return f"{moment(self.started_time)}{f' ({self.nth})' if self.nth > 1 else ''}".strip()

    @property
    def started_time(self) -> float:
        """The time in its name, which is UTC, in seconds since the epoch; 0: it was named by hand."""
        return _time_in(self.name)

    @property
    def created_time(self) -> float:
        """When it was made, seconds since the epoch; 0 where unknown."""
        try:
            return datetime.fromisoformat(self.created).timestamp()
        except ValueError:
            return 0.0

    def matches(self, words: str) -> bool:
        """Whether every word stands somewhere in its name, base, state, tags, note or verdict."""
        outcome = self.verdict.outcome if self.verdict else ""
        text = " ".join(
            (
                self.name,
                self.short_name,
                self.base,
                self.plan_name,
                self.state,
                STATE_WORDS.get(self.state, ""),
                outcome,
                self.note,
            )
        ).lower()
        text += " " + " ".join(f"#{tag}" for tag in self.tags).lower()
        return all(word in text for word in words.lower().split())


@lru_cache(4096)  # of every run, at every look
def _time_in(name: str) -> float:
    try:
        return datetime.strptime(name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def with_own_titles(rows: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """The rows, newest first, no two of which are called alike: of one plan and one minute the later are numbered."""
    called: Counter[tuple[str, str]] = Counter()
    numbered = []
    for row in reversed(rows):
        title = row.plan, moment(row.started_time)
        called[title] += 1
        numbered.append(row if called[title] == row.nth else replace(row, nth=called[title]))
    return tuple(reversed(numbered))
