"""Data sets of the Hugging Face hub, from its cache: the files at one revision, read like a folder of them."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.datasets.readers.container import is_data_name, read_members
from pipeline.datasets.readers.content import read_content
from pipeline.datasets.readers.licence import licence_problem
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput

_HUB_PATH = re.compile(r"(?:^|/)hf:(?P<id>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[^#]+))?(?:#(?P<config>.+))?$")
_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class HubDataset:
    """`org/name@revision#config`."""

    id: str
    revision: str | None
    config: str | None

    @property
    def shown(self) -> str:
        return self.id + (f"@{self.revision}" if self.revision else "")


def is_hub_path(path: Path) -> bool:
    """Whether a path names a data set of the hub: `hf:org/name@revision`."""
    return bool(_HUB_PATH.search(str(path)))


def _dataset_of(path: Path) -> HubDataset:
    match = _HUB_PATH.search(str(path))
    if match is None:
        raise BadInput("data.missing_file", f"{path} names no data set of the hub.", "Write hf:org/name@revision.")
    return HubDataset(match["id"], match["revision"], match["config"])


def read_hub(path: Path) -> Table:
    """Reads a data set whose files are in the hub's cache; nothing is downloaded, and none of its code is run.

    Raises:
        BadInput: `data.not_cached`, `data.no_part`, and those of its files.
    """
    dataset, files = _dataset_of(path), cached_files(path)
    table = read_members(path, ((name, file.read_bytes()) for name, file in files), read_content)
    card = _card(_snapshot(dataset) / "README.md")
    table.problems.append(licence_problem(dataset.shown, dataset.id, card, len(table.rows)))
    return table


def cached_files(path: Path) -> list[tuple[str, Path]]:
    """Names in the repository and places in the cache of the files that make up a data set's configuration.

    Raises:
        BadInput: `data.not_cached`, `data.no_part`.
    """
    dataset = _dataset_of(path)
    folder = _snapshot(dataset)
    # The cache's snapshots are links to blobs: files, not folders, are linked.
    files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
    patterns = _patterns(dataset, folder / "README.md")
    if patterns is None:
        return [(name, file) for name, file in files.items() if is_data_name(name)]
    return [(name, file) for name, file in files.items() if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]


def _snapshot(dataset: HubDataset) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        found = snapshot_download(dataset.id, repo_type="dataset", revision=dataset.revision, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError, FileNotFoundError) as error:
        pinned = f" --revision {dataset.revision}" if dataset.revision else ""
        raise BadInput(
            "data.not_cached",
            f"The data set {dataset.shown} is not in this machine's Hugging Face cache.",
            f"Download it: hf download --repo-type dataset {dataset.id}{pinned}",
        ) from error
    return Path(found)


def _patterns(dataset: HubDataset, readme: Path) -> list[str] | None:
    """Which files the data set's card lists for the configuration; None where it lists none."""
    configs = _configs(readme)
    if not configs:
        return [f"{dataset.config}/*"] if dataset.config else None
    named = {str(config.get("config_name", "default")): config for config in configs}
    chosen = named.get(dataset.config) if dataset.config else _default(named)
    if chosen is None:
        asked = f"no configuration {dataset.config!r}" if dataset.config else "several configurations"
        raise BadInput(
            "data.no_part", f"{dataset.shown} has {asked}: {', '.join([*named][:20])}.", "Name one after a #."
        )
    return _listed(chosen.get("data_files")) or None


def _default(named: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    marked = next((config for config in named.values() if config.get("default")), None)
    return marked or named.get("default") or (next(iter(named.values())) if len(named) == 1 else None)


def _listed(files: Any) -> list[str]:
    if isinstance(files, str):
        return [files]
    if isinstance(files, dict):
        return _listed(files.get("path"))
    return [pattern for one in files for pattern in _listed(one)] if isinstance(files, list) else []


def _card(readme: Path) -> dict[str, Any]:
    """Metadata of a data set's card; empty where there are none that can be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    match = _FRONT_MATTER.match(readme.read_text("utf-8", "replace")) if readme.is_file() else None
    if match is None:
        return {}
    try:
        card = YAML(typ="safe").load(match[1])
    except (YAMLError, ValueError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}


def _configs(readme: Path) -> list[dict[str, Any]]:
    configs = _card(readme).get("configs")
    return [config for config in configs if isinstance(config, dict)] if isinstance(configs, list) else []
