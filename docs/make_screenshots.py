"""Makes docs/screenshots from the running application: the story's steps, and every screen in both themes.

    make screenshots

The window is the real one on a screen that nobody sees, driven by the same hands as in the story's test
(`tests/support`): which is why this stands here and not in the program, which knows no tests. No network is needed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from tests.support.desktop import Desktop

FOLDER = Path(__file__).resolve().parent / "screenshots"
THEMES = ("dark", "light")
REST_S = 0.8  # seconds after which a view has come to rest
COLOURS = 160  # of an indexed picture
EXACT = 80  # the theme's own, which differ by little: frame, panel, card, line
NEAR = 0xF0F0F0  # colours that differ only in these bits' complement are neighbours
EXAMPLE = ("My invoice shows a delivery that never came.", "billing")
SENTENCE = "Train for 6 epochs with rank 8 and mask personal data."


def main() -> int:
    """Opens a screen, and makes the pictures in a process that has a home of its own."""
    wishes = argparse.ArgumentParser(description="Make docs/screenshots from the running application.")
    wishes.add_argument("--tickets", type=int, help="rows of the sorting task; usual: all")
    wishes.add_argument("--notes", type=int, help="rows of the rewriting task; usual: all")
    wishes.add_argument("--epochs", type=int, help="passes over the data; usual: as the planner proposes")
    wishes.add_argument("--more", type=int, default=12, help="passes of the third run; usual: 12")
    wishes.add_argument("--only", nargs="+", default=[], metavar="SCREEN", help="keep all other pictures as they are")
    wishes.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = wishes.parse_args()
    if given.inside:
        return _inside(given)
    from tests.support.screen import screen

    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    with tempfile.TemporaryDirectory(prefix="vibetune-screenshots-") as home, screen() as where:
        command = [sys.executable, "-P", __file__, "--inside", *sys.argv[1:]]
        return subprocess.run(command, env={**kept, **where, "HOME": home}, check=False).returncode


def _inside(given: argparse.Namespace) -> int:
    from PySide6.QtGui import QPixmap

    from tests.support.story import Size, play

    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        if not given.only:
            old.unlink()
    steps: list[str] = []
    made: list[Path] = []

    def shoot(name: str, picture: QPixmap) -> None:
        if not name.endswith(THEMES):
            steps.append(name)
            name = f"{len(steps):02d}-{name}"
        if not given.only or name.rpartition("-")[0] in given.only:
            made.append(FOLDER / f"{name}.png")
            save(picture.toImage(), made[-1])

    began = time.monotonic()
    size = Size(given.tickets, given.notes, given.epochs, given.more)
    _desk, left = play(Path(os.environ["HOME"]), size, shoot, lambda desk: Tour(desk, given.only).walk())
    megabytes = sum(path.stat().st_size for path in made) / 1e6
    print(f"{len(made)} pictures, {megabytes:.1f} MB, in {time.monotonic() - began:.0f} s: {FOLDER}")
    if missing := set(given.only) - {path.stem.rpartition("-")[0] for path in made}:
        print(f"no such screen: {', '.join(sorted(missing))}", file=sys.stderr)
        return 2
    if not left.is_nothing:
        print(left, file=sys.stderr)
    return 0 if left.is_nothing else 1


class Tour:
    """Every screen in both themes, in the window of the story at its end."""

    def __init__(self, desk: Desktop, only: Sequence[str] = ()) -> None:
        self.desk, self._only = desk, only

    def walk(self) -> None:
        """Makes all pictures; the project is open again at the end."""
        desk = self.desk
        desk.heart.during = "screens"
        self._put_notices_away()
        desk.press("Ctrl+Shift+E")
        desk.press("Ctrl+B")
        self._propose()
        for theme in THEMES:
            desk.run(f"view.theme_{theme}") if theme != "dark" else None
            for name, show in self.screens:
                if not self._only or name in self._only:
                    show()
                    self._shoot(f"{name}-{theme}")
                    self._put_away()
        self._show_versions()
        desk.run("project.close")
        for theme in THEMES:
            desk.run(f"view.theme_{theme}") if theme != "dark" else None
            self._shoot(f"welcome-{theme}")
        desk.run("view.theme_dark")
        desk.run("project.open_last")
        desk.until(lambda: desk.bench.project is not None and desk.bench.server.state == "ready", "it is open again")

    def _show_versions(self) -> None:
        """Applies the proposal, leaves two rows out and freezes that; takes it all back. Dark at the end."""
        desk, history = self.desk, self.desk.bench.history
        before = history.position
        desk.run("plan.apply")
        desk.until(lambda: history.position == before + 1, "it is applied")
        sources = plan.dataset.sources if (plan := desk.bench.plan.plan) is not None else ()
        self._alone(lambda: self._go("Ctrl+P", next(Path(each.path).name for each in sources if each.path)))
        desk.until(lambda: desk.bench.selection.get("row_key"), "a row is chosen")
        self._set_aside(2)
        self._set_aside(3)
        desk.run("data.freeze")
        desk.until_seen("is built", inside="toasts")
        self._put_notices_away()
        self._alone(lambda: desk.run("data.compare"))
        desk.see("versions.table")
        for theme in reversed(THEMES):
            desk.run("view.theme_dark") if theme == "dark" else None
            self._shoot(f"versions-{theme}")
        while history.position > before:
            desk.run("plan.undo")
        self._put_notices_away()

    def _set_aside(self, further: int) -> None:
        """Leaves out the row that comes some rows after the chosen one."""
        desk, history, chosen = self.desk, self.desk.bench.history, self.desk.bench.selection
        checkpoint, row = history.position, chosen.get("row_key")
        for _ in range(further):
            desk.run("data.next_row")
        desk.until(lambda: chosen.get("row_key") != row, "another row is chosen")
        desk.run("data.set_row_aside")
        desk.until(lambda: history.position == checkpoint + 1, "it is set aside")

    @property
    def screens(self) -> tuple[tuple[str, Callable[[], object]], ...]:
        """Name and how it is brought to the front."""
        desk = self.desk
        return (
            ("plan", self._plan),
            ("form", lambda: self._plan(with_form=True)),
            ("ways", self._ways),
            ("help", self._help),
            ("data", lambda: self._alone(self._data)),
            ("lengths", lambda: self._alone(lambda: self._data("data.lengths"))),
            ("labels", lambda: self._alone(lambda: self._data("data.label"))),
            ("examples", lambda: self._alone(self._examples)),
            ("runs", self._runs),
            ("run", lambda: self._alone(self._run)),
            ("runs-compared", lambda: self._alone(self._compare)),
            ("verdict", lambda: self._alone(self._verdict)),
            ("playground", lambda: self._alone(lambda: desk.press("Ctrl+Shift+Y"))),
            ("adapter", lambda: self._alone(lambda: self._go("Ctrl+K, A", desk.bench.adapters.adapters[0].address))),
            ("history", lambda: self._alone(lambda: desk.press("Ctrl+K, H"))),
            ("server", lambda: desk.press("Ctrl+Shift+V")),
            ("settings", lambda: self._alone(lambda: desk.press("Ctrl+,"))),
            ("commands", lambda: self._alone(lambda: desk.press("F1"))),
            ("console", lambda: self._alone(self._console)),
            ("palette", self._palette),
            ("notices", lambda: desk.press("Ctrl+Shift+N")),
        )

    def _put_notices_away(self) -> None:
        while self.desk.find("toasts") is not None:
            self.desk.press("Esc")

    def _shoot(self, name: str) -> None:
        began = time.monotonic()
        tasks = self.desk.window.tasks
        self.desk.until(lambda: tasks.is_idle and time.monotonic() - began > REST_S, f"{name} has been read")
        self.desk.shoot(name)

    def _put_away(self) -> None:
        """What lies over the window, and the side that only one picture shows."""
        desk = self.desk
        if desk.find("plan.text.card") is not None:
            desk.press("Esc")
            desk.click("plan.show_preview")
        if desk.bench.views.active.kind == "form":
            desk.press("Ctrl+W")
        if desk.find("palette") is not None or desk.find("notices") is not None:
            desk.press("Esc")
        for side, keys in (("left", "Ctrl+B"), ("bottom", "Ctrl+J")):
            if desk.window.docks.shown(side):
                desk.press(keys)

    def _alone(self, show: Callable[[], object]) -> None:
        """Shows a view without the chat beside it."""
        if self.desk.window.docks.shown("right"):
            self.desk.press("Ctrl+Alt+B")
        show()
        self.desk.run("view.close_others")

    def _go(self, keys: str, text: str) -> None:
        desk = self.desk
        desk.press(keys)
        desk.until(lambda: desk.focus() == "palette.field", "the palette has the focus")
        desk.type(text)
        desk.press("Return")

    def _propose(self) -> None:
        desk = self.desk
        desk.press("Ctrl+L")
        desk.until(lambda: desk.focus() == "composer.text", "the chat has the keyboard")
        desk.type(SENTENCE)
        desk.press("Return")
        desk.see("plan.card")

    def _plan(self, *, with_form: bool = False) -> None:
        desk = self.desk
        if not desk.window.docks.shown("right"):
            desk.press("Ctrl+Alt+B")
        desk.press("Ctrl+K, P")
        desk.run("view.close_others")
        if with_form:
            desk.press("Ctrl+K, F")

    def _ways(self) -> None:
        self._plan()
        self.desk.scroll_to("plan.way.best")

    def _help(self) -> None:
        """What a field means, at the line where the keyboard is."""
        from PySide6.QtWidgets import QPlainTextEdit

        desk = self.desk
        self._plan()
        if desk.find("plan.show_text") is not None:
            desk.click("plan.show_text")
        lines = desk.see("plan.text", QPlainTextEdit).toPlainText().splitlines()
        at = next(number for number, line in enumerate(lines) if "learning_rate" in line)
        desk.click("plan.text")
        desk.press("Ctrl+Home")
        for _ in range(at):
            desk.press("Down")
        for _ in range(4):
            desk.press("Right")
        desk.press("Ctrl+K, I")
        desk.see("plan.text.card")

    def _data(self, command: str = "") -> None:
        desk = self.desk
        self._go("Ctrl+P", "tickets.csv")
        desk.see("data.view")
        if command:
            desk.run(command)
            desk.see({"data.lengths": "data.lengths", "data.label": "labels.view"}[command])
            desk.until(lambda: not desk.bench.jobs.running, "nothing is looked for any more")

    def _examples(self) -> None:
        from PySide6.QtWidgets import QPlainTextEdit

        desk = self.desk
        desk.run("data.type_examples")
        desk.until(lambda: desk.focus() == "examples.prompt", "the form has the keyboard")
        for text in EXAMPLE if not desk.see("examples.prompt", QPlainTextEdit).toPlainText() else ():
            desk.type(text)
            desk.press("Tab")

    def _run(self) -> None:
        """The measured run with the longest curve."""
        measured = [run for run in self.desk.bench.runs.runs if run.verdict is not None]
        longest = max(measured, key=lambda run: run.total or 0)
        self._go("Ctrl+K, R", longest.short_name)
        self.desk.see("run.curve")

    def _runs(self) -> None:
        self._alone(self._run)
        self.desk.press("Ctrl+Shift+R")
        self.desk.see("runs.list")

    def _compare(self) -> None:
        desk = self.desk
        self._go("Ctrl+K, R", desk.bench.runs.runs[0].short_name)
        desk.see("run.curve").setFocus()
        if not desk.bench.selection.compared:
            desk.press("C")
        desk.run("run.compare")
        desk.see("compare.table")

    def _verdict(self) -> None:
        self._run()
        self.desk.press("Ctrl+K, V")
        self.desk.see("verdict.headline")

    def _console(self) -> None:
        """The kernel starts when it is first seen; then it is asked something."""
        desk = self.desk
        desk.press("Ctrl+`")
        desk.until_seen("In [1]:", inside="console")
        if not desk.sees("Out[1]", inside="console"):
            desk.type("runs")
            desk.press("Shift+Return")
            desk.until_seen("Out[1]", inside="console")

    def _palette(self) -> None:
        self.desk.press("Ctrl+Shift+P")
        self.desk.type("comp")


def save(picture: QImage, path: Path) -> None:
    """Writes a PNG with few colours: screens have few, and a folder of them should stay small."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QImageWriter

    flat = picture.convertToFormat(QImage.Format.Format_RGB32)
    indexed = flat.convertToFormat(QImage.Format.Format_Indexed8, palette(flat), Qt.ImageConversionFlag.ThresholdDither)
    writer = QImageWriter(str(path), b"png")
    writer.setQuality(0)  # for PNG: as small as it gets
    if not writer.write(indexed):
        raise OSError(f"{path}: {writer.errorString()}")


def palette(picture: QImage) -> list[int]:
    """The colours that matter: the commonest as they are, then the commonest one of each further neighbourhood."""
    import numpy as np

    pixels = np.frombuffer(picture.constBits(), dtype=np.uint32)
    colours, counts = np.unique(pixels & 0xFFFFFF, return_counts=True)
    found: dict[int, tuple[int, int]] = {}
    weights: Counter[int] = Counter()
    for colour, count in zip(colours.tolist(), counts.tolist(), strict=True):
        near = colour & NEAR
        weights[near] += count * (1 + _chroma(colour))  # a red cross is small, and says much
        if count > found.get(near, (0, 0))[0]:
            found[near] = (count, colour)
    exact = colours[np.argsort(-counts)][:EXACT].tolist()
    others = (found[near][1] for near, _ in weights.most_common())
    chosen = list(dict.fromkeys([*exact, *others]))[:COLOURS]
    return [0xFF000000 | colour for colour in chosen]


def _chroma(colour: int) -> int:
    """How far a colour is from grey, 0 to 255."""
    parts = colour >> 16, colour >> 8 & 0xFF, colour & 0xFF
    return max(parts) - min(parts)


if __name__ == "__main__":
    sys.exit(main())
