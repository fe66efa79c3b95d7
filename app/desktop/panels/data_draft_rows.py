"""Offers to make examples of rows that stand in the chat's text."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from app.desktop.widgets.basics import button
from app.desktop.widgets.flow import Flow
from app.workbench.bench import Workbench
from app.workbench.data_examples import parse_pasted

FEWEST = 2  # rows: a single arrow in a sentence is none


class DataDraftRows(QWidget):
    """One button; it is there only while the text holds rows."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self.setObjectName("assistant.rows")
        self._add = button("", icon="table", name="assistant.add_rows", tip="They become rows of data/examples.csv",
                           on=partial(bench.run, "data.examples_from_chat"))  # fmt: skip
        body = Flow(8, (12, 4, 12, 0))
        body.add(self._add)
        self.setLayout(body)
        self.hide()

    def show_text(self, text: str) -> None:
        """Looks for rows in what is being written."""
        count = len(parse_pasted(text)) if "\n" in text.strip() else 0
        if count >= FEWEST:
            self._add.setText(f"Add {count:,} examples")
            self._add.setAccessibleName(self._add.text())
        self.setVisible(count >= FEWEST)
