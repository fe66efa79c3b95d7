"""The run folder: everything that a run is, so that it can be copied to another machine and read there.

runs/RUN/
  run.json            what was asked: plan file, dataset version, base, time, chat turn (written once)
  plan.yaml           frozen plan: every `auto` resolved to a number
  reasons.json        plan field → why that number
  dataset/            the dataset version, copied or linked: *.parquet manifest.json
  events.jsonl        what happened (pipeline.runs.events)
  log.txt             the worker's stdout and stderr
  checkpoints/        step-000120/ … complete or absent; the newest two are kept
  adapter/            the result: adapter_model.safetensors adapter_config.json manifest.json probe.json README.md
  evaluation/         one JSONL per measured model: predictions with row ids
  verdict.json        what the evaluation says
  control             one word: pause | cancel (written by whoever wants it, read by the worker)
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """Paths inside one run's folder; nothing is created by asking for a path."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def request(self) -> Path:
        return self.path / "run.json"

    @property
    def plan(self) -> Path:
        return self.path / "plan.yaml"

    @property
    def reasons(self) -> Path:
        return self.path / "reasons.json"

    @property
    def dataset(self) -> Path:
        return self.path / "dataset"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def after(self) -> Path:
        return self.path / "after.jsonl"

    @property
    def after_log(self) -> Path:
        return self.path / "after.txt"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        return self.path / "adapter"

    @property
    def evaluation(self) -> Path:
        return self.path / "evaluation"

    @property
    def verdict(self) -> Path:
        return self.path / "verdict.json"

    @property
    def control(self) -> Path:
        return self.path / "control"


def new_run_name(plan_name: str, now: datetime | None = None) -> str:
    """A name that sorts by time, says which plan it was, and doesn't collide: 20261124-101500-support-triage-3f9a."""
    moment = now or datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{plan_name}-{secrets.token_hex(2)}"


@dataclass(frozen=True)
class ProjectFolder:
    """Paths inside the folder that the user opened."""

    path: Path

    @property
    def plan(self) -> Path:
        return self.path / "plan.yaml"

    @property
    def state(self) -> Path:
        return self.path / ".vibetune"

    @property
    def catalog(self) -> Path:
        return self.state / "catalog.db"

    @property
    def datasets(self) -> Path:
        return self.state / "datasets"

    @property
    def runs(self) -> Path:
        return self.state / "runs"

    @property
    def adapters(self) -> Path:
        return self.state / "adapters"

    @property
    def deployments(self) -> Path:
        return self.state / "deployments"

    @property
    def history(self) -> Path:
        return self.state / "history"

    def run(self, name: str) -> RunFolder:
        """The folder of one run, whether or not it exists."""
        return RunFolder(self.runs / name)

    def run_names(self) -> list[str]:
        """Names of all runs, oldest first."""
        if not self.runs.is_dir():
            return []
        entries = [entry for entry in self.runs.iterdir() if not entry.name.startswith(".")]  # those are being made
        return sorted(entry.name for entry in entries if (entry / "run.json").is_file())
