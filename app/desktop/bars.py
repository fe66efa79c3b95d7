"""The bars around the docks: activities at the left, search and next step at the top, state at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.desktop.menus import whole_menu
from app.desktop.theme.icons import icon
from app.desktop.views import VIEWS
from app.desktop.widgets.basics import Picture, button, keycap, label, row, tool_button
from app.workbench.bench import Workbench
from app.workbench.next_step import next_step
from app.workbench.status import status_items

ACTIVITIES = ("explorer", "datasets", "runs", "verdict", "playground", "adapters", "server")


class ActivityBar(QFrame):
    """The parts of a project, one icon each."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self.setFixedWidth(48)
        self.setProperty("surface", "frame")
        self.setAccessibleName("Activities")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(2)
        self._buttons: dict[str, QToolButton] = {}
        for kind in ACTIVITIES:
            view = VIEWS[kind]
            text = view.title.partition(",")[0]
            each = _activity(kind, view.icon, text, partial(bench.run, f"view.{kind}"))
            each.setCheckable(True)
            self._buttons[kind] = each
            box.addWidget(each)
        box.addStretch(1)
        box.addWidget(_activity("help", "question", "Help", partial(bench.run, "help.commands")))
        box.addWidget(_activity("settings", "settings-gear", "Settings", partial(bench.run, "view.settings")))

    def show_active(self, kind: str) -> None:
        """Marks the activity of the view in front."""
        belongs = {"run": "runs", "compare_runs": "runs", "adapter": "adapters", "data": "datasets", "plan": "explorer"}
        for name, each in self._buttons.items():
            each.setChecked(name == belongs.get(kind, kind))


def _activity(name: str, icon_name: str, text: str, on: Callable[[], object]) -> QToolButton:
    return tool_button(icon_name, text, name=f"activity.{name}", on=on, size=22, kind="activity")


class TopBar(QFrame):
    """Menu, the project's name, the search field, the side bars' buttons, and the next step."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self.setFixedHeight(42)
        self.setProperty("surface", "frame")
        menu = tool_button("menu", "Menu", name="top.menu")
        menu.setMenu(whole_menu(bench, self))
        menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._project = label("Vibetune", "section", name="top.project")
        search = button("", kind="search", name="top.search", on=lambda: bench.run("view.palette"), tip="Search")
        search.setAccessibleName("Search commands, files, runs and adapters")
        inside = QHBoxLayout(search)
        inside.setContentsMargins(10, 0, 6, 0)
        magnifier = Picture("search", size=14)
        for each in (
            magnifier,
            label("Search commands, files, runs and adapters", "muted"),
            None,
            keycap("Ctrl+Shift+P"),
        ):
            inside.addStretch(1) if each is None else inside.addWidget(each)
        search.setFixedSize(520, 28)
        self._next = button("", name="top.next")
        self._next.setIconSize(QSize(20, 16))  # as `button` has it beside a text
        self._next.clicked.connect(lambda _checked=False: self._go())
        sides = [
            tool_button(
                f"layout-{shown}",
                f"Show or hide the {text}",
                name=f"top.{side}",
                on=partial(bench.run, f"view.toggle_{side}"),
            )
            for side, shown, text in (
                ("left", "sidebar-left", "side bar"),
                ("bottom", "panel", "panel"),
                ("right", "sidebar-right", "assistant"),
            )
        ]
        left, right = QWidget(), QWidget()
        left.setLayout(row(menu, self._project, None, spacing=10))
        right.setLayout(row(None, *sides, 8, self._next))
        for side in (left, right):
            side.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        box = row(left, search, right, margins=(8, 0, 12, 0))
        box.setStretch(0, 1)
        box.setStretch(2, 1)
        self.setLayout(box)
        self.refresh()

    def refresh(self) -> None:
        """Shows the project and its next step."""
        project = self._bench.project
        self._project.setText(project.path.name if project else "Vibetune")
        step = next_step(self._bench)
        command = self._bench.commands[step.command]
        reason = step.reason or command.why_not(self._bench)
        self._next.setText(step.text)
        self._next.setAccessibleName(step.text)
        self._next.setEnabled(reason is None)
        self._next.setToolTip(reason or command.title)
        self._next.setIcon(icon(step.icon, "dis" if reason else "text"))

    def _go(self) -> None:
        self._bench.run(next_step(self._bench).command)


class StatusBar(QFrame):
    """Short facts that are always true: problems, progress, server, memory."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self.setFixedHeight(26)
        self.setProperty("surface", "frame")
        self.setAccessibleName("Status")
        self._box = row(margins=(8, 0, 8, 0), spacing=4)
        self.setLayout(self._box)
        self._buttons: dict[str, QToolButton] = {}
        self._box.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Shows the facts of now."""
        items = status_items(self._bench)
        for number, item in enumerate(items):
            each = self._buttons.get(item.name)
            if each is None:
                run = partial(self._bench.run, item.command)
                each = tool_button(item.icon, item.tip, name=f"status.{item.name}", on=run, size=14, kind="status")
                each.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                self._buttons[item.name] = each
                place = self._box.count() if item.is_right else min(number, self._box.count() - 1)
                self._box.insertWidget(place, each)
            if each.text() != item.text or each.property("icon_name") != (item.icon, item.tone):
                each.setText(item.text)
                each.setIcon(icon(item.icon, item.tone))
                each.setProperty("icon_name", (item.icon, item.tone))
            each.setToolTip(item.tip)
            each.setAccessibleName(f"{item.tip}: {item.text}" if item.text else item.tip)
            each.setVisible(bool(item.text or item.is_icon_only))
