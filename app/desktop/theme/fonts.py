"""The bundled fonts: Inter for words, JetBrains Mono for what is code or data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

import resources

SANS, MONO = "Inter", "JetBrains Mono"
_FOLDER = Path(resources.__file__).parent / "fonts"


@cache
def load_fonts() -> None:
    """Registers the bundled faces with the application, which measures in them before a style sheet says so.

    Raises:
        RuntimeError: a face is missing or broken: the installation is incomplete.
    """
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in {".otf", ".ttf"} and QFontDatabase.addApplicationFont(str(path)) < 0:
            raise RuntimeError(f"{path.name} can't be loaded")
    usual = QFont(SANS)
    usual.setPixelSize(13)
    QGuiApplication.setFont(usual)


def font(size: int = 13, weight: int = 400, *, is_mono: bool = False, is_tabular: bool = False) -> QFont:
    """A bundled face.

    Args:
        size: pixels.
        weight: 400, 500, 600 or 700.
        is_tabular: digits of one width, for columns and painted numbers; never for running text (it widens hyphens).
    """
    made = QFont(MONO if is_mono else SANS)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if is_mono:
        made.setFeature(QFont.Tag("calt"), 0)  # else `<=` is drawn as one sign, and readers copy it wrong
        made.setStyleHint(QFont.StyleHint.Monospace)
    if is_tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made
