"""What became of the projects that were opened last, in a line each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.workbench.quantities import ago
from app.workbench.recent import RecentProject
from app.workbench.run_words import OUTCOME_WORDS
from pipeline.errors import VibetuneError
from pipeline.files import read_json
from pipeline.runs.layout import ProjectFolder, RunFolder

Tone = Literal["good", "warn", "bad", "accent", "muted"]
_OUTCOMES: dict[str, Tone] = {"better": "good", "worse": "bad", "no difference": "muted", "cannot tell": "warn"}


@dataclass(frozen=True)
class RecentLine:
    """A project with where it stands."""

    path: Path
    name: str
    text: str
    icon: str
    tone: Tone
    age: str


def recent_lines(projects: Sequence[RecentProject], now: float | None = None) -> tuple[RecentLine, ...]:
    """Reads the newest run of each project; call it in the background."""
    moment = time.time() if now is None else now
    return tuple(_line(each, moment) for each in projects)


def _line(project: RecentProject, now: float) -> RecentLine:
    text, icon, tone = _standing(ProjectFolder(project.path))
    age = "now" if tone == "accent" else ago(project.opened, now)
    return RecentLine(project.path, project.path.name, text, icon, tone, age)


def _standing(project: ProjectFolder) -> tuple[str, str, Tone]:
    names = project.run_names()
    if not names:
        data = project.path / "data"
        has_data = data.is_dir() and any(data.iterdir())
        text = (
            "A plan, no run yet" if project.plan.is_file() else "Data, no plan yet" if has_data else "Nothing in it yet"
        )
        return text, "circle-large", "muted"
    run = project.run(names[-1])
    return _verdict(run) or _state(run)


def _verdict(run: RunFolder) -> tuple[str, str, Tone] | None:
    try:
        verdict = read_json(run.verdict)
        outcome = verdict["outcome"]
        difference = verdict["difference"]
        low, high, value = (100 * float(difference[key]) for key in ("low", "high", "value"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    word = OUTCOME_WORDS.get(outcome, str(outcome))
    than = f"{word} than {difference['against']}" if outcome in ("better", "worse") else word
    text = f"{than}: {value:+.0f} points {difference['metric']} ({low:.0f} to {high:.0f})"
    return text, "pass-filled" if outcome == "better" else "circle-filled", _OUTCOMES.get(outcome, "muted")


def _state(run: RunFolder) -> tuple[str, str, Tone]:
    from pipeline.jobs.state import RUNNING, summary

    try:
        seen = summary(run)
    except VibetuneError:
        return "The last run's files can't be read", "warning", "warn"
    if seen.state in RUNNING:
        left = f", about {max(1, round(seen.eta_s / 60))} min left" if seen.eta_s else ""
        at = f"step {seen.step:,} of {seen.total:,}" if seen.total else seen.stage
        return f"Running: {at}{left}", "pulse", "accent"
    if seen.state in ("failed", "interrupted"):
        return f"The last run {'failed' if seen.state == 'failed' else 'was interrupted'}", "warning", "warn"
    if seen.state == "finished":
        return "Trained, not measured yet", "circle-large", "muted"
    return f"The last run is {seen.state}", "circle-large", "muted"
