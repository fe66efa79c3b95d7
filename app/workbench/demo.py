"""The main job on the sample project, from two sentences to two served adapters and their verdicts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from app.workbench.comparing import Comparison, compare
from app.workbench.deploying import contestants, deployment
from app.workbench.measuring import measure_on
from app.workbench.planning import propose, write_plan
from app.workbench.preparing import prepare
from app.workbench.project import create_project
from app.workbench.sample import SampleTask, copy_sample, sample_tasks
from pipeline.bases.base import Base
from pipeline.errors import Failed
from pipeline.evaluation.verdict import Verdict
from pipeline.jobs.adapters import RegisteredAdapter, find_adapter
from pipeline.jobs.control import cancel
from pipeline.jobs.registry import register_run
from pipeline.jobs.start import start_run
from pipeline.jobs.state import RUNNING, state, summary
from pipeline.runs.events import AnyEvent, Progress, Tail
from pipeline.runs.layout import ProjectFolder, RunFolder
from serving.engine.engine import Engine, start_engine
from serving.engine.progress import StageEvent

POLL_S = 0.2
SHOWN_ROWS = 2  # test rows of each task that are shown side by side

Tell = Callable[[str, AnyEvent], None]


@dataclass
class DemoResult:
    """What `vibetune demo --json` prints."""

    project: Path
    seconds: dict[str, float] = field(default_factory=dict)
    adapters: dict[str, str] = field(default_factory=dict)  # task → address
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "project": str(self.project),
            "seconds": {stage: round(spent, 2) for stage, spent in self.seconds.items()},
            "total_s": round(sum(self.seconds.values()), 2),
            "tasks": [
                {"name": name, "adapter": self.adapters[name], "verdict": verdict.model_dump(mode="json")}
                for name, verdict in self.verdicts.items()
            ],
            "comparisons": [comparison.as_json() for comparison in self.comparisons],
        }

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the seconds of a block to a stage."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - began


def run_demo(folder: Path, tell: Tell) -> DemoResult:
    """Plans, trains, serves, measures and compares; leaves the project, and no process.

    Raises:
        Failed: a run did not finish, with its cause.
    """
    result = DemoResult(folder)
    project = create_project(folder)
    copy_sample(project)
    tasks = sample_tasks()
    base, runs = _start_runs(project, tasks, result)
    try:
        with result.timed("training"):
            _watch(runs, tell)
    finally:
        for run in runs.values():
            if state(run) in RUNNING:
                cancel(run)
    with result.timed("registration"):
        adapters = {name: find_adapter(project, register_run(project, run)) for name, run in runs.items()}
    result.adapters = {name: adapter.address for name, adapter in adapters.items()}
    with _engine(project, base, list(adapters.values()), result, tell) as engine:
        for name, run in runs.items():
            with result.timed(f"evaluation of {name}"):
                result.verdicts[name] = measure_on(engine, run, adapters[name], on_progress=_progress(tell, name))
            register_run(project, run)
        with result.timed("comparison"):
            result.comparisons = _side_by_side(engine, list(adapters.values()), list(runs.values()))
    return result


def _start_runs(
    project: ProjectFolder, tasks: Sequence[SampleTask], result: DemoResult
) -> tuple[Base, dict[str, RunFolder]]:
    """One worker per task, all at once: two small models on two cores finish sooner side by side than in turn."""
    threads = max(1, (psutil.cpu_count(logical=False) or 1) // len(tasks))
    runs: dict[str, RunFolder] = {}
    for task in tasks:
        with result.timed("planning"):
            proposal = propose(
                project, task.sentence, [project.path / "data" / task.data], [*task.overrides, f"name={task.name}"]
            )
            plan_file = write_plan(proposal.require_plan(), project.path / "plans" / f"{task.name}.yaml")
        with result.timed("data"):
            prepared = prepare(project, proposal.require_plan())
        with result.timed("training"):
            runs[task.name] = start_run(
                project,
                prepared.plan,
                dataset=prepared.dataset.folder,
                base=prepared.base,
                rows=prepared.rows,
                plan_file=str(plan_file.relative_to(project.path)),
                threads=threads,
            )
    return prepared.base, runs


def _watch(runs: dict[str, RunFolder], tell: Tell) -> None:
    tails = {name: Tail(run.events) for name, run in runs.items()}
    while True:
        is_running = any(state(run) in RUNNING for run in runs.values())
        for name, tail in tails.items():
            for event in tail:
                tell(name, event)
        if not is_running:
            break
        time.sleep(POLL_S)
    for name, run in runs.items():
        ended = summary(run)
        if ended.state != "finished":
            error = ended.error or {"message": f"The run of {name} is {ended.state}.", "hint": f"See {run.log}."}
            raise Failed("demo.run_failed", str(error["message"]), str(error.get("hint", "")), run=run.name)


@contextmanager
def _engine(
    project: ProjectFolder, base: Base, adapters: list[RegisteredAdapter], result: DemoResult, tell: Tell
) -> Iterator[Engine]:
    def show(event: StageEvent) -> None:
        progress = Progress(stage="serving", done=event.done, total=event.total, unit="adapters", text=event.text)
        tell("engine", progress)

    with result.timed("engine start"):
        engine = start_engine(deployment(project, base, adapters, name="demo"), project.state, on_stage=show)
    try:
        yield engine
    finally:
        with result.timed("engine stop"):
            engine.stop()


def _progress(tell: Tell, name: str) -> Callable[[Progress], None]:
    return lambda progress: tell(name, progress)


def _side_by_side(engine: Engine, adapters: list[RegisteredAdapter], runs: list[RunFolder]) -> list[Comparison]:
    """A few test rows of each task, answered by the base and by every adapter."""
    from pipeline.datasets.versions.version import load_version

    columns = contestants(engine, adapters)
    messages = [
        row.prompt[-1]["content"]
        for run in runs
        for row, _ in zip(load_version(run.dataset).rows("test"), range(SHOWN_ROWS), strict=False)
    ]

    async def ask() -> list[Comparison]:
        async with engine.endpoint() as endpoint:
            found = []
            for message in messages:
                last = Comparison(message)
                async for comparison in compare(endpoint, columns, message):
                    last = comparison
                found.append(last)
            return found

    return asyncio.run(ask())
