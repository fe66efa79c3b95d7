"""A screen that nobody sees: an X server of our own where Xvfb is installed, else Qt's offscreen one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH, HEIGHT = 1600, 1000
CLOSE_S = 10


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Environment variables that put a window on it; the server ends with the block."""
    if shutil.which("Xvfb") is None:
        with _offscreen() as where:
            yield where
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()  # comes when the server is ready
        assert number, "Xvfb has ended"
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait(CLOSE_S)


@contextmanager
def _offscreen() -> Iterator[dict[str, str]]:
    """Qt's own, as large as the other: by itself it is smaller than the window."""
    screens = [{"name": "screen", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"screens": screens}, file)
        file.flush()
        yield {"QT_QPA_PLATFORM": f"offscreen:configfile={file.name}"}
