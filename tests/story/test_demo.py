"""The demo, whole and real, where no packet can leave the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.loopback_only import can_unshare, command_without_network

DEADLINE_S = 600


@pytest.mark.heavy
@pytest.mark.timeout(DEADLINE_S + 30)
def test_the_demo_needs_no_network_and_both_adapters_beat_the_prompted_base(tmp_path: Path) -> None:
    if not can_unshare():
        pytest.skip("this machine gives no network namespaces to its users (unshare --user --net)")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HF_"))}
    demo = [sys.executable, "-P", "-m", "app.cli", "demo", str(tmp_path / "demo"), "--json"]
    done = subprocess.run(
        command_without_network(*demo),
        env={**kept, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    answer = json.loads(done.stdout)
    assert {"planning", "data", "training", "engine start", "engine stop"} <= set(answer["seconds"])
    assert len(answer["tasks"]) == 2
    for task in answer["tasks"]:
        verdict = task["verdict"]
        against = {
            each["against"]: each
            for each in verdict["differences"]
            if each["metric"] == verdict["difference"]["metric"]
        }
        assert against["base+prompt"]["low"] > 0, verdict["text"]
        assert verdict["n"] >= 40
    for comparison in answer["comparisons"]:
        assert len(comparison["answers"]) == 3
        assert all(column["answer"] for column in comparison["answers"] if column["model"] != "base")
