"""Where the monkey is let loose: folders of its own, a project with runs, and a watch over what is said."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Qt's offscreen plugin says at each use what it can't do.
_PLUGIN = ("This plugin does not support", "QFont::setPointSize")


def use_folder(folder: Path) -> None:
    """Keeps everything of this process below `folder`: settings, projects, log. Before anything of ours is imported."""
    for name, part in (
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "share"),
    ):
        os.environ[name] = str(folder / part)
    os.environ["HOME"] = str(folder)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


class Watch:
    """Collects what should never happen: log records, Qt's warnings, exceptions that nobody caught."""

    def __init__(self) -> None:
        from PySide6.QtCore import qInstallMessageHandler

        self.records: list[str] = []
        self._handler = _Handler(self.records)
        logging.getLogger().addHandler(self._handler)
        qInstallMessageHandler(self._qt_said)
        sys.excepthook = self._uncaught
        sys.unraisablehook = lambda told: self._uncaught(type(told.exc_value), told.exc_value, told.exc_traceback)
        threading.excepthook = lambda told: self._uncaught(told.exc_type, told.exc_value, told.exc_traceback)

    def _qt_said(self, kind: Any, _context: object, message: str) -> None:
        from PySide6.QtCore import QtMsgType

        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or message.startswith(_PLUGIN):
            return
        stack = "".join(traceback.format_stack(limit=6)[:-1])
        self.records.append(f"Qt: {message}\n{stack}")

    def _uncaught(self, kind: Any, error: Any, trace: Any) -> None:
        self.records.append("exception: " + "".join(traceback.format_exception(kind, error, trace)))


class _Handler(logging.Handler):
    def __init__(self, records: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._records, self.formatter = records, logging.Formatter("%(levelname)s %(name)s: %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(self.format(record))


class World:
    """The projects, an engine and a worker, as somebody else's terminal keeps them going."""

    def __init__(self, folder: Path) -> None:
        from tests.support.every_view import PAUSED, make_project
        from tests.support.projects import make_tiny_project

        self.folder = folder
        self.project = make_project(folder / "first")
        plan = self.project.plan.read_text()
        self.project.plan.write_text(plan.replace("base: tiny-base", "base: base"))
        self.second = make_tiny_project(folder / "second")
        (self.second.path / "notes.md").write_text("# Notes\n\nA *text*.\n")
        plan = self.second.plan.read_text()
        self.second.plan.write_text(plan.replace("r: 8", "r: 8\n    use_dora: true"))
        self._base = shutil.copytree(self.project.path / "base", folder / "base-as-it-was")
        self._run = self.project.run(PAUSED)
        self._stack = contextlib.ExitStack()

    @contextlib.contextmanager
    def going(self) -> Iterator[None]:
        """With the engine and the worker; both are gone at the end."""
        from pipeline.jobs.worker import stop_worker

        try:
            self.keep_going()
            yield
        finally:
            self._stack.close()
            stop_worker(self._run)

    def keep_going(self) -> None:
        """Starts the engine and the worker again where they were stopped."""
        from tests.support.small_engine import running_engine
        from tests.support.small_worker import begin, is_working

        if not self._serves():
            self._stack.close()
            shutil.copytree(self._base, self.project.path / "base", dirs_exist_ok=True)  # its files can be put away
            self._stack.enter_context(running_engine(self.project, ["queues@v1", "queues@v2"]))
        if not is_working(self._run):
            begin(self._run)

    def _serves(self) -> bool:
        """Whether the engine is there; a deployment's file that was typed over is deleted, as its error says."""
        from pipeline.errors import BadInput
        from serving.deployments import DeploymentFiles
        from serving.engine.engine import find_engine

        try:
            return find_engine(self.project.state) is not None
        except BadInput:
            DeploymentFiles(self.project.state, "local").intent.unlink()
            return False
