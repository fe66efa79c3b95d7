"""A screen that nobody sees: an X server of our own where Xvfb is installed, else Qt's offscreen one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

SIZE = "1600x1000x24"
CLOSE_S = 10


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Environment variables that put a window on it; the server ends with the block."""
    if shutil.which("Xvfb") is None:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()  # comes when the server is ready; empty: it has ended
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"} if number else {"QT_QPA_PLATFORM": "offscreen"}
    finally:
        server.terminate()
        server.wait(CLOSE_S)
