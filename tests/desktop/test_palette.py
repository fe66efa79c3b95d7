from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.palette import Palette
from app.desktop.palette_entries import entries
from app.desktop.palette_list import HEADING, ROW, EntryList
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.views import ViewRequest


@pytest.fixture
def palette(bench: Workbench, qtbot: QtBot) -> Iterator[Palette]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    made = Palette(bench, window)
    made.open()
    yield made
    window.close()


def _field(palette: Palette) -> QLineEdit:
    found = palette.findChild(QLineEdit, "palette.field")
    assert isinstance(found, QLineEdit)
    return found


def test_what_can_be_done_now_comes_before_what_can_not(bench: Workbench) -> None:
    bench.commands.add(
        Command("test.first", "Frobnicate", lambda _bench: None, lambda _bench: "Nothing to frobnicate.", keys=("F8",)),
        Command("test.second", "Frobnicate the other way round", lambda _bench: None, keys=("F9",)),
    )
    found = entries(bench, "frob")
    assert [each.reason for each in found[:2]] == ["", "Nothing to frobnicate."]
    assert [each.keys for each in found[:2]] == ["F9", ""], "the reason stands where the keys would"


def test_return_runs_the_command_and_it_is_offered_first_next_time(
    bench: Workbench, palette: Palette, qtbot: QtBot
) -> None:
    ran: list[str] = []
    bench.commands.add(Command("test.ring", "Ring the bell", lambda _bench: ran.append("rang")))
    qtbot.keyClicks(_field(palette), ">ring bell")
    qtbot.keyClick(_field(palette), Qt.Key.Key_Return)
    assert ran == ["rang"]
    assert not palette.isVisible()
    first = entries(bench, "")[0]
    assert (first.group, first.title) == ("Used last", "Ring the bell")


def test_tab_sends_the_words_to_the_assistant(bench: Workbench, palette: Palette, qtbot: QtBot) -> None:
    opened: list[ViewRequest] = []
    bench.views.requested.connect(opened.append)
    qtbot.keyClicks(_field(palette), "xyzzy")
    qtbot.keyClick(_field(palette), Qt.Key.Key_Tab)
    assert opened == [ViewRequest("assistant")]
    assert [each.text for each in bench.conversation.messages][:1] == ["xyzzy"]


def test_escape_closes_and_arrows_move(palette: Palette, qtbot: QtBot) -> None:
    assert palette.isVisible()
    qtbot.keyClick(_field(palette), Qt.Key.Key_Down)
    qtbot.keyClick(_field(palette), Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_enter_belongs_to_the_palette_whatever_the_view_below_does_with_it(palette: Palette) -> None:
    for modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Return, modifiers)
        event.ignore()
        QApplication.sendEvent(_field(palette), event)
        assert event.isAccepted()


def test_a_group_has_a_heading_with_its_count_and_titles_stay_whole(bench: Workbench, palette: Palette) -> None:
    reason = "It can't be done now, for a reason that is longer than the palette is wide. " * 3
    bench.commands.add(
        Command("test.gongs", "Strike both zzgongs", lambda _bench: None),
        Command("test.gong", "Strike a zzgong", lambda _bench: None, lambda _bench: reason),
    )
    palette.open("zzgong")
    found = palette.findChild(EntryList)
    assert found is not None
    commands = [each for each in found.entries.rows if each.group == "Commands"]
    assert [each.title for each in commands] == ["Strike both zzgongs", "Strike a zzgong"]
    assert {each.count for each in commands} == {f"2 of {len(list(bench.commands))}"}
    rects = [found.visualRect(found.entries.index(n)) for n in range(3)]
    assert [rect.height() for rect in rects] == [ROW + HEADING, ROW, ROW + HEADING]
    assert all(found.viewport().rect().contains(rect) for rect in rects), "the list is as tall as its entries"
    palette.open("nothing is called like this")
    assert [each.group for each in found.entries.rows] == ["Ask"]
