"""Every view of the window, over a small real project and over an empty one, ready to be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from app.desktop.living import AfterPaint
from app.desktop.theme.fonts import load_fonts
from app.desktop.theme.theme import theme
from app.desktop.views import VIEWS
from app.workbench.actions.everything import all_commands
from app.workbench.bench import Workbench
from app.workbench.data_examples import Example, Examples
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from app.workbench.views import ViewRequest
from pipeline.datasets.edits import Edit, row_key
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.versions.build import build_version
from pipeline.jobs.registry import register_run
from pipeline.plan.document import new_document
from pipeline.runs.events import Failure, Metrics, Paused, Progress, Started
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import tiny_plan
from tests.support.runs import finished_run, plant_verdict, planted_run, project_in
from tests.support.verdicts import measured_run

MEASURED, FAILED, PAUSED, TRAINED = (
    "20260101-100000-queues-aaaa",
    "20260102-100000-queues-bbbb",
    "20260103-100000-tone-cccc",
    "20260104-140200-queues-dddd",
)
SIZES = {"left": (240, 790), "right": (420, 790), "center": (750, 570), "bottom": (750, 165)}  # in 1480 × 920
NARROW = {"left": (240, 590), "right": (400, 590), "center": (440, 400), "bottom": (440, 165)}  # in 1180 × 720
LONG = (
    "Better: +36 points ROUGE-L over the base with a good prompt, 95 % CI 26 to 44. The adapter's ROUGE-L is 60.9 %, "
    "95 % CI 53.9 to 67.8, from 56 test rows; the base with a good prompt reaches 24.9 %; the base reaches 9.3 %."
)
BEFORE, AFTER = "gate.before", "gate.after"
_THINGS = ("bill", "parcel", "password", "invoice", "delivery", "account", "refund", "order", "card", "address")
SENTENCE = "Train for 6 epochs with rank 8 and mask personal data."


@dataclass(frozen=True)
class Case:
    """A view, its key, and what happens before it is looked at."""

    name: str
    kind: str
    key: str = ""
    prepare: Callable[[Workbench], None] = lambda _bench: None

    def __str__(self) -> str:
        return self.name


def _propose(bench: Workbench) -> None:
    bench.conversation.say(SENTENCE)
    assert bench.conversation.card, "there is a proposal to look at"


def _ask(bench: Workbench) -> None:
    bench.conversation.say("Train it.")


def _spoil(bench: Workbench) -> None:
    bench.plan.set_text(bench.plan.text.replace("lora_alpha: 16", "lora_alpha: 16, use_dora: true"))


def _compare(bench: Workbench) -> None:
    bench.selection.set("run", MEASURED)
    bench.selection.compare(FAILED)


def _apply(bench: Workbench) -> None:
    bench.plan.set_text(bench.plan.text.replace("lora_alpha: 16", "lora_alpha: 32"))
    bench.plan.save()


def _type(bench: Workbench) -> None:
    examples = Examples(bench.require_project(), bench.edits.steps)
    if not examples.rows:
        examples.add([Example(f"I need help with my {thing}", "money") for thing in _THINGS] + [Example("Hm", "other")])


CASES = (
    Case("welcome", "welcome"),
    Case("plan", "plan", "plan.yaml"),
    Case("plan with a problem", "plan", "plan.yaml", _spoil),
    Case("form", "form"),
    Case("text", "text", "README.md"),
    Case("history", "history", "", _apply),
    Case("data file", "data", "data/messages.csv"),
    Case("data version", "data", "@version"),
    Case("examples", "examples", "", _type),
    Case("labels", "labels", "data/messages.csv"),
    Case("labels, some missing", "labels", "data/unlabelled.csv"),
    Case("versions compared", "compare_data", "@versions"),
    Case("run", "run", MEASURED),
    Case("run that failed", "run", FAILED),
    Case("run that is paused", "run", PAUSED),
    Case("run with another", "run", MEASURED, _compare),
    Case("compare_runs", "compare_runs", "", _compare),
    Case("verdict", "verdict", MEASURED),
    Case("verdict not there", "verdict", TRAINED),
    Case("playground", "playground"),
    Case("adapter", "adapter", "queues@v2"),
    Case("settings", "settings"),
    Case("commands", "commands"),
    Case("explorer", "explorer"),
    Case("datasets", "datasets"),
    Case("runs", "runs"),
    Case("adapters", "adapters"),
    Case("server", "server"),
    Case("assistant", "assistant"),
    Case("assistant with a proposal", "assistant", "", _propose),
    Case("assistant with a question", "assistant", "", _ask),
    Case("problems", "problems", "", _spoil),
    Case("problems, none", "problems"),
    Case("log", "log", MEASURED),
    Case("jobs", "jobs"),
    Case("console", "console"),
)
EMPTY = tuple(Case(f"{kind}, empty", kind) for kind, view in VIEWS.items() if view.is_single and kind != "console")


def make_project(folder: Path) -> ProjectFolder:
    """A project with data, a plan, runs in four states, a verdict and two adapter versions."""
    project = project_in(folder)
    measured_run(project, MEASURED)
    new_document(tiny_plan()).save(project.plan)
    _correct(project)
    rows = [
        f'"I need help with my {thing}",{"" if at % 3 else ("money", "goods")[at % 2]}'
        for at, thing in enumerate(_THINGS)
    ]
    (project.path / "data" / "unlabelled.csv").write_text("\n".join(["text,queue", *rows]) + "\n")
    (project.path / "README.md").write_text("# Queues\n\nMessages and their queues.\n")
    metrics = [Metrics(step=step, values={"loss": 2 / step, "validation_loss": 2.2 / step}) for step in range(1, 9)]
    why = "Step 5 needs 3.1 GiB more than the 12 GiB of this machine: the longest row has 2,048 tokens."
    failure = Failure(code="training.out_of_memory", message=why, hint="Set `max_length: 512`, or a smaller batch.")
    planted_run(project, FAILED, [Started(pid=1), Progress(stage="training", done=5, total=9), *metrics[:5], failure])
    planted_run(
        project, PAUSED, [Started(pid=1), *metrics[:3], Progress(stage="training", done=3, total=9), Paused(step=3)]
    )
    for name, seed in (("20251231-090000-queues-eeee", 1), ("20260105-090000-queues-ffff", 2)):
        run = finished_run(project, name, seed=seed)
        plant_verdict(run, text=LONG)
        register_run(project, run)
    planted_run(project, TRAINED, [Started(pid=1), *metrics, Progress(stage="training", done=8, total=8)])
    for name in project.run_names():
        new_document(tiny_plan()).save(project.run(name).plan)
    (project.run(MEASURED).log).write_text("".join(f"step {step}: loss {2 / step:.3f}\n" for step in range(1, 9)))
    return project


def _correct(project: ProjectFolder) -> None:
    """Builds one more version, in which a label and a text are corrected."""
    table = read_table(project.path / "data" / "messages.csv")
    edits = [
        Edit("data/messages.csv", table.place(at), row_key(table.columns, table.rows[at]), cells)
        for at, cells in ((2, {"queue": "billing"}), (5, {"text": "Another text, in other words than before"}))
    ]
    (project.path / "edits.jsonl").write_text("".join(each.line for each in edits))
    plan = tiny_plan()
    corrected = plan.model_copy(update={"dataset": plan.dataset.model_copy(update={"edits": "edits.jsonl"})})
    build_version(corrected, project.path)
    (project.path / "edits.jsonl").unlink()


def make_bench(folder: Path) -> Workbench:
    """State with every command; work runs at once."""
    load_fonts()
    bench = Workbench(
        InlineTasks(), JobList(), SettingsFile(folder / "settings.json"), RecentProjects(folder / "recent.json")
    )
    bench.commands.add(*all_commands())
    return bench


@contextmanager
def shown(bench: Workbench, case: Case, size: tuple[int, int]) -> Iterator[QWidget]:
    """The case's view in a window of its own, as large as its place."""
    case.prepare(bench)
    window = QWidget()
    window.setProperty("surface", "panel")
    theme().dress(window)
    box = QVBoxLayout(window)
    box.setContentsMargins(0, 0, 0, 0)
    make_gate(window, BEFORE)
    key = _key(bench, case)
    bench.views.activated(ViewRequest(case.kind, key))
    panel = VIEWS[case.kind].make(bench, key)
    box.addWidget(panel)
    make_gate(window, AFTER)
    window.setMinimumSize(1, 1)
    window.resize(*size)
    window.show()
    try:
        settle(window, size)
        yield panel
    finally:
        panel.close()
        window.close()
        window.deleteLater()
        bench.conversation.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def make_gate(window: QWidget, name: str) -> None:
    """Something to focus before or after a view, as other docks are in the real window."""
    gate = QPushButton(window)
    gate.setObjectName(name)
    gate.setFixedSize(1, 1)


def settle(window: QWidget, size: tuple[int, int]) -> None:
    """Lets layouts, timers of no wait, and what they change come to rest, and parts come that are made later."""
    for _ in range(6):
        QApplication.processEvents()
    while any(each.isActive() for each in window.findChildren(AfterPaint)):
        QApplication.processEvents()
    window.resize(*size)
    for _ in range(4):
        QApplication.processEvents()


def _key(bench: Workbench, case: Case) -> str:
    if case.key == "@versions":
        newer, older = bench.data.versions[:2]
        return f"{older.name}@{older.version}..{newer.name}@{newer.version}"
    if case.key == "@version":
        version = bench.data.versions[0]
        return f"{version.name}@{version.version}"
    if case.kind in {"plan", "text", "data", "labels"} and case.key and bench.project is not None:
        return str(bench.project.path / case.key)
    return case.key


def use_theme(choice: str) -> None:
    """Shows the dark or the light theme."""
    theme().set("light" if choice == "light" else "dark")
