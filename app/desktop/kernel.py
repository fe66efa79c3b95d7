"""A kernel of the project's environment and the widget that talks to it. Importing this takes a second."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_API", "pyside6")

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from qtconsole.manager import QtKernelManager  # type: ignore[import-untyped]
from qtconsole.rich_jupyter_widget import RichJupyterWidget  # type: ignore[import-untyped]

from app.desktop.theme.theme import theme
from app.desktop.theme.tokens import Tokens

BANNER = "project, runs, dataset() and verdict() are at hand.\n"


class _Specs(KernelSpecManager):
    """The one kernel that there is: this program's namespace in the project's interpreter."""

    def __init__(self, python: str) -> None:
        super().__init__()
        self._python = python

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [self._python, "-P", "-m", "app.workbench.console_kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Vibetune", language="python", name=kernel_name)


class ProjectConsole:
    """A kernel process with its widget; `close` ends the process."""

    def __init__(self, folder: Path, python: str = "") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vibetune-console-")  # for sockets: only this user reads it
        self._manager = QtKernelManager(
            transport="ipc",
            connection_file=str(Path(self._folder.name) / "kernel.json"),
            kernel_name="vibetune",
            kernel_spec_manager=_Specs(python or sys.executable),
        )
        self._manager.start_kernel(cwd=str(folder))
        self._client = self._manager.client()
        self._client.start_channels()
        self.widget = RichJupyterWidget()
        self.widget.banner = BANNER
        self.widget.kernel_banner = ""
        self.widget.kernel_manager = self._manager
        self.widget.kernel_client = self._client
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
        """Starts the kernel anew; its values are gone."""
        self.widget.reset(clear=True)
        self._manager.restart_kernel(now=True)

    def recolour(self) -> None:
        """Takes over the theme's colours."""
        self.widget.style_sheet = _sheet(theme().tokens)
        self.widget.syntax_style = "native" if theme().is_dark else "friendly"
        self.widget.font_family, self.widget.font_size = "JetBrains Mono", 10

    def close(self) -> None:
        """Ends the kernel; safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._client.stop_channels()
        if self._manager.has_kernel:
            self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._folder.cleanup()


def _sheet(tokens: Tokens) -> str:
    return f"""
    QPlainTextEdit, QTextEdit {{ background: {tokens.bg1}; color: {tokens.text}; font-family: "JetBrains Mono";
      font-size: 13px; selection-background-color: {tokens.sel}; selection-color: {tokens.strong}; border: 0; }}
    .inverted {{ background-color: {tokens.text}; color: {tokens.bg1}; }}
    .error {{ color: {tokens.bad}; }}
    .in-prompt {{ color: {tokens.accent}; }} .in-prompt-number {{ font-weight: bold; }}
    .out-prompt {{ color: {tokens.good}; }} .out-prompt-number {{ font-weight: bold; }}
    """
