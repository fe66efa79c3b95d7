"""What the window costs: start, frames, updates, views, memory over time.

    python -m benchmarks.desktop [start|reopen|table|chat|runs|curve|views|story|soak|monkey|all] [--json] [--minutes M]

CPU-milliseconds of the window's thread, offscreen, layout and painting included; wall times only where they are named.
Each part runs in a process of its own. Ends with 1 where a part failed, or something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.desktop.window import Window

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "numpy", "torch", "transformers", "pyarrow", "polars", "sqlalchemy", "sklearn", "scipy", "openai", "tokenizers",
    "aiohttp", "IPython", "qtconsole", "pygments", "ruamel.yaml", "pandas",
)  # fmt: skip
GOALS = {
    "start.cpu_s p50": 1.0,
    "reopen.all_s p50": 3.0,
    "table.frame_ms p95": 16.7,
    "story.pause_ms": 50.0,
    "soak.left": 0,
}
ROWS, RUNS, MESSAGES, POINTS = 1_000_000, 500, 200, 100_000
Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "all"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak")
    parser.add_argument("--events", type=int, default=10_000, help="of the monkey")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(PARTS[options.part](options)))
        sys.stdout.flush()
        os._exit(0)
    parts = [part for part in PARTS if options.part in (part, "all")]
    figures = {f"{part}.{name}": value for part in parts for name, value in _measured(part, options).items()}
    code = 1 if broken(figures) else 0
    if options.json:
        print(json.dumps({"benchmark": "desktop", "figures": figures, "goals": GOALS}))
        return code
    for name, value in figures.items():
        goal = f"   (goal {GOALS[name]})" if name in GOALS else ""
        print(f"{name:44} {value}{goal}")
    return code


def broken(figures: Figures) -> list[str]:
    """The names of figures that say that something went wrong."""
    return [
        name for name, value in figures.items() if name.rpartition(".")[2] in ("failed", "crashed", "lost") and value
    ]


def _measured(part: str, options: argparse.Namespace) -> Figures:
    arguments = [part, "--here", "--minutes", str(options.minutes), "--events", str(options.events)]
    with tempfile.TemporaryDirectory(prefix="vibetune-bench-") as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "BENCH_FOLDER": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
        command = [sys.executable, "-P", "-m", "benchmarks.desktop", *arguments, "--seed", str(options.seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    if not done.stdout.startswith("{"):
        return {"failed": done.stderr[-2000:]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _folder() -> Path:
    from tests.support.monkey_world import use_folder

    folder = Path(os.environ["BENCH_FOLDER"])
    use_folder(folder)
    return folder


def _window(project: Path) -> tuple[QApplication, Window]:
    from app.desktop.application import Application, make_application

    application = make_application(["vibetune"])
    desktop = Application(application)
    desktop.start(project)
    window = desktop.windows[0]
    _until(application, lambda: window.bench.project is not None and not window.bench.runs.is_loading)
    window._timer.stop()  # what is measured is what is asked for here
    return application, window


def _until(application: QApplication, is_so: Callable[[], object], seconds: float = 120) -> None:
    from PySide6.QtCore import QEvent

    ends = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends:
            raise TimeoutError(f"not so after {seconds} s")
        application.processEvents()
        time.sleep(0.002)
    for _ in range(5):
        application.processEvents()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # as the real loop does between its turns


def _cpu_ms(act: Callable[[], object], application: QApplication) -> float:
    before = time.thread_time()
    act()
    application.processEvents()
    return 1000 * (time.thread_time() - before)


def _turns_ms(act: Callable[[], object], application: QApplication) -> tuple[float, float]:
    """What an act takes with the turn of the event loop after it, and the longest turn in half a second after that."""
    first, ends, longest = _cpu_ms(act, application), time.monotonic() + 0.5, 0.0
    while time.monotonic() < ends:
        longest = max(longest, _cpu_ms(lambda: None, application))
        time.sleep(0.002)
    return first, longest


def _settled_ms(act: Callable[[], object], application: QApplication, panel: Any) -> float:
    """As `_cpu_ms`, with what the list of runs does a moment later."""
    before = time.thread_time()
    act()
    _until(application, lambda: not panel._wait.isActive())
    return 1000 * (time.thread_time() - before)


def _spread(name: str, values: list[float]) -> Figures:
    ordered = sorted(values)
    at95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {f"{name} p50": round(statistics.median(ordered), 2), f"{name} p95": round(at95, 2)}


# the parts

_START = f"""
import os, sys, time
began = time.monotonic()
from app.desktop.application import Application, make_application
from PySide6.QtCore import QEvent, QObject
class Eye(QObject):
    saw = False
    def eventFilter(self, watched, event):
        self.saw = self.saw or event.type() == QEvent.Type.Paint
        return False
application = make_application(["vibetune"])
desktop = Application(application)
desktop.start(None)
eye = Eye()
desktop.windows[0].centralWidget().installEventFilter(eye)
while not eye.saw:
    application.processEvents()
import json
spent = sum(os.times()[:2])
print(json.dumps([spent, time.monotonic() - began, len(sys.modules), [m for m in {HEAVY} if m in sys.modules]]))
sys.stdout.flush()
os._exit(0)
"""


def start(_options: argparse.Namespace) -> Figures:
    """From a new process to the first painted window, nine times."""
    _folder()
    told = []
    for _ in range(9):
        done = subprocess.run(
            [sys.executable, "-P", "-c", _START], capture_output=True, text=True, check=True, cwd=ROOT
        )
        told.append(json.loads(done.stdout))
    walls = [each[1] for each in told]
    return {
        **_spread("cpu_s", [each[0] for each in told]),
        "wall_s best": round(min(walls), 2),
        "wall_s p50": round(statistics.median(walls), 2),
        "modules": told[0][2],
        "heavy modules": told[0][3],
    }


def reopen(_options: argparse.Namespace) -> Figures:
    """kill -9 in the middle of a run, an answer and unsaved edits; then three windows, each killed in its turn."""
    from tests.support.reopening import (
        KEPT,
        SIGHTS,
        WindowProcess,
        end_runs,
        killed,
        project_with_notes,
        reopened,
    )

    project = project_with_notes(_folder() / "reopened")
    try:
        before = killed(project)
        found, lost = [], set()
        for _ in range(3):
            window = WindowProcess("look")
            found.append(reopened(window))
            lost |= set(found[-1].missing(project, before))
            window.kill()
    finally:
        end_runs(project)
    times = {
        f"{name.replace(' ', '_')}_s": [each.seconds[name] for each in found if name in each.seconds] for name in SIGHTS
    }
    whole = [max(each.seconds[name] for name in SIGHTS) for each in found if set(SIGHTS) <= set(each.seconds)]
    return {
        "killed while": "the planner answered" if before["thinking"] else "the chat was idle",
        **{name: value for part, values in times.items() if values for name, value in _spread(part, values).items()},
        **(_spread("all_s", whole) if whole else {}),
        "cpu_s": [each.told["cpu_s"] for each in found],
        "kept": [name for name in KEPT if name not in lost],
        "lost": sorted(lost),
    }


def table(_options: argparse.Namespace) -> Figures:
    """A million rows: down by three rows a frame, and jumps."""
    from PySide6.QtWidgets import QTableView

    from app.workbench.project import create_project

    project = create_project(_folder() / "rows")
    path = project.path / "data" / "rows.parquet"
    _write_rows(path)
    application, window = _window(project.path)
    began = time.monotonic()
    window.bench.views.open("data", str(path))
    panel: Any = window.docks.panel("data", str(path))
    _until(application, lambda: panel.model.rowCount() == ROWS)
    opened = time.monotonic() - began
    view: QTableView = panel.table
    bar = view.verticalScrollBar()
    frames = [_cpu_ms(lambda: bar.setValue(bar.value() + 3), application) for _ in range(600)]
    chance = random.Random(1)
    jumps = [_cpu_ms(lambda: bar.setValue(chance.randrange(bar.maximum())), application) for _ in range(60)]
    return {"open_wall_s": round(opened, 2), **_spread("frame_ms", frames), **_spread("jump_ms", jumps)}


def _write_rows(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = range(ROWS)
    prompts = pa.array([f"Message {n}: my parcel is late, and nobody answers. Case {n * 7 % 9973}." for n in numbers])
    labels = pa.array([("billing", "delivery", "account")[n % 3] for n in numbers])
    pq.write_table(pa.table({"text": prompts, "queue": labels}), path, row_group_size=50_000)


def chat(_options: argparse.Namespace) -> Figures:
    """A chat of 200 messages, and an answer that streams into it."""
    from app.workbench import chat_files
    from app.workbench.chat_files import Message
    from app.workbench.project import create_project

    project = create_project(_folder() / "chat")
    chat = chat_files.new_chat_id()
    text = "It learns from 562 rows, with rank 16.\n\n- `r`: 16, since the rows are few\n- three epochs\n\n" * 2
    for number in range(1, MESSAGES + 1):
        role: Any = "assistant" if number % 2 == 0 else "user"
        line = chat_files.message_line(Message(number, role, text if role == "assistant" else "Train it, please."))
        chat_files.append(project.state / "chats", chat, line)
    application, window = _window(project.path)
    talk = window.bench.conversation
    _until(application, lambda: len(talk.messages) == MESSAGES)
    window.bench.run("assistant.focus")
    talk._put("assistant", "", is_streaming=True)
    talk.state = "thinking"
    talk.changed.emit()
    _until(application, lambda: True)
    words = (text * 20).split(" ")

    def update(place: int) -> None:
        talk._incoming.put((talk._turn, "text", " ".join(words[place : place + 4]) + " "))
        talk.pump()

    spent = [_cpu_ms(lambda place=place: update(place), application) for place in range(0, len(words) - 4, 4)]  # type: ignore[misc]
    return {"updates": len(spent), **_spread("update_ms", spent)}


def runs(_options: argparse.Namespace) -> Figures:
    """Five hundred runs in the list."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    from pipeline.runs.events import Cancelled, Metrics, Started
    from tests.support.runs import planted_run, project_in

    project = project_in(_folder())
    for number in range(RUNS):
        name = f"20260101-{number // 60:02}{number % 60:02}00-queues-{number:04x}"
        metrics = [Metrics(step=step, values={"loss": 2 / step}) for step in range(1, 20)]
        planted_run(project, name, [Started(pid=1), *metrics, Cancelled(step=19)])
    began = time.monotonic()
    application, window = _window(project.path)
    bench = window.bench
    window._timer.start(500)
    _until(application, lambda: len(bench.runs.runs) == RUNS and not bench.runs.left_to_read)
    window._timer.stop()
    read = time.monotonic() - began
    built = _cpu_ms(lambda: bench.run("view.runs"), application)
    panel: Any = window.docks.panel("runs")
    field = panel.findChild(QLineEdit, "runs.filter")
    keys = []
    for _ in range(5):
        keys += [_settled_ms(lambda sign=sign: QTest.keyClicks(field, sign), application, panel) for sign in "queues"]  # type: ignore[misc]
        field.clear()
    looks = []
    for _ in range(50):
        looks.append(_cpu_ms(bench.runs.refresh, application))
        _until(application, lambda: not bench.runs._is_reading)
    changed = [_settled_ms(bench.runs.changed.emit, application, panel) for _ in range(20)]
    return {
        "read_wall_s": round(read, 2),
        "build_ms": round(built, 1),
        **_spread("filter_key_ms", keys),
        **_spread("refresh_ms", looks),
        **_spread("list_changed_ms", changed),
    }


def curve(_options: argparse.Namespace) -> Figures:
    """Three curves of 100,000 noisy points, one growing."""
    _folder()
    from app.desktop.application import make_application
    from app.desktop.theme.theme import theme
    from app.desktop.widgets.curve import CurveView, Line

    application = make_application(["vibetune"])
    theme().set("dark")
    chance = random.Random(1)
    points = [[(n, 2 / (1 + n / 5000) + chance.gauss(0, 0.05)) for n in range(POINTS)] for _ in range(3)]
    styles: tuple[Literal["noisy", "plain", "dashed"], ...] = ("noisy", "plain", "dashed")
    view = CurveView()
    view.resize(1000, 400)
    view.show()
    application.processEvents()

    def update(number: int) -> None:
        points[0].append((POINTS + number, 0.1))
        lines = [Line(style, tuple(each), "accent", style) for style, each in zip(styles, points, strict=True)]
        view.show_lines(lines, total=POINTS * 2)
        view.repaint()

    return _spread("update_ms", [_cpu_ms(lambda number=number: update(number), application) for number in range(20)])  # type: ignore[misc]


def views(_options: argparse.Namespace) -> Figures:
    """Opening each view for the first time (the first turn, the longest after it) and again, a project, a theme."""
    from app.desktop.views import VIEWS
    from app.workbench.views import ViewRequest
    from tests.support.every_view import MEASURED, make_project

    project, other = make_project(_folder() / "views"), make_project(_folder() / "other")
    application, window = _window(project.path)
    _until(application, lambda: "pygments" in sys.modules and window.tasks.is_idle)  # as after a second or two
    keys = {"plan": str(project.plan), "text": str(project.path / "README.md"), "run": MEASURED, "verdict": MEASURED,
            "data": str(project.path / "data" / "messages.csv"), "adapter": "queues@v2"}  # fmt: skip
    told: Figures = {}
    for kind in VIEWS:
        if kind == "console":
            continue  # its kernel starts in the background
        request = ViewRequest(kind, keys.get(kind, ""))
        first, later = _turns_ms(lambda request=request: window.docks.open(request), application)  # type: ignore[misc]
        window.docks.open(ViewRequest("welcome"))
        again = _cpu_ms(lambda request=request: window.docks.open(request), application)  # type: ignore[misc]
        told[f"open_ms {kind}"] = f"{first:.0f}, then {later:.0f}, again {again:.0f}"
    settings = window.bench.settings
    switched = [_cpu_ms(lambda n=n: settings.set("theme", ("light", "dark")[n % 2]), application) for n in range(6)]  # type: ignore[misc]
    window.bench.close()
    _until(application, lambda: window.tasks.is_idle)
    first, later = _turns_ms(lambda: window.open(other.path), application)
    told["open_ms project"] = f"{first:.0f}, then {later:.0f}"
    return {**told, **_spread("theme_switch_ms", switched), "open views": len(VIEWS) - 1}


def story(_options: argparse.Namespace) -> Figures:
    """A first day with runs, streams and an engine on a screen that nobody sees: the event loop's longest pauses."""
    from tests.support.screen import screen

    folder = Path(os.environ["BENCH_FOLDER"])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    with screen() as where:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tests.support.story"],
            env={**kept, **where, "HOME": str(folder)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if not done.stdout.startswith("{"):
        return {"failed": done.stderr[-3000:]}
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        "wall_s": told["total_s"],
        "beats": told["beats"],
        "pause_ms": round(told["gaps"][0]["wall_ms"], 1),
        "computed_ms": round(max(each["cpu_ms"] for each in told["gaps"]), 1),
        "longest": [f"{each['during']}: {each['wall_ms']:.0f}, {each['cpu_ms']:.0f} CPU" for each in told["gaps"]],
        "lost": sum(map(len, told["left"].values())),
    }


def soak(options: argparse.Namespace) -> Figures:
    """Random views, chats and runs for minutes: memory, threads, handles and processes before and after."""
    import threading

    import psutil

    from app.desktop.views import VIEWS
    from app.workbench.views import ViewRequest
    from pipeline.jobs.worker import stop_worker
    from tests.support.every_view import MEASURED, make_project
    from tests.support.small_worker import begin

    folder = _folder()
    project = make_project(folder / "soak")
    worker = project.run("20260103-100000-tone-cccc")
    begin(worker)
    application, window = _window(project.path)
    window._timer.start(500)
    bench, process, chance = window.bench, psutil.Process(), random.Random(options.seed)
    keys = {"plan": str(project.plan), "text": str(project.path / "README.md"), "run": MEASURED, "verdict": MEASURED,
            "data": str(project.path / "data" / "messages.csv"), "adapter": "queues@v2"}  # fmt: skip
    kinds = [kind for kind in VIEWS if kind != "console"]
    sentences = ("Train for 9 epochs with rank 8", "Sort our messages into the right queue.", "Use 4 epochs")

    def round_trip() -> None:
        for kind in chance.sample(kinds, len(kinds)):
            window.docks.open(ViewRequest(kind, keys.get(kind, "")))
            _until(application, lambda: True)
        bench.conversation.say(chance.choice(sentences))
        _until(application, lambda: bench.conversation.state == "idle")
        if bench.plan.pending is not None:
            bench.run(chance.choice(("plan.apply", "plan.reject")))
        bench.conversation.new_chat()
        bench.run(chance.choice(("view.theme_dark", "view.theme_light")))
        bench.run("view.close_others")
        bench.run("view.close_tab")
        _until(application, lambda: window.tasks.is_idle)

    def state() -> tuple[int, int, int, int]:
        return process.memory_info().rss >> 20, threading.active_count(), process.num_fds(), len(process.children())

    for _ in range(3):
        round_trip()
    before, ends, rounds = state(), time.monotonic() + options.minutes * 60, 0
    middle = before
    while time.monotonic() < ends:
        round_trip()
        rounds += 1
        if time.monotonic() < ends - options.minutes * 30:
            middle = state()
    after = state()
    window.close()
    stop_worker(worker)
    _until(application, lambda: not process.children(), 30)
    names = ("rss_mb", "threads", "handles", "processes")
    return {
        "minutes": options.minutes,
        "rounds": rounds,
        **{f"{name} start, half, end": (a, b, c) for name, a, b, c in zip(names, before, middle, after, strict=True)},
        "left": len(process.children()),
    }


def monkey(options: argparse.Namespace) -> Figures:
    """Random events on a screen that nobody sees (Qt's offscreen plugin falls over): what they reached, what broke."""
    from tests.support.screen import screen

    folder = _folder()
    command = [sys.executable, "-P", "-m", "tests.support.monkey", "--events", str(options.events)]
    with screen() as where:
        done = subprocess.run(
            [*command, "--seed", str(options.seed), "--folder", str(folder / "monkey"), "--deadline", "7200"],
            env={**os.environ, **where}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if not done.stdout.startswith("{"):
        return {"crashed": done.stderr[-3000:]}
    told: Figures = json.loads(done.stdout)
    return {**told, "records": len(told["records"]), "first": told["records"][:1], "last": ""}


PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    each.__name__: each for each in (start, reopen, table, chat, runs, curve, views, story, soak, monkey)
}

if __name__ == "__main__":
    sys.exit(main())
