"""A monkey at the window: whatever is pressed, nothing breaks. `MONKEY_EVENTS=10000` plays longer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.monkey import EXCLUDED
from tests.support.screen import screen

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (11, 12, 13)
EVENTS = int(os.environ.get("MONKEY_EVENTS", "500"))  # of each seed
REACHED = 0.5 if EVENTS < 3000 else 0.9  # of the commands that are registered

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(60 + EVENTS)]


def played(seed: int, folder: Path) -> dict[str, Any]:
    """What came of a monkey in a process of its own."""
    command = [sys.executable, "-P", "-m", "tests.support.monkey", "--seed", str(seed), "--events", str(EVENTS)]
    with screen() as where:
        done = subprocess.run(
            [*command, "--folder", str(folder), "--deadline", str(30 + EVENTS * 0.4)],
            capture_output=True,
            text=True,
            check=False,
            timeout=50 + EVENTS,
            env={**os.environ, "PYTHONPATH": str(ROOT), **where},
        )
    events = (folder / "events.txt").read_text("utf-8").splitlines()[-30:] if (folder / "events.txt").is_file() else []
    assert done.stdout.startswith("{"), f"seed {seed} ended with {done.returncode}:\n{done.stderr[-3000:]}\n{events}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_events_break_nothing(seed: int, tmp_path: Path) -> None:
    told = played(seed, tmp_path)
    reached = told["reached"] / told["registered"]
    print(f"seed {seed}: {told['events']} events, {told['cpu_s']} CPU-s, {told['reached']} of {told['registered']}")
    assert told["records"] == [], "\n".join([*told["records"], *told["last"]])
    assert told["left"] == []
    if told["events"] == EVENTS:  # a machine that is busy with other things gets less far
        assert reached >= REACHED, told["unreached"]


def test_what_is_left_out_has_its_reason_and_exists() -> None:
    from app.workbench.actions.everything import all_commands

    assert set(EXCLUDED) <= {command.id for command in all_commands()}
    assert len(EXCLUDED) < 0.05 * len(all_commands())
    assert all(EXCLUDED.values())
