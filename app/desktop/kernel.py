"""A kernel of the project's environment and the widget that talks to it. Importing this takes a second."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_API", "pyside6")

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from PySide6.QtCore import QObject, QTimer, Signal
from qtconsole.manager import QtKernelManager  # type: ignore[import-untyped]
from qtconsole.rich_jupyter_widget import RichJupyterWidget  # type: ignore[import-untyped]

from app.desktop.theme.theme import theme
from app.desktop.theme.tokens import Tokens

BANNER = "project, runs, dataset() and verdict() are at hand.\n"
ASK_EVERY_MS = 200


class _Specs(KernelSpecManager):
    """The one kernel that there is: this program's namespace in the project's interpreter."""

    def __init__(self, python: str) -> None:
        super().__init__()
        self._python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [self._python, "-P", "-m", "app.workbench.console_kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Vibetune", language="python", name=kernel_name)


class ProjectConsole(QObject):
    """A kernel process with its widget; `close` ends the process.

    Only a kernel whose *output* arrives is ready: it may answer requests before its output is subscribed to, and what
    is printed in between is lost.
    """

    ready = Signal()
    failed = Signal(str)  # the process's last line

    def __init__(self, folder: Path, python: str = "") -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="vibetune-console-")  # for sockets: only this user reads it
        self._said = (Path(self._folder.name) / "kernel.log").open("w+", encoding="utf-8", errors="replace")
        self._manager = QtKernelManager(
            transport="ipc",
            connection_file=str(Path(self._folder.name) / "kernel.json"),
            kernel_name="vibetune",
            kernel_spec_manager=_Specs(python or sys.executable),
        )
        self._manager.start_kernel(cwd=str(folder), stderr=self._said)  # a restart writes there, too
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.iopub_channel.message_received.connect(self._heard)
        self._asked: set[str] = set()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._ask)
        self._timer.start(ASK_EVERY_MS)
        self.widget = RichJupyterWidget(font_family="JetBrains Mono", font_size=10)  # it begins by setting them
        self.widget.banner = BANNER
        self.widget.kernel_banner = ""
        self.widget.setAccessibleName("Console")
        for action in self.widget.actions():  # they would make the window's own keys ambiguous: Ctrl+Shift+P, Ctrl+S
            action.setShortcuts([])
        self.recolour()
        self._is_closed = False

    @property
    def process_id(self) -> int | None:
        """The kernel's process."""
        provisioner: Any = self._manager.provisioner
        return getattr(provisioner, "pid", None)

    def interrupt(self) -> None:
        """Stops what runs in the kernel."""
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        """Starts the kernel anew; its values are gone. Says `ready` again."""
        self._manager.restart_kernel(now=True)
        self._timer.start(ASK_EVERY_MS)

    def recolour(self) -> None:
        """Takes over the theme's colours."""
        self.widget.style_sheet = _sheet(theme().tokens)
        self.widget.syntax_style = "native" if theme().is_dark else "friendly"

    def close(self) -> None:
        """Ends the kernel; safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._timer.stop()
        self._client.stop_channels()
        if self._manager.has_kernel:
            self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._said.close()
        self._folder.cleanup()

    def _ask(self) -> None:
        if not self._manager.is_alive():
            self._timer.stop()
            self._said.seek(0)
            said = [line.strip() for line in self._said if line.strip()]
            self.failed.emit(said[-1] if said else "its process has ended")
            return
        self._asked.add(self._client.kernel_info())

    def _heard(self, message: dict[str, Any]) -> None:
        if not self._timer.isActive() or message["parent_header"].get("msg_id") not in self._asked:
            return
        self._timer.stop()
        self._asked.clear()
        if self.widget.kernel_client is None:
            self.widget.kernel_manager = self._manager
            self.widget.kernel_client = self._client
        else:
            self.widget.reset(clear=True)
        self.ready.emit()


def _sheet(tokens: Tokens) -> str:
    return f"""
    QPlainTextEdit, QTextEdit {{ background: {tokens.bg1}; color: {tokens.text}; font-family: "JetBrains Mono";
      font-size: 13px; selection-background-color: {tokens.sel}; selection-color: {tokens.strong}; border: 0; }}
    .inverted {{ background-color: {tokens.text}; color: {tokens.bg1}; }}
    .error {{ color: {tokens.bad}; }}
    .in-prompt {{ color: {tokens.accent}; }} .in-prompt-number {{ font-weight: bold; }}
    .out-prompt {{ color: {tokens.good}; }} .out-prompt-number {{ font-weight: bold; }}
    """
