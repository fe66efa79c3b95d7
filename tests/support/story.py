"""What a person does in the window, from an empty folder to a rolled back adapter, with mouse and keyboard only.

`python -m tests.support.story FOLDER` plays it and prints its figures. Everything lies in FOLDER, which is the user's
home, too.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from app.desktop.widgets.curve import CurveView
from app.workbench.run_words import OUTCOME_WORDS
from app.workbench.sample import sample_folder, sample_tasks
from tests.support.desktop import Desktop, Left

RUN_S = 600.0  # that a run and its measuring may take where other work goes on
WHICH_FILE = "Which file holds examples"


@dataclass(frozen=True)
class Size:
    """How much of the sample is used.

    Args:
        tickets, notes: rows of the two files; None: all.
        epochs: what the first two runs are told; None: as the planner proposes.
        more: what the third is told.
    """

    tickets: int | None = 140
    notes: int | None = 70
    epochs: int | None = 2
    more: int = 3


class Story:
    """One window; the steps are to be done in their order."""

    def __init__(self, desk: Desktop, home: Path, size: Size) -> None:
        self.desk, self.home, self.size = desk, home, size
        self.folder = home / "larkfield"
        self.tasks = sample_tasks()

    @property
    def steps(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        """Name and what is done, in the order of a first day with the program."""
        return (
            ("welcome", self.welcome),
            ("new-project", self.new_project),
            ("drop", self.drop_files),
            ("question", self.say_first),
            ("plan", self.answer),
            ("applied", self.apply),
            ("undone", self.undo),
            ("run", self.run_first),
            ("verdict", self.read_verdict),
            ("second-plan", self.say_second),
            ("server", self.serve),
            ("second-run", self.await_second),
            ("blind", self.ask_blind),
            ("voted", self.vote),
            ("third-run", self.run_again),
            ("promoted", self.promote),
            ("rolled-back", self.roll_back),
            ("stopped", self.stop_server),
        )

    def play(self, at_the_end: Callable[[Desktop], object] = lambda _desk: None) -> None:
        """All of it; something else may be done before the server is stopped."""
        for name, do in self.steps:
            if do == self.stop_server:
                at_the_end(self.desk)
            with self.desk.step(name):
                do()

    # a project and its data

    def welcome(self) -> None:
        self.desk.until_seen("What should your model do differently?", "Checked", "Sort messages")
        assert self.desk.window.windowTitle() == "Vibetune"
        assert self.desk.tabs() == ["Welcome"]

    def new_project(self) -> None:
        desk = self.desk
        desk.press("Ctrl+N")
        desk.until(lambda: desk.focus() == "fileNameEdit", "the dialog asks for a folder")
        desk.press("Ctrl+A")
        desk.type(str(self.folder))
        desk.press("Return")
        desk.until(lambda: desk.window.windowTitle() == "larkfield – Vibetune", "the project is open")
        assert desk.see("top.project", QLabel).text() == "larkfield"
        assert (self.folder / "data").is_dir()

    def drop_files(self) -> None:
        desk = self.desk
        desk.drop([self._cut("tickets.csv", self.size.tickets), self._cut("tone.jsonl", self.size.notes)], "explorer")
        desk.until(lambda: "tickets.csv" in desk.tabs(), "the first file is open")
        desk.until_seen("What the model sees", f"All {self.size.tickets or 674}", inside="data.view")
        assert sorted(path.name for path in (self.folder / "data").iterdir()) == ["tickets.csv", "tone.jsonl"]

    def _cut(self, name: str, rows: int | None) -> Path:
        content = (sample_folder() / name).read_bytes()
        if rows is not None and name.endswith(".csv"):
            lines = list(csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";"))[: rows + 1]
            out = io.StringIO(newline="")
            csv.writer(out, delimiter=";").writerows(lines)
            content = out.getvalue().encode("cp1252")
        elif rows is not None:
            content = b"\n".join(content.splitlines()[:rows]) + b"\n"
        path = self.home / "Downloads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    # a plan

    def say_first(self) -> None:
        self.desk.press("Ctrl+W")
        self.desk.until(lambda: self.desk.tabs() == ["Welcome"], "its tab is closed")
        self.desk.until(lambda: self.desk.has_keyboard("welcome"), "the tab below has the keyboard")
        self._say(self.tasks[0].sentence)
        self._until_asked()

    def _say(self, sentence: str) -> None:
        desk = self.desk
        desk.press("Ctrl+L")
        desk.until(lambda: desk.focus() == "composer.text", "the chat has the keyboard")
        desk.type(sentence)
        desk.press("Return")
        desk.until_seen(sentence, inside="assistant")

    def _until_asked(self) -> None:
        self.desk.until_seen(WHICH_FILE, "data/tickets.csv", "data/tone.jsonl", inside="question.dataset.sources")

    def answer(self) -> None:
        self.desk.click("question.dataset.sources.1")
        self.desk.until_seen("Message is read", "Queue is written", inside="assistant")
        self._shorten(self.size.epochs)
        self.desk.click("plan.why")
        self.desk.until_seen("Memory", "fits", "Time", "million tokens through", inside="plan.card")
        said = self.desk.see("plan.apply", QPushButton).text()
        assert said.startswith("Apply ")
        self.desk.until(lambda: self.desk.see("top.next", QPushButton).text() == said, "it is the next step, too")

    def _shorten(self, epochs: int | None) -> None:
        if epochs is not None:
            self._say(f"Train for {epochs} epochs.")
            line = f"num_train_epochs: {epochs}"
            self.desk.until(lambda: line in (self._proposed() or ""), f"{line} is proposed")
        self.desk.see("plan.card")

    def _proposed(self) -> str | None:
        bench = self.desk.bench
        return bench.plan.preview() if bench.plan.pending is not None else None

    def apply(self) -> None:
        self.desk.press("Ctrl+Return")
        self.desk.until_seen("Applied", "checkpoint 1", inside="assistant")
        assert self.desk.find("plan.card") is None
        assert "task: classification" in (self.folder / "plan.yaml").read_text()

    def undo(self) -> None:
        desk, plan = self.desk, self.folder / "plan.yaml"
        desk.press("Ctrl+Shift+E")
        desk.press("Ctrl+Z")
        desk.until_seen("Checkpoint 1 undone", inside="toasts")
        desk.until_seen("Undone", inside="assistant")
        assert not plan.exists()
        desk.press("Ctrl+Shift+Z")
        desk.until_seen("Checkpoint 1 applied again", inside="toasts")
        assert plan.is_file()

    # a run and its verdict

    def run_first(self) -> None:
        desk = self.desk
        desk.press("F5")
        self._watch()
        desk.until(lambda: desk.see("top.next", QPushButton).text().startswith(("Running", "Measuring")), "it runs")

    def _watch(self) -> None:
        desk = self.desk
        desk.until(lambda: desk.find("run.curve", CurveView) is not None, "the run's view is open", seconds=RUN_S)
        desk.until(
            lambda: " step " in _button_text(desk, "status.progress"), "its progress stands below", seconds=RUN_S
        )
        desk.until(lambda: len(_curve_rows(desk)) > 3, "its curve has points", seconds=RUN_S)

    def read_verdict(self) -> None:
        desk = self.desk
        desk.until_seen("is measured:", inside="toasts", seconds=RUN_S)
        desk.click("notice.run.open_ended")
        self._until_verdict()
        desk.until(lambda: desk.see("top.next", QPushButton).text() == "Compare", "the next step is to compare")

    def _until_verdict(self) -> None:
        desk = self.desk
        desk.until(lambda: desk.find("verdict.headline", QLabel) is not None, "the verdict is open")
        headline = desk.see("verdict.headline", QLabel).text()
        assert any(word in headline for word in OUTCOME_WORDS.values()), headline
        desk.until_seen("Against whom", "Changed answers")

    # another task

    def say_second(self) -> None:
        desk = self.desk
        desk.click("assistant.new")
        self._say(self.tasks[1].sentence)
        self._until_asked()
        desk.click("question.dataset.sources.2")
        desk.until_seen("note is read", "reply is written", inside="assistant")
        self._shorten(self.size.epochs)
        desk.shoot("second-proposal")
        desk.click("plan.apply")
        desk.until_seen("checkpoint 2", inside="assistant")
        assert "task: rewriting" in (self.folder / "plan.yaml").read_text()
        desk.until(lambda: desk.find("plan.card") is None, "the card is gone")
        desk.press("F5")
        desk.until(lambda: len(desk.bench.runs.runs) == 2, "the second run is listed", seconds=RUN_S)

    def serve(self) -> None:
        desk = self.desk
        desk.press("Ctrl+Shift+Y")
        desk.until_seen("The server is stopped", inside="playground")
        desk.click("playground.start_big")
        desk.until(lambda: desk.find("server.stages") is not None, "the stages of the start are shown")
        desk.shoot("server-starts")
        desk.until(lambda: _label_text(desk, "playground.server.state") == "Ready", "it is ready", seconds=RUN_S)
        desk.until(lambda: "1 base" in _button_text(desk, "status.server"), "the status bar says so")

    def await_second(self) -> None:
        self._await_measured(2)
        self.desk.press("Ctrl+Shift+G")
        self._until_verdict()

    def _await_measured(self, count: int) -> None:
        runs = self.desk.bench.runs

        def are_measured() -> bool:
            return len(runs.runs) == count and all(run.state == "finished" and run.verdict for run in runs.runs)

        self.desk.until(are_measured, f"{count} runs are measured", seconds=RUN_S)
        self.desk.until(lambda: len(self.desk.bench.adapters.adapters) == count, "their adapters are listed")

    # side by side

    def ask_blind(self) -> None:
        desk = self.desk
        desk.press("Ctrl+Shift+Y")
        desk.until(lambda: desk.focus() == "playground.prompt", "the message has the keyboard")
        desk.press("Tab")
        desk.press("B")
        desk.until_seen("Blind, 1 of")
        desk.until(lambda: desk.bench.playground.prompt != "", "a message of the test set is there")
        desk.press("Ctrl+Return")
        desk.until_seen("choose by key or button", inside="playground.votes", seconds=RUN_S)
        desk.until_seen("Answer A", "Answer B", "Answer C", "Answer D", "hidden until the vote", inside="playground")
        assert not desk.sees("base", inside="playground.votes")

    def vote(self) -> None:
        desk = self.desk
        desk.press("2")
        desk.until_seen("You chose B: ", inside="playground.votes")
        desk.until(lambda: not desk.sees("hidden until the vote"), "the names are shown")
        desk.until_seen("base", "base+prompt", inside="playground.votes")
        desk.until((self.folder / ".vibetune" / "votes.jsonl").is_file, "the vote is kept")
        desk.click("playground.next")
        desk.until_seen("Blind, 2 of", "choose by key or button", inside="playground.votes", seconds=RUN_S)
        desk.press("1")
        desk.until_seen("You chose A: ", inside="playground.votes")

    # versions

    def run_again(self) -> None:
        desk = self.desk
        self._shorten(self.size.more)
        desk.press("Ctrl+Return")
        desk.until_seen("checkpoint 3", inside="assistant")
        desk.click("top.next")
        self._watch()
        self._await_measured(3)
        desk.press("Ctrl+Shift+R")
        desk.see("runs.list")

    @property
    def _name(self) -> str:
        """Of the adapter that has two versions."""
        return self.desk.bench.runs.runs[0].plan_name

    def _open_adapter(self, version: int) -> None:
        desk, address = self.desk, f"{self._name}@v{version}"
        desk.press("Ctrl+K, A")
        desk.until(lambda: desk.focus() == "palette.field", "the palette asks for an adapter")
        desk.type(address)
        desk.press("Return")
        desk.until(lambda: _label_text(desk, "adapter.title") == address, f"{address} is open")
        desk.until(lambda: desk.has_keyboard("adapter"), "it has the keyboard")

    def promote(self) -> None:
        desk = self.desk
        for version in (1, 2):
            self._open_adapter(version)
            desk.click("adapter.promote")
            desk.until_seen(f"{self._name}@v{version} is in production", inside="toasts")
            desk.until_seen("production", inside="adapter")

    def roll_back(self) -> None:
        desk = self.desk
        desk.click("notice.adapter.rollback")
        desk.until_seen(f"{self._name}@v1 is in production again", inside="toasts")
        self._open_adapter(1)
        desk.until_seen("production", inside="adapter")

    def stop_server(self) -> None:
        desk = self.desk
        desk.press("Ctrl+Shift+V")
        desk.click("server.stop")
        desk.until_seen("No server is running", inside="server")
        desk.until(lambda: _button_text(desk, "status.server") == "Server stopped", "the status bar says so")


def _label_text(desk: Desktop, name: str) -> str:
    found = desk.find(name, QLabel)
    return found.text() if found is not None else ""


def _button_text(desk: Desktop, name: str) -> str:
    found = desk.find(name, QToolButton)
    return found.text() if found is not None else ""


def _curve_rows(desk: Desktop) -> list[object]:
    found = desk.find("run.curve", CurveView)
    return list(found.table()) if found is not None else []


def play(
    home: Path,
    size: Size,
    shoot: Callable[[str, QPixmap], object] = lambda _name, _picture: None,
    at_the_end: Callable[[Desktop], object] = lambda _desk: None,
) -> tuple[Desktop, Left]:
    """The whole story in a new window, which is then closed."""
    desk = Desktop(home / "missed.png", shoot)
    Story(desk, home, size).play(at_the_end)
    return desk, desk.close()


def main() -> int:
    """Prints the figures as JSON; exit code 1 where something is left."""
    home = Path(os.environ["HOME"])
    desk, left = play(home, Size())
    figures = {
        "seconds": {name: round(spent, 1) for name, spent in desk.seconds.items()},
        "total_s": round(sum(desk.seconds.values()), 1),
        "beats": desk.heart.beats,
        "gaps": [asdict(gap) for gap in desk.heart.gaps],
        "left": asdict(left),
    }
    print(json.dumps(figures))
    return 0 if left.is_nothing else 1


if __name__ == "__main__":
    sys.exit(main())
