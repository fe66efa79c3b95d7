"""`run.json`: what was asked for when a run was made. Written once; the worker and everybody else only read it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import BadInput
from pipeline.files import write_text
from pipeline.runs.layout import RunFolder
from pipeline.runs.manifest import BaseReference


class DatasetReference(BaseModel):
    """Which dataset version, exactly."""

    model_config = ConfigDict(extra="ignore")

    name: str
    version: str = Field(description="hash of its content, as in the dataset's manifest")


class RunRequest(BaseModel):
    """The circumstances of a run; what is to be done stands in the frozen plan beside it."""

    model_config = ConfigDict(extra="ignore")

    version: int = 1
    created: str = Field(description="UTC, ISO 8601")
    plan_file: str = Field("plan.yaml", description="that the frozen plan was made from, relative to the project")
    plan_name: str = ""
    task: str = ""
    dataset: DatasetReference
    base: BaseReference
    base_folder: str | None = Field(
        None, description="of a base that is a folder: relative to the project when inside it; null: look `base.id` up"
    )
    chat_turn: str | None = Field(None, description="the conversation's turn that caused the run")
    threads: int | None = Field(None, ge=1, description="CPU threads; null: one for each core")
    worker_python: str | None = Field(None, description="interpreter of the worker; null: Vibetune's own")
    total_steps: int = Field(0, description="planned steps of the optimizer, for progress before the worker reports")

    def base_address(self, run: RunFolder) -> str:
        """What to look the base up by: its id, or its folder as an absolute path."""
        if self.base_folder is None:
            return self.base.id
        return str((project_of(run) / self.base_folder).resolve())


def project_of(run: RunFolder) -> Path:
    """The project that a run folder lies in."""
    return run.path.resolve().parents[2]


def write_request(run: RunFolder, request: RunRequest) -> None:
    """Writes `run.json`."""
    write_text(run.request, request.model_dump_json(indent=2) + "\n")


def read_request(run: RunFolder) -> RunRequest:
    """Reads `run.json`.

    Raises:
        BadInput: `run.missing`, `run.damaged`.
    """
    try:
        return RunRequest.model_validate_json(run.request.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(
            "run.missing", f"{run.path} is no run: it has no run.json.", "List them: vibetune runs"
        ) from error
    except (ValidationError, UnicodeDecodeError) as error:
        text = f"{run.request} can't be read: {error}"
        raise BadInput("run.damaged", text, "Start the run again from its plan.") from error
