"""The playground as a user sees it: stopped server, streamed answers, blind votes, difference, code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.desktop.background.streams import streams
from app.desktop.panels.playground import Playground
from app.desktop.panels.server_panel import ServerPanel
from app.desktop.widgets.answer_column import AnswerText
from app.desktop.widgets.server_stages import ServerStages
from app.desktop.widgets.word_diff import Piece, WordDiff, word_difference
from app.workbench.actions import adapters, playground, server
from app.workbench.bench import Workbench
from app.workbench.server_stages import StageClock
from app.workbench.views import ViewRequest
from pipeline.jobs.registry import register_run
from pipeline.runs.layout import ProjectFolder
from serving.engine.progress import StageEvent
from tests.desktop.test_runs import child
from tests.support.runs import finished_run, project_in
from tests.support.small_engine import running_engine


def with_commands(bench: Workbench) -> Workbench:
    known = {command.id for command in bench.commands}
    every = [*adapters.commands(), *server.commands(), *playground.commands()]
    bench.commands.add(*(command for command in every if command.id not in known))
    return bench


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    made = project_in(tmp_path_factory.mktemp("playground"))
    for name, seed in (("20260101-100000-queues-aaaa", 1), ("20260102-100000-queues-bbbb", 2)):
        register_run(made, finished_run(made, name, seed=seed))
    return made


@pytest.fixture(scope="module")
def served(project: ProjectFolder) -> Iterator[str]:
    with running_engine(project, ["queues@v1", "queues@v2"]) as url:
        yield url


@pytest.fixture
def panel(qtbot: QtBot, bench: Workbench, project: ProjectFolder, served: str) -> Iterator[Playground]:
    with_commands(bench).open(project.path)
    bench.views.activated(ViewRequest("playground"))
    made = Playground(bench)
    qtbot.addWidget(made)
    made.resize(1400, 850)
    made.show()
    qtbot.waitUntil(lambda: made.panes is not None)
    yield made
    bench.playground.stop()
    qtbot.waitUntil(lambda: streams().is_idle, timeout=5000)


def ask(qtbot: QtBot, bench: Workbench, panel: Playground, message: str) -> None:
    field = child(panel, QPlainTextEdit, "playground.prompt")
    field.setPlainText(message)
    qtbot.mouseClick(child(panel, QPushButton, "playground.ask"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.playground.state == "done", timeout=10000)


def test_a_stopped_server_offers_its_start(qtbot: QtBot, bench: Workbench, tmp_path: Path) -> None:
    with_commands(bench).open(project_in(tmp_path).path)
    made = Playground(bench)
    qtbot.addWidget(made)
    made.show()
    assert child(made, QLabel, "playground.server.state").text() == "Stopped"
    assert child(made, QPushButton, "playground.start_big").isVisible()
    assert not child(made, QPushButton, "playground.ask").isEnabled()
    assert "stopped" in child(made, QPushButton, "playground.ask").toolTip()


def test_answers_stream_into_their_columns_as_plain_text(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    ask(qtbot, bench, panel, "where is my parcel")
    texts = [child(panel, AnswerText, f"playground.column{n}.text").toPlainText() for n in (1, 2, 3)]
    assert texts[0] == "base says <b>where is my parcel</b>", "markup of a model is shown, never obeyed"
    assert {"queues@v1 says <b>where is my parcel</b>", "queues@v2 says <b>where is my parcel</b>"} & set(texts)
    told = child(panel, QLabel, "playground.vote_told").text()
    assert told == "choose by key or button"
    assert streams().is_idle, "no thread stays behind"


def test_a_stream_is_stopped_and_keeps_what_has_come(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    child(panel, QPlainTextEdit, "playground.prompt").setPlainText("say it slowly, please, with many words")
    bench.run("playground.run")
    text = child(panel, AnswerText, "playground.column1.text")
    qtbot.waitUntil(lambda: "says" in text.toPlainText(), timeout=10000)
    assert child(panel, QPushButton, "playground.halt").isVisible()
    bench.run("playground.stop")
    assert "says" in text.toPlainText()
    assert "words" not in text.toPlainText()
    assert bench.playground.state == "done"
    assert child(panel, QPushButton, "playground.ask").isVisible()


def test_a_blind_round_hides_the_names_until_the_vote(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    qtbot.mouseClick(child(panel, QPushButton, "playground.blind.on"), Qt.MouseButton.LeftButton)
    ask(qtbot, bench, panel, "hello")
    titles = [panel.grid._columns[n].title.text() for n in range(2)]
    assert titles == ["Answer A", "Answer B"]
    assert child(panel, QLabel, "playground.question").text() == "Blind, 1 of 20"
    assert child(panel, QPushButton, "playground.vote.1").text() == "A"
    bench.run("playground.vote_1")
    current = bench.playground.round
    assert current is not None
    assert panel.grid._columns[0].title.text() == current.columns[0].title
    assert child(panel, QLabel, "playground.vote_told").text() == f"You chose A: {current.columns[0].id}"
    assert "blind vote" in child(panel, QLabel, "playground.votes_told").text()
    assert panel.panes is not None
    assert current.columns[0].id in panel.panes.votes.rows.accessibleName()


def test_the_difference_is_shown_by_word_and_can_be_hidden(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    ask(qtbot, bench, panel, "hello")
    shown = child(panel, WordDiff, "playground.difference")
    assert shown.toPlainText() == "queues@v1 v2 says <b>hello</b>"
    bench.run("playground.difference")
    assert not shown.isVisible()


def coloured(text: QPlainTextEdit) -> int:
    """How many stretches of a text have a colour of their own."""
    blocks, found = text.document().begin(), 0
    while blocks.isValid():
        found += len(blocks.layout().formats())
        blocks = blocks.next()
    return found


def test_code_follows_the_question_and_its_language(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    child(panel, QPlainTextEdit, "playground.prompt").setPlainText("hello there")
    code = child(panel, QPlainTextEdit, "playground.code")
    assert "hello there" in code.toPlainText()
    qtbot.waitUntil(lambda: coloured(code) > 3)  # keywords and texts stand out
    qtbot.mouseClick(child(panel, QPushButton, "playground.language.curl"), Qt.MouseButton.LeftButton)
    assert code.toPlainText().startswith("curl http://127.0.0.1:")
    qtbot.waitUntil(lambda: coloured(code) > 3)
    qtbot.mouseClick(child(panel, QPushButton, "playground.copy_code"), Qt.MouseButton.LeftButton)
    assert bench.clipboard.text == code.toPlainText()


def test_the_stages_of_a_start_are_told(qtbot: QtBot) -> None:
    clock = StageClock()
    clock.begin()
    clock.take(StageEvent("Initializing", "reading the weights", 1.0))
    card = ServerStages()
    qtbot.addWidget(card)
    card.resize(500, 120)
    card.show_start(clock.stages, what="pocket", seconds=2.0, seconds_left=6.0, fraction=0.3)
    told = [label.text() for label in card.findChildren(QLabel)]
    assert "2 s, about 6 s left" in told
    assert "Weights read: under way" in card._row.accessibleName()


def test_the_server_panel_shows_who_answers(qtbot: QtBot, bench: Workbench, panel: Playground) -> None:
    side = ServerPanel(bench)
    qtbot.addWidget(side)
    told = [label.accessibleName() or label.text() for label in side.findChildren(QLabel)]
    assert "Ready" in told
    assert {"queues@v1", "queues@v2"} <= set(told)


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", []),
        ("a b", "a b", [Piece("a b", "same")]),
        (
            "a cat sat",
            "a dog sat",
            [Piece("a ", "same"), Piece("cat", "removed"), Piece("dog", "added"), Piece(" sat", "same")],
        ),
        ("one two", "six ten", [Piece("one two", "removed"), Piece("six ten", "added")]),
    ],
)
def test_words_are_compared(old: str, new: str, pieces: list[Piece]) -> None:
    found = word_difference(old, new)
    assert found == pieces
    assert "".join(piece.text for piece in found if piece.kind != "added") == old
    assert "".join(piece.text for piece in found if piece.kind != "removed") == new
