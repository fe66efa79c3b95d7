"""What it costs to start: CPU-seconds of `vibetune --help` and `vibetune plan`, and what they import.

    python benchmarks/startup.py [--json] [--quick]

Each command runs several times as a whole process; the median counts. The peer is an empty Python process of the same
environment.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "samples" / "support" / "tickets.csv"
SENTENCE = "Sort our customers' support messages into the right queue."
GOALS_S = {"plan": 1.5}


def cpu_s(command: list[str], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="three repetitions in place of nine")
    options = parser.parse_args()
    cli = [sys.executable, "-P", "-m", "app.cli"]
    commands = {
        "python": [sys.executable, "-P", "-c", "pass"],
        "help": [*cli, "--help"],
        "plan": [*cli, "plan", SENTENCE, "--data", str(SAMPLE), "--json"],
    }
    with tempfile.TemporaryDirectory() as folder:
        repetitions = 3 if options.quick else 9
        figures = {
            name: statistics.median(cpu_s(command, folder) for _ in range(repetitions))
            for name, command in commands.items()
        }
    value = {
        "benchmark": "startup",
        "versions": {name: version(name) for name in ("typer", "pydantic", "ruamel.yaml")},
        "figures": {f"{name}_cpu_s": round(spent, 3) for name, spent in figures.items()},
        "ratios": {f"{name} to python": round(figures[name] / figures["python"], 1) for name in ("help", "plan")},
        "goals": {
            name: {"goal": goal, "measured": round(figures[name], 3), "met": figures[name] <= goal}
            for name, goal in GOALS_S.items()
        },
    }
    print(json.dumps(value) if options.json else json.dumps(value, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
