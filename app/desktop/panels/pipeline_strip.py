"""Data → train → evaluate → serve, as it stands now; a click goes there."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import row
from app.desktop.widgets.pipeline_node import NodeText, PipelineEdge, PipelineNode
from app.workbench.actions.chosen import chosen_run
from app.workbench.bench import Workbench
from app.workbench.run_curve import duration
from app.workbench.run_row import RunRow
from app.workbench.run_words import OUTCOME_WORDS, clock, progress, time_left

STATIONS = (("database", "Data"), ("beaker", "Train"), ("graph", "Evaluate"), ("server-process", "Serve"))


class PipelineStrip(QWidget):
    """Four stations of the chosen run."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self.setObjectName("pipeline")
        self.setProperty("surface", "panel")
        self.nodes = [PipelineNode(icon, title, f"pipeline.{title.lower()}") for icon, title in STATIONS]
        self._edges = [PipelineEdge() for _ in STATIONS[1:]]
        items: list[QWidget] = []
        for place, node in enumerate(self.nodes):
            node.clicked.connect(lambda _checked=False, place=place: self._go(place))
            items += [node, *self._edges[place : place + 1]]
        self.setLayout(row(*items, spacing=4, margins=(16, 8, 16, 8)))
        for store in (bench.runs, bench.data, bench.server):
            store.changed.connect(self._show)
        bench.selection.changed.connect(self._selected)
        self._show()

    def _go(self, place: int) -> None:
        views, run = self._bench.views, chosen_run(self._bench)
        if place == 0:
            views.open("datasets")
        elif place == 3:
            views.open("server")
        elif run is None:
            views.open("runs")
        else:
            views.open("run" if place == 1 else "verdict", run.name)

    @while_living
    def _selected(self, _what: str) -> None:
        self._show()

    def _show(self) -> None:
        run = chosen_run(self._bench)
        texts = [self._data(run), _train(run), _evaluate(run), self._serve(run)]
        for node, text in zip(self.nodes, texts, strict=True):
            if text != node.shown:
                node.show_text(text)
        for edge, text in zip(self._edges, texts, strict=False):
            edge.set_done(text.state == "done")

    def _data(self, run: RunRow | None) -> NodeText:
        versions, files = self._bench.data.versions, self._bench.data.files
        if run is not None:
            name, _, version = run.dataset.partition(" ")
            found = next((each for each in versions if each.name == name and each.version == version), None)
            rows = (
                f"{found.train_rows + found.validation_rows + found.test_rows:,} rows"
                if found is not None
                else "frozen"
            )
            return NodeText("Data", name, f"{rows} · version {version[:6]}", "done")
        if files:
            count = sum(file.rows or 0 for file in files)
            return NodeText("Data", f"{len(files)} file{'s' if len(files) > 1 else ''}", f"{count:,} rows", "done")
        return NodeText("Data", "none yet", "drop a file")

    def _serve(self, run: RunRow | None) -> NodeText:
        server = self._bench.server
        address = (run.adapter if run is not None else None) or "base alone"
        if server.state in {"starting", "stopping"}:
            left = server.seconds_left
            detail = f"about {duration(left)} left" if left else f"{server.state}"
            return NodeText("Serve", address, detail, "live", server.fraction)
        if server.state == "failed":
            return NodeText("Serve", "failed", server.error.message if server.error else "", "bad")
        if server.state == "ready":
            count = len(server.adapters)
            is_served = address in server.adapters
            detail = f"{server.base} with {count} adapter{'' if count == 1 else 's'}"
            return NodeText(
                "Serve", address if is_served else "without this one", detail, "done" if is_served else "warn"
            )
        return NodeText("Serve", f"as {address}" if run is not None and run.adapter else "", "stopped")


def _train(run: RunRow | None) -> NodeText:
    if run is None:
        return NodeText("Train", "no run yet", "start one from the plan")
    took = f"{clock(run.elapsed_s)} so far"
    if run.state in {"preparing", "training"}:
        detail = " · ".join(part for part in (took, time_left(run)) if part)
        return NodeText("Train", progress(run), detail, "live", run.fraction)
    if run.state in {"failed", "interrupted", "damaged"}:
        return NodeText("Train", run.short_name, run.error[1] if run.error else run.state, "bad")
    if run.state in {"paused", "cancelled"}:
        return NodeText("Train", run.short_name, f"{run.state} at {progress(run)}", "warn")
    return NodeText("Train", run.short_name, f"{run.step:,} steps · {duration(run.elapsed_s)}", "done")


def _evaluate(run: RunRow | None) -> NodeText:
    if run is None or run.state in {"preparing", "training", "paused"}:
        return NodeText("Evaluate", "", "follows by itself")
    if run.state == "measuring":
        return NodeText("Evaluate", progress(run), time_left(run), "live", run.fraction)
    if run.verdict is not None:
        outcome = OUTCOME_WORDS.get(run.verdict.outcome, run.verdict.outcome)
        state = {"better": "done", "worse": "bad"}.get(run.verdict.outcome, "warn")
        lead = f"{100 * run.verdict.lead:+.0f} points".replace("-", "−") if run.verdict.lead is not None else ""
        return NodeText("Evaluate", f"{outcome} {lead}".strip(), f"{run.verdict.rows:,} test rows", state)  # type: ignore[arg-type]
    if run.state == "trained":
        return NodeText("Evaluate", "not measured", run.error[1] if run.error else "", "warn")
    return NodeText("Evaluate", "nothing to measure")
