"""Every setting of a user in one typed file, with its text; `docs/settings.md` is made from here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import BadInput
from pipeline.files import write_text


class Settings(BaseModel):
    """What a user can choose for all projects."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    version: Literal[1] = 1
    theme: Literal["dark", "light", "system"] = Field("dark", description="Dark, light, or as the desktop wants.")
    font_size: int = Field(13, ge=10, le=24, description="Size of the editor's text, pixels.")
    reduce_motion: bool = Field(False, description="The caret doesn't blink.")
    restore_windows: bool = Field(True, description="Open the last project and its windows again at the start.")
    notify_when_done: bool = Field(True, description="Say it when work of more than ten seconds ends.")
    refresh_seconds: float = Field(0.5, ge=0.1, le=10, description="How often running work is looked at, seconds.")
    engine_python: str = Field("", description="Interpreter that runs the engine; empty: the project's own.")
    worker_python: str = Field("", description="Interpreter that trains; empty: the project's own.")
    keys: dict[str, str] = Field(
        default_factory=dict, description="Own shortcuts by command id: `run.start: Ctrl+R`; empty text takes one away."
    )


class SettingsFile:
    """The settings on disk; `changed` names the field."""

    changed = Signal(str)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = self._read()

    def set(self, name: str, value: object) -> None:
        """Changes one setting and writes the file.

        Raises:
            BadInput: no such setting, or not a value for it; says what is allowed.
        """
        if name not in Settings.model_fields:
            raise BadInput(
                "settings.unknown", f"There is no setting {name!r}.", f"Known: {', '.join(Settings.model_fields)}."
            )
        try:
            setattr(self.values, name, value)
        except ValidationError as error:
            told = error.errors()[0]["msg"]
            raise BadInput("settings.value", f"{name}: {value!r} doesn't fit. {told}.", describe(name)) from None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, self.values.model_dump_json(indent=2) + "\n")
        self.changed.emit(name)

    def _read(self) -> Settings:
        if not self.path.is_file():
            return Settings()
        try:
            return Settings.model_validate_json(self.path.read_text("utf-8"))
        except (ValidationError, ValueError):
            kept = self.path.with_suffix(".unreadable.json")
            self.path.replace(kept)  # a broken file must not keep the window shut, and must not be lost
            return Settings()


def describe(name: str) -> str:
    """A setting's text."""
    return Settings.model_fields[name].description or ""


def user_settings_path() -> Path:
    """Where this user's settings lie."""
    from platformdirs import user_config_path

    return user_config_path("vibetune") / "settings.json"
