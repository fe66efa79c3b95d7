"""The adapters of a project: numbered versions that never change, taken over from finished runs or from elsewhere.

The folders are the truth; the catalog answers faster, and is built from them. A version is made under a lock: folder
first, in one rename, row second, so that a kill in between is healed by the next registration.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.bases.base import Base
from pipeline.catalog.entries import AdapterEntry
from pipeline.catalog.store import Entry, open_catalog
from pipeline.errors import BadInput, Failed
from pipeline.files import new_folder, read_json, sha256
from pipeline.jobs.aliases import CANDIDATE, change_alias
from pipeline.jobs.folders import adapter_entry, adapter_versions, dataset_entry, run_entry, verdict_entry
from pipeline.jobs.state import summary
from pipeline.processes.record import exclusive
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import (
    MANIFEST_FILE,
    AdapterManifest,
    BaseReference,
    read_manifest,
    text_sha256,
    write_manifest,
)
from pipeline.runs.request import read_request

WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"


def register_run(project: ProjectFolder, run: RunFolder) -> str:
    """Takes over the adapter of a finished run as the next version of its name; again: changes nothing.

    A new version becomes `candidate`. The run's verdict is recorded as soon as there is one.

    Returns:
        The version's address, `name@v1`.

    Raises:
        BadInput: `run.not_finished`, `run.missing`, `adapter.no_manifest`.
        Failed: `adapter.damaged`, `disk.full`.
    """
    found = summary(run)
    if found.state != "finished":
        text = f"{run.name} is {found.state}: only a finished run has an adapter to register."
        raise BadInput("run.not_finished", text, f"Look at it: vibetune runs show {run.name}", state=found.state)
    manifest = read_manifest(run.adapter)
    _verify_weights(run.adapter, found.adapter_sha256 or manifest.adapter_sha256)
    with _alone(project, manifest.name):
        entry = _existing(project, manifest) or _new_version(
            project, manifest.name, lambda folder: _copy_files(run.adapter, folder)
        )
        with open_catalog(project.catalog) as catalog:
            catalog.record(entry, *_entries_about(project, manifest, run))
    return entry.address


def import_adapter(
    project: ProjectFolder,
    folder: Path,
    name: str,
    base: Base,
    *,
    task: str = "instruction",
    system_prompt: str | None = None,
    labels: list[str] | None = None,
) -> str:
    """Takes over a PEFT folder from elsewhere; the same weights again: changes nothing.

    A manifest that the folder brings along is kept, apart from the name. Whether vLLM takes it is for serving to say.

    Args:
        project: that it is imported into.
        folder: with adapter_config.json and adapter_model.safetensors.
        name: of the adapter here.
        base: that it was trained for.
        task: what it was trained for.
        system_prompt: that it was trained with.
        labels: all answers of a classification adapter.

    Returns:
        The version's address.

    Raises:
        BadInput: `adapter.not_peft`, `adapter.pickle`, `adapter.other_base`.
    """
    config = _peft_config(folder)
    weights = sha256(folder / WEIGHTS_FILE)
    if (folder / MANIFEST_FILE).is_file():
        manifest = _own_manifest(folder, base).model_copy(update={"name": name, "adapter_sha256": weights})
    else:
        manifest = AdapterManifest(
            name=name,
            base=BaseReference(id=base.id, revision=base.revision, sha256=base.sha256),
            task=task,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            r=int(config.get("r", 0)),
            lora_alpha=float(config.get("lora_alpha", 0)),
            target_modules=_modules(config.get("target_modules")),
            system_prompt=system_prompt,
            chat_template_sha256=text_sha256(base.chat_template),
            stop_tokens=list(base.stop_tokens),
            labels=labels,
            adapter_sha256=weights,
        )

    def fill(target: Path) -> None:
        _copy_files(folder, target)
        write_manifest(target, manifest)

    with _alone(project, name):
        entry = _existing(project, manifest) or _new_version(project, name, fill)
        with open_catalog(project.catalog) as catalog:
            catalog.record(entry)
    return entry.address


@contextlib.contextmanager
def _alone(project: ProjectFolder, name: str) -> Iterator[None]:
    with exclusive(project.adapters, f".{name}"):
        yield


def _existing(project: ProjectFolder, manifest: AdapterManifest) -> AdapterEntry | None:
    """The version that came from the same run with the same weights; a damaged one hides no other."""
    for number, folder in adapter_versions(project, manifest.name):
        try:
            known = read_manifest(folder)
        except BadInput:
            continue
        if (known.run, known.adapter_sha256) == (manifest.run, manifest.adapter_sha256):
            return adapter_entry(project, number, folder)
    return None


def _new_version(project: ProjectFolder, name: str, fill: Callable[[Path], None]) -> AdapterEntry:
    taken = [number for number, _ in adapter_versions(project, name)]
    number = max(taken, default=0) + 1
    folder = project.adapters / name / f"v{number}"
    with new_folder(folder) as building:
        fill(building)
        _verify_weights(building, read_manifest(building).adapter_sha256)
    change_alias(project, name, CANDIDATE, number)
    return adapter_entry(project, number, folder)


def _copy_files(source: Path, target: Path) -> None:
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, target / path.name)


def _verify_weights(folder: Path, expected: str) -> None:
    path = folder / WEIGHTS_FILE
    found = sha256(path) if path.is_file() else "missing"
    if found != expected:
        text = f"{path} is not what was trained: its SHA-256 is {found[:12]}, not {expected[:12]}."
        raise Failed("adapter.damaged", text, "Train it again; the run's plan and data are unchanged.")


def _entries_about(project: ProjectFolder, manifest: AdapterManifest, run: RunFolder) -> list[Entry]:
    """The run, and as far as they can be read its verdict and the version that it was trained on."""
    folder = project.datasets / read_request(run).dataset.name / manifest.dataset_version
    entries: list[Entry | None] = [run_entry(run)]
    for read in (lambda: verdict_entry(run), lambda: dataset_entry(project, folder)):
        with contextlib.suppress(BadInput):  # a verdict is written anew by measuring, a version is in the run, too
            entries.append(read())
    return [entry for entry in entries if entry is not None]


def _peft_config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG_FILE).is_file():
        text = f"{folder} is no PEFT adapter: it has no {CONFIG_FILE}."
        raise BadInput("adapter.not_peft", text, "Name the folder that `save_pretrained` wrote.")
    if not (folder / WEIGHTS_FILE).is_file():
        pickled = [path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pth", ".pkl"}]
        if pickled:
            text = f"{folder / pickled[0]} is a pickle: loading it could run any program."
            raise BadInput("adapter.pickle", text, "Have it saved again as safetensors, by whoever trained it.")
        raise BadInput("adapter.not_peft", f"{folder} has no {WEIGHTS_FILE}.", "Name the folder with the weights.")
    try:
        return read_json(folder / CONFIG_FILE)
    except ValueError as error:
        text = f"{folder / CONFIG_FILE} can't be read: {error}"
        raise BadInput("adapter.not_peft", text, "Get it again.") from error


def _own_manifest(folder: Path, base: Base) -> AdapterManifest:
    manifest = read_manifest(folder)
    if manifest.base.sha256 != base.sha256:
        text = f"{folder} was trained for {manifest.base.id} ({manifest.base.sha256[:12]}), not for {base.id}."
        raise BadInput("adapter.other_base", text, f"Import it for {manifest.base.id}.", base=manifest.base.id)
    return manifest


def _modules(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(module) for module in value or []]
