"""What is at hand in the console: `project`, `runs`, `dataset` and `verdict`. Runs in the kernel's own process.

Started as `python -P -m app.workbench.console_kernel -f CONNECTION_FILE` in the project's folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import BadInput
from pipeline.runs.layout import ProjectFolder, RunFolder

if TYPE_CHECKING:
    from pipeline.datasets.row import Row
    from pipeline.datasets.versions.version import DatasetVersion, QuarantinedRow
    from pipeline.evaluation.verdict import Verdict
    from pipeline.jobs.state import RunSummary
    from pipeline.plan.model import Plan, Split


class ConsoleProject:
    """The open project."""

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The folder that the user opened."""
        return self.folder.path

    @property
    def plan(self) -> Plan:
        """The typed content of plan.yaml."""
        from pipeline.plan.document import load_plan

        return load_plan(self.folder.plan).plan

    def __repr__(self) -> str:
        return f"<project {self.path.name}: {len(self.folder.run_names())} runs, {self.path}>"


class ConsoleRun:
    """One run: its files, its state, its curve."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def summary(self) -> RunSummary:
        """State, steps, losses and times."""
        from pipeline.jobs.state import summary

        return summary(self.folder)

    @property
    def curve(self) -> list[tuple[int, float]]:
        """Step and training loss."""
        from pipeline.runs.events import Metrics, read_events

        events = [event for event in read_events(self.folder.events) if isinstance(event, Metrics)]
        return [(event.step, event.values["loss"]) for event in events if "loss" in event.values]

    def __repr__(self) -> str:
        seen = self.summary
        loss = f", loss {seen.loss[-1][1]:.3f}" if seen.loss else ""
        return f"<run {self.name}: {seen.state}, step {seen.step} of {seen.total}{loss}>"


class ConsoleRuns(Sequence[ConsoleRun]):
    """All runs, newest first: `runs[0]`, `runs["20261124-…"]`."""

    def __init__(self, project: ProjectFolder) -> None:
        self._project = project

    def __getitem__(self, key: Any) -> Any:
        names = self._project.run_names()[::-1]
        if isinstance(key, str):
            found = [name for name in names if key in name]
            if not found:
                raise BadInput("run.unknown", f"There is no run {key!r}.", f"There are: {', '.join(names[:5])}.")
            return ConsoleRun(self._project.run(found[0]))
        if isinstance(key, slice):
            return [ConsoleRun(self._project.run(name)) for name in names[key]]
        return ConsoleRun(self._project.run(names[key]))

    def __iter__(self) -> Iterator[ConsoleRun]:
        return (ConsoleRun(self._project.run(name)) for name in self._project.run_names()[::-1])

    def __len__(self) -> int:
        return len(self._project.run_names())

    def __repr__(self) -> str:
        return "\n".join(repr(run) for run in self[:20]) or "No runs yet."


class ConsoleDataset:
    """A dataset version; `rows("train")` is a list of rows with `messages`, `label` and `source`."""

    def __init__(self, version: DatasetVersion) -> None:
        self.version = version

    def rows(self, split: Split = "train") -> list[Row]:
        """The rows of one split."""
        return list(self.version.rows(split))

    @property
    def set_aside(self) -> list[QuarantinedRow]:
        """The rows that are kept out, each with its reason."""
        return list(self.version.quarantined())

    def __repr__(self) -> str:
        counts = self.version.counts
        return (
            f"<dataset {self.version.name}@{self.version.id}: {counts.train} train, {counts.validation} validation, "
            f"{counts.test} test rows, {counts.quarantined} set aside>"
        )


def namespace(path: Path) -> dict[str, Any]:
    """The names that the console begins with."""
    folder = ProjectFolder(path)
    runs = ConsoleRuns(folder)

    def dataset(name: str = "") -> ConsoleDataset:
        """The newest dataset version, or the newest of a name; `dataset().rows("train")` yields its rows."""
        from pipeline.datasets.versions.version import load_version

        manifests = sorted(folder.datasets.glob("*/*/manifest.json"), key=lambda each: each.stat().st_mtime)
        found = [
            each.parent for each in manifests if not name or name in f"{each.parent.parent.name}@{each.parent.name}"
        ]
        if not found:
            raise BadInput("data.no_version", "There is no such dataset version.", "Run a plan: it makes one.")
        return ConsoleDataset(load_version(found[-1]))

    def verdict(run: str = "") -> Verdict:
        """The verdict of the newest measured run, or of one run."""
        from pipeline.evaluation.verdict import read_verdict

        measured = [each.folder for each in runs if each.folder.verdict.is_file() and run in each.name]
        if not measured:
            raise BadInput("verdict.none", "No such run has been measured.", "Evaluate one first.")
        return read_verdict(measured[0].verdict)

    return {"project": ConsoleProject(folder), "runs": runs, "dataset": dataset, "verdict": verdict}


def main() -> None:
    """Starts the kernel with these names in the current folder's project."""
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(user_ns=namespace(Path.cwd()))


if __name__ == "__main__":
    main()
