"""Deployments on disk: what is served with which settings (`NAME.yaml`, the intent), and how it is (`NAME.state.json`).

deployments/
  NAME.yaml           base, settings, adapters; written by us, readable and editable by people
  NAME.state.json     state, since when, address, adapters that answer, error
  NAME.log            what the engine says; NAME.previous.log of the start before
  NAME.served/        links to the adapters that it loads, one per content
processes/
  engine-NAME.json    the process group, with the engine's key; readable by the owner only (pipeline.processes)
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.bases.base import Base
from pipeline.errors import BadInput
from pipeline.files import write_json, write_text
from pipeline.plan.model import Name
from serving.engine.base import ServedBase
from serving.engine.settings import EngineSettings

State = Literal["Pending", "Initializing", "Ready", "Stopped", "Errored"]


class AdapterEntry(BaseModel):
    """One adapter of a deployment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="name that clients use, unique per version: name@version")
    folder: str = Field(description="with adapter_model.safetensors; relative to the project, where it is inside")


class Deployment(BaseModel):
    """A base with its adapters and settings."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    name: Name = "local"
    base: str = Field(description="name that clients use for the base")
    base_folder: str = Field(description="with config.json and *.safetensors")
    base_sha256: str = Field("", description="of the base's weights")
    settings: EngineSettings = Field(default_factory=EngineSettings)
    adapters: list[AdapterEntry] = Field(default_factory=list)

    @classmethod
    def of(cls, base: Base, state_folder: Path, **fields: Any) -> Deployment:
        """A deployment of a base that was found on this machine; `fields` are `name`, `settings`, `adapters`."""
        folder = from_project(state_folder, base.folder)
        return cls(base=base.id, base_folder=folder, base_sha256=base.sha256, **fields)

    def served_base(self, state_folder: Path) -> ServedBase:
        """The base, its folder resolved against the project."""
        return ServedBase(self.base, in_project(state_folder, self.base_folder), self.base_sha256)

    def with_adapter(self, entry: AdapterEntry) -> Deployment:
        """A copy with one more adapter; one of the same name is replaced."""
        return self.model_copy(update={"adapters": [*self.without_adapter(entry.name).adapters, entry]})

    def without_adapter(self, name: str) -> Deployment:
        """A copy without an adapter."""
        return self.model_copy(update={"adapters": [entry for entry in self.adapters if entry.name != name]})


class DeploymentState(BaseModel):
    """How a deployment is, as far as the last one who looked knows."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = 1
    state: State
    text: str = Field("", description="in plain words")
    since: float = Field(0.0, description="seconds since the epoch")
    url: str | None = None
    adapters: list[str] = Field(default_factory=list)
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class DeploymentFiles:
    """Paths of one deployment below a state folder (`.vibetune`)."""

    state_folder: Path
    name: str

    @property
    def intent(self) -> Path:
        return self.state_folder / "deployments" / f"{self.name}.yaml"

    @property
    def state(self) -> Path:
        return self.state_folder / "deployments" / f"{self.name}.state.json"

    @property
    def log(self) -> Path:
        return self.state_folder / "deployments" / f"{self.name}.log"

    @property
    def previous_log(self) -> Path:
        return self.state_folder / "deployments" / f"{self.name}.previous.log"

    @property
    def served(self) -> Path:
        return self.state_folder / "deployments" / f"{self.name}.served"

    @property
    def records(self) -> Path:
        return self.state_folder / "processes"

    @property
    def process(self) -> str:
        return f"engine-{self.name}"


def in_project(state_folder: Path, folder: str) -> Path:
    """A folder that a deployment names: absolute, or relative to the project that holds the state folder."""
    return (state_folder.resolve().parent / folder).resolve()


def from_project(state_folder: Path, folder: Path) -> str:
    """How a deployment names a folder: relative inside the project, so that the project can be moved."""
    project = state_folder.resolve().parent
    resolved = folder.resolve()
    return str(resolved.relative_to(project)) if resolved.is_relative_to(project) else str(resolved)


def write_deployment(state_folder: Path, deployment: Deployment) -> None:
    """Writes the intent, leaving out what is at its default."""
    from ruamel.yaml import YAML

    content = {"version": 1} | deployment.model_dump(mode="json", exclude_defaults=True)
    stream = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(content, stream)
    write_text(DeploymentFiles(state_folder, deployment.name).intent, stream.getvalue())


def read_deployment(state_folder: Path, name: str) -> Deployment:
    """Reads the intent.

    Raises:
        BadInput: `deployment.missing`, `deployment.broken`.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = DeploymentFiles(state_folder, name).intent
    try:
        return Deployment.model_validate({"name": name} | (YAML(typ="safe").load(path.read_text()) or {}))
    except FileNotFoundError as error:
        known = ", ".join(deployment_names(state_folder)) or "none"
        text = f"There is no deployment {name!r} ({known} in {path.parent})."
        raise BadInput("deployment.missing", text, "Start one with `vibetune serve`.") from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        text = f"{path} can't be used: {error}"
        raise BadInput("deployment.broken", text, "Correct the file, or delete it and serve again.") from error


def deployment_names(state_folder: Path) -> list[str]:
    """Names of all deployments of a project."""
    return sorted(path.stem for path in (state_folder / "deployments").glob("*.yaml"))


def write_state(files: DeploymentFiles, state: DeploymentState) -> None:
    """Writes the state, with the time."""
    write_json(files.state, state.model_copy(update={"since": time.time()}).model_dump(mode="json"))


def read_state(files: DeploymentFiles) -> DeploymentState:
    """Reads the state as it was written last; whether the engine lives says `serving.engine.engine.status`."""
    try:
        return DeploymentState.model_validate_json(files.state.read_text())
    except FileNotFoundError:
        return DeploymentState(state="Stopped", text="never started")
    except ValueError as error:
        return DeploymentState(state="Stopped", text=f"{files.state.name} can't be read: {error}")
