"""The first day of a person with the window, whole and real: see `tests/support/story.py` for what is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.processes.detached import module_environment
from pipeline.processes.group import marked_processes
from tests.support.screen import screen

DEADLINE_S = 900.0  # on a machine that does other things, too; by itself it takes a tenth
LEAVES_SOMETHING = """
import logging, os, subprocess, sys, threading
from pathlib import Path
from tests.support.desktop import Desktop
desk = Desktop(Path(os.environ["HOME"]) / "missed.png")
desk.until_seen("What should your model do differently?")
logging.getLogger("somewhere").warning("something")
ends = threading.Event()
threading.Thread(target=ends.wait, name="lingering").start()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
left = desk.close()
print(len(left.processes), left.threads, left.records)
ends.set()
child.communicate()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Of a user who has never used the program; what is started for them ends with the test."""
    yield tmp_path
    for process in marked_processes():
        try:
            if process.environ().get("HOME") == str(tmp_path):
                process.kill()
        except (psutil.Error, OSError):
            continue


def on_a_screen(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    with screen() as where:
        return subprocess.run(
            [sys.executable, "-P", "-X", "faulthandler", *arguments],
            env={**kept, **module_environment(), **where, "HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )


@pytest.mark.heavy
@pytest.mark.timeout(DEADLINE_S + 30)
def test_from_an_empty_folder_to_a_rolled_back_adapter(home: Path) -> None:
    done = on_a_screen(home, "-m", "tests.support.story")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(figures, indent=1))
    assert figures["left"] == {"processes": [], "threads": [], "records": []}
    assert figures["beats"] > 100
    project = home / "larkfield"
    assert len(list((project / ".vibetune" / "runs").glob("*/verdict.json"))) == 3
    votes = [json.loads(line) for line in (project / ".vibetune" / "votes.jsonl").read_text().splitlines()]
    assert [len(set(vote["shown"])) for vote in votes] == [4, 4]
    assert all(vote["is_blind"] and vote["choice"] in vote["shown"] for vote in votes)


@pytest.mark.heavy
def test_what_is_left_behind_is_seen(home: Path) -> None:
    done = on_a_screen(home, "-c", LEAVES_SOMETHING)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.splitlines()[-1] == "1 ['lingering'] ['WARNING somewhere: something']"
