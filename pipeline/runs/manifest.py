"""`manifest.json` of an adapter: where it comes from, and what must travel with it to be served as it was trained."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import BadInput
from pipeline.files import read_json, write_json

MANIFEST_FILE = "manifest.json"


class BaseReference(BaseModel):
    """Which base, exactly."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(description="`pocket`, a hub id, or a folder's name")
    revision: str | None = Field(None, description="hub commit")
    sha256: str = Field(description="of the base's weight files, see pipeline.bases")


class AdapterManifest(BaseModel):
    """Origin and travelling parts of an adapter."""

    model_config = ConfigDict(extra="ignore")

    version: int = 1
    name: str
    base: BaseReference
    task: str
    goal: str = ""
    run: str = ""
    plan_sha256: str = ""
    dataset_version: str = ""
    chat_turn: str | None = Field(None, description="the conversation's turn that caused it")
    seed: int = 0
    created: str = Field("", description="UTC, ISO 8601")
    libraries: dict[str, str] = Field(default_factory=dict)
    r: int
    lora_alpha: float
    target_modules: list[str] = Field(default_factory=list)
    system_prompt: str | None = None
    chat_template_sha256: str = Field("", description="of the template that training rendered with")
    stop_tokens: list[str] = Field(default_factory=list)
    labels: list[str] | None = Field(None, description="classification: all answers that it was taught")
    max_tokens: int = Field(
        256, description="longest trained answer plus its end, with some room; the default for requests"
    )
    serving_dtype: str = "float32"
    adapter_sha256: str = Field("", description="of adapter_model.safetensors")


def write_manifest(folder: Path, manifest: AdapterManifest) -> None:
    """Writes `manifest.json` into an adapter's folder."""
    write_json(folder / MANIFEST_FILE, manifest.model_dump())


def read_manifest(folder: Path) -> AdapterManifest:
    """Reads an adapter's manifest.

    Raises:
        BadInput: `adapter.no_manifest`, `adapter.bad_manifest`.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise BadInput("adapter.no_manifest", f"{folder} has no {MANIFEST_FILE}.", "Import the adapter first.")
    try:
        return AdapterManifest.model_validate(read_json(path))
    except ValueError as error:
        raise BadInput("adapter.bad_manifest", f"{path} can't be read: {error}", "Train or import it again.") from error


def text_sha256(text: str) -> str:
    """Hex digest of a text, for templates and plans."""
    return hashlib.sha256(text.encode()).hexdigest()
