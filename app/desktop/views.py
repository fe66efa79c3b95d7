"""All views of the window: where they stand, how they are called, and their class, imported when first shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal, cast

from PySide6.QtWidgets import QWidget

from app.workbench.bench import Workbench

Area = Literal["center", "left", "right", "bottom"]


@dataclass(frozen=True)
class View:
    """One kind of view.

    Args:
        title: of its tab; `{key}` is the shortened key.
        place: `module:Class`; the class takes the workbench and the key.
        is_single: whether there is one of it, whatever the key.
    """

    kind: str
    title: str
    icon: str
    area: Area
    place: str
    is_single: bool = True

    def make(self, bench: Workbench, key: str) -> QWidget:
        """The widget."""
        module, _, name = self.place.partition(":")
        build = cast(
            "Callable[[Workbench, str], QWidget]", getattr(import_module(f"app.desktop.panels.{module}"), name)
        )
        return build(bench, key)

    def tab_title(self, key: str) -> str:
        """What its tab says."""
        if self.kind == "compare_data":
            return re.sub(r"(@[0-9a-f]{6})[0-9a-f]+", r"\1", key).replace("..", " ↔ ")
        return self.title.format(key=Path(key).name if "/" in key else key)


VIEWS = {
    view.kind: view
    for view in (
        View("welcome", "Welcome", "home", "center", "welcome:WelcomePanel"),
        View("plan", "{key}", "json", "center", "plan_editor:PlanEditor", is_single=False),
        View("form", "Plan as a form", "checklist", "center", "plan_form:PlanForm"),
        View("text", "{key}", "file", "center", "text_editor:TextEditor", is_single=False),
        View("history", "History of the plan", "history", "center", "plan_history:PlanHistory"),
        View("data", "{key}", "table", "center", "data_table:DataTable", is_single=False),
        View("examples", "Examples by hand", "edit", "center", "data_examples:DataExamples"),
        View("labels", "Label rows of {key}", "tag", "center", "data_label_view:DataLabelView", is_single=False),
        View("compare_data", "{key}", "diff", "center", "data_version_diff:DataVersionDiff", is_single=False),
        View("run", "{key}", "graph-line", "center", "run_view:RunView", is_single=False),
        View("compare_runs", "Runs compared", "diff", "center", "run_comparison:RunComparison"),
        View("verdict", "Verdict, {key}", "graph", "center", "verdict_view:VerdictView", is_single=False),
        View("playground", "Playground", "comment-discussion", "center", "playground:Playground"),
        View("adapter", "{key}", "package", "center", "adapter_view:AdapterView", is_single=False),
        View("settings", "Settings", "settings-gear", "center", "settings_view:SettingsView"),
        View("commands", "Commands and keys", "record-keys", "center", "command_list:CommandList"),
        View("explorer", "Project", "files", "left", "explorer:Explorer"),
        View("datasets", "Data", "database", "left", "dataset_list:DatasetList"),
        View("runs", "Runs", "beaker", "left", "run_list:RunList"),
        View("adapters", "Adapters", "package", "left", "adapter_list:AdapterList"),
        View("server", "Server", "server", "left", "server_panel:ServerPanel"),
        View("assistant", "Assistant", "sparkle", "right", "assistant_panel:AssistantPanel"),
        View("problems", "Problems", "warning", "bottom", "problems:Problems"),
        View("log", "Log", "output", "bottom", "log_view:LogView"),
        View("jobs", "Jobs", "tasklist", "bottom", "job_list:JobListPanel"),
        View("console", "Console", "terminal", "bottom", "console:ConsolePanel"),
    )
}
