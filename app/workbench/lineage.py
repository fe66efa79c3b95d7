"""Where an adapter comes from, back to the sentence that asked for it: read from the run's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.workbench.quantities import size
from pipeline.errors import BadInput
from pipeline.files import read_json
from pipeline.runs.layout import ProjectFolder, RunFolder

if TYPE_CHECKING:
    from app.workbench.adapter_store import AdapterRow, LineageStep


def lineage_of(project: ProjectFolder, row: AdapterRow) -> tuple[LineageStep, ...]:
    """The steps of one version, oldest first; a step whose files are gone is left out, not guessed."""
    from app.workbench.adapter_store import LineageStep
    from pipeline.runs.manifest import read_manifest

    manifest = read_manifest(row.folder)
    steps = []
    sentence = manifest.chat_turn or manifest.goal
    if sentence:
        told = "asked in the chat" if manifest.chat_turn else "the plan's goal"
        steps.append(LineageStep("sentence", f"“{sentence}”", told))
    run = project.run(row.run)
    if row.run and run.request.is_file():
        steps += _steps_of_run(project, run)
    elif row.run:
        steps.append(LineageStep("run", row.run, "its folder is gone"))
    detail = " · ".join([*row.aliases, size(row.bytes), f"r {row.rank}"])
    steps.append(LineageStep("adapter", row.address, detail, row.address))
    return tuple(steps)


def _steps_of_run(project: ProjectFolder, run: RunFolder) -> list[LineageStep]:
    from app.workbench.adapter_store import LineageStep
    from pipeline.runs.request import read_request

    try:
        request = read_request(run)
    except BadInput as error:
        return [LineageStep("run", run.name, error.message)]
    detail = f"frozen with the run · from {request.plan_file}"
    steps = [LineageStep("checkpoint", f"Plan {request.plan_name or request.plan_file}", detail, request.plan_file)]
    told = _row_counts(run)
    dataset = request.dataset
    steps.append(
        LineageStep(
            "dataset",
            f"{dataset.name}, version {dataset.version[:8]}",
            " · ".join(told),
            f"{dataset.name}/{dataset.version}",
        )
    )
    outcome = str(_json(run, "verdict.json").get("outcome") or "")
    told = [f"on {request.base.id}", request.created[:16].replace("T", " ")]
    steps.append(LineageStep("run", run.name, " · ".join([*told, outcome] if outcome else told), run.name))
    return steps


def _row_counts(run: RunFolder) -> list[str]:
    from pipeline.datasets.versions.version import read_dataset_manifest

    try:
        counts = read_dataset_manifest(run.dataset).counts
    except BadInput:
        return []
    rows = counts.train + counts.validation + counts.test
    told = [f"{rows:,} rows"] if rows else []
    return [*told, f"{counts.quarantined:,} set aside"] if counts.quarantined else told


def _json(run: RunFolder, name: str) -> dict[str, Any]:
    try:
        return read_json(run.path / name)
    except (OSError, ValueError):
        return {}
