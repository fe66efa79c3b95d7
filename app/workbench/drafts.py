"""Texts that were typed and not saved, kept beside the project so that a crash loses none of them."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from app.workbench.tasks import Tasks
from pipeline.files import read_json, write_json, write_text
from pipeline.runs.layout import ProjectFolder

MOST_CHARACTERS = 2**20  # of one draft; a longer text is kept in its editor only


class Drafts:
    """Unsaved texts by file."""

    changed = Signal(Path)

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._project: ProjectFolder | None = None
        self._texts: dict[Path, str] = {}
        self._is_written, self._is_writing = True, False

    def open(self, project: ProjectFolder | None) -> None:
        """Reads what was left unsaved in the project; the old project's drafts are written first."""
        if self._project is not None and not self._is_written:
            self._write(self._project, dict(self._texts))
        self._project, self._is_written, self._is_writing = project, True, False
        self._texts = _read(project) if project is not None else {}

    def refresh(self) -> None:
        """Writes the drafts in the background, when one of them changed."""
        project = self._project
        if project is None or self._is_written or self._is_writing:
            return
        self._is_written, self._is_writing = True, True
        texts = dict(self._texts)
        self._tasks.submit(lambda _job: self._write(project, texts), done=self._done, failed=self._done)

    def get(self, path: Path) -> str | None:
        """The unsaved text of a file; None where what is saved is all there is."""
        return self._texts.get(path)

    def keep(self, path: Path, text: str | None) -> None:
        """Remembers a file's unsaved text, or with None that there is none."""
        if self._texts.get(path) == text:
            return
        if text is None:
            del self._texts[path]
        else:
            self._texts[path] = text
        self._is_written = False
        self.changed.emit(path)

    def save(self, path: Path) -> None:
        """Writes a draft into its file."""
        text = self._texts.get(path)
        if text is not None:
            write_text(path, text)
            self.keep(path, None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Files with unsaved text."""
        return tuple(self._texts)

    def _done(self, _outcome: object) -> None:
        self._is_writing = False

    def _write(self, project: ProjectFolder, texts: dict[Path, str]) -> None:
        inside = {
            str(path.relative_to(project.path)): text
            for path, text in texts.items()
            if path.is_relative_to(project.path) and len(text) <= MOST_CHARACTERS
        }
        project.state.mkdir(parents=True, exist_ok=True)
        write_json(_file(project), {"version": 1, "drafts": inside})


def _file(project: ProjectFolder) -> Path:
    return project.state / "drafts.json"


def _read(project: ProjectFolder) -> dict[Path, str]:
    try:
        drafts = read_json(_file(project))["drafts"]
        return {project.path / name: str(text) for name, text in drafts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # a draft that can't be read is no reason to keep the project closed
