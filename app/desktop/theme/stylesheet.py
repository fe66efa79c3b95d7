"""The style sheet, made from the colours.

Widgets say what they are by a `kind` property: QPushButton[kind="primary"], QLabel[kind="muted"]. Painted widgets take
their colours from `theme()`.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from string import Template

import resources
from app.desktop.theme.tokens import Tokens


@cache
def _sheet() -> Template:
    return Template((Path(resources.__file__).parent / "themes" / "workbench.qss").read_text("utf-8"))


def stylesheet(tokens: Tokens) -> str:
    """The whole application's style sheet: `resources/themes/workbench.qss` with its colours filled in."""
    return _sheet().substitute({name.rstrip("_"): colour for name, colour in asdict(tokens).items()})
