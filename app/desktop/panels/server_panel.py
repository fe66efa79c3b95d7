"""The server in the side bar: its state, its start by stages, what it holds, and how a program reaches it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Banner, Elided, EmptyState, button, card, clear, column, label, row
from app.desktop.widgets.flow import flow
from app.desktop.widgets.server_stages import ServerStages
from app.workbench.bench import Workbench


class ServerPanel(QWidget):
    """Follows `bench.server`."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench = bench
        self.setObjectName("server")
        self.setProperty("surface", "panel")
        self.stages = ServerStages()
        self._up = label("", "muted")
        self._shown: tuple[object, ...] = ()
        self._body: QVBoxLayout = column(spacing=10, margins=(12, 4, 12, 12))
        whole = column(row(label("Server", "section"), None, self._up, margins=(12, 12, 12, 8)), spacing=0)
        whole.addLayout(self._body, 1)
        self.setLayout(whole)
        bench.server.changed.connect(self._show)
        bench.adapters.changed.connect(self._show)
        self._show()

    @while_living
    def _show(self) -> None:
        server, error = self._bench.server, self._bench.server.error
        self._up.setText(f"up {server.uptime}" if server.state == "ready" else server.state)
        told = (server.state, server.base, server.url, server.adapters, server.loading, error.message if error else "")
        shown = (*told, tuple(server.refused), len(self._bench.adapters.adapters))
        if shown != self._shown:
            self._shown = shown
            self._rebuild()
        if server.state == "starting":
            what = server.base or "the plan's base"
            self.stages.show_start(
                server.stages,
                what=what,
                seconds=server.seconds,
                seconds_left=server.seconds_left,
                fraction=server.fraction or 0.0,
            )

    def _rebuild(self) -> None:
        self.stages.setParent(None)
        clear(self._body)
        state = self._bench.server.state
        if state == "ready":
            self._show_ready()
        elif state == "starting":
            self._body.addWidget(self.stages)
            self.stages.show()
            self._body.addLayout(row(self._command("Stop", "debug-stop", "server.stop"), None))
        elif state == "failed":
            self._show_failure()
        else:
            start = self._command("Start server", "debug-start", "server.start")
            start.setEnabled(state == "stopped" and self._bench.project is not None)
            text = "It serves the base with each adapter's candidate, on this machine only, and goes on when the "
            text += "window closes."
            title = "Stopping" if state == "stopping" else "No server is running"
            self._body.addWidget(EmptyState("server", title, text, start))
        self._body.addStretch(1)

    def _show_ready(self) -> None:
        server = self._bench.server
        address = Elided(server.url + "/v1", "data")
        url = row(spacing=4)
        url.addWidget(address, 1)
        url.addWidget(self._command("", "copy", "server.copy_url", "Copy the address"))
        url.addWidget(self._command("", "key", "server.copy_key", "Copy the key"))
        base = row(label(server.base, "section"), None, label("Ready", "pill-good"))
        self._body.addWidget(card(base, url, name="server.card"))
        self._body.addLayout(row(label("Answers for", "section"), None, label(f"{server.slots} at once", "muted")))
        self._body.addWidget(_line("base", "as it comes"))
        for name in server.adapters:
            known = self._bench.adapters.get(name)
            self._body.addWidget(_line(name, ", ".join(known.aliases) if known else ""))
        if server.loading:
            self._body.addWidget(_line(server.loading, "loading …"))
        for name, error in server.refused.items():
            self._body.addWidget(Banner("bad", error.message, error.hint, code=name))
        stop = self._command("Stop server", "debug-stop", "server.stop")
        restart = self._command("", "debug-restart", "server.restart", "Restart with the same adapters")
        self._body.addWidget(flow(stop, restart, self._command("Log", "output", "server.show_log")))

    def _show_failure(self) -> None:
        error = self._bench.server.error
        again = self._command("Start again", "debug-restart", "server.start")
        log = self._command("Log", "output", "server.show_log")
        if error is not None:
            self._body.addWidget(Banner("bad", error.message, error.hint, again, log, code=error.code))

    def _command(self, text: str, icon: str, command: str, tip: str = "") -> QPushButton:
        return button(text, icon=icon, name=command, on=lambda: self._bench.run(command), tip=tip)


def _line(name: str, note: str) -> QFrame:
    made = QFrame()
    line = row(label("●", "good"), spacing=8, margins=(4, 0, 4, 0))
    line.addWidget(Elided(name, "data"), 1)
    line.addWidget(label(note, "muted"))
    made.setLayout(line)
    made.setAccessibleName(f"{name} {note}")
    return made
