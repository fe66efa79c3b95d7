"""Imports the code of views before they are opened, while nobody waits for it."""

from __future__ import annotations

import gc
import time
from functools import cache
from importlib import import_module

from app.desktop.views import VIEWS
from app.workbench.tasks import Job

BREATH_S = 0.02  # between two modules, for the window's thread
TEXTS = ("README.md", "train.py", "run.sh", "request.js")  # kinds that a project has, and those of the playground


def import_views(job: Job) -> None:
    """All of it, one module after the other; belongs into a task."""
    for view in VIEWS.values():
        job.check()
        import_module(f"app.desktop.panels.{view.place.partition(':')[0]}")
        time.sleep(BREATH_S)
    _find_lexers()
    _set_code_apart()


@cache
def _set_code_apart() -> None:
    """The collector looks through all that code each time anew, 100 ms in which no window answers: it stays anyway."""
    gc.freeze()


def _find_lexers() -> None:
    """The first look for a lexer makes patterns of the names of all languages: 90 ms."""
    from pygments.lexers import get_lexer_for_filename  # type: ignore[import-untyped]

    for name in TEXTS:
        get_lexer_for_filename(name)
        time.sleep(BREATH_S)
