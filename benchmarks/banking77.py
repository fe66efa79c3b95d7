"""The main job on data that nobody here wrote: banking77 (CC BY 4.0), its own train and test files, through the CLI.

    python benchmarks/banking77.py DATA_FOLDER [--classes 10|77] [--json] [--quick]

From the sentence to the verdict: `vibetune plan`, then `vibetune run`. Prints the adapter's accuracy, that of the
linear classifier in the same run, and their ratio. `--quick` stops training after one epoch: that shows that it runs,
not how well.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

SENTENCE = "Sort the messages our bank customers send us into the right category"
GOALS = {10: 0.95, 77: 0.8}  # of the linear classifier's accuracy


def vibetune(folder: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *arguments, "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(json.dumps(answer, indent=2))
    return answer


def first_classes(data: Path, target: Path, count: int) -> None:
    """Copies the rows of the first `count` categories, file by file; no row changes its file."""
    wanted = set(json.loads((data / "categories.json").read_text())[:count])
    for name in ("train.csv", "test.csv"):
        with (data / name).open(newline="", encoding="utf-8") as source, (target / name).open("w", newline="") as copy:
            rows = csv.DictReader(source)
            writer = csv.DictWriter(copy, rows.fieldnames or [])
            writer.writeheader()
            writer.writerows(row for row in rows if row["category"] in wanted)


def measure(data: Path, classes: int, changes: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        vibetune(folder, "new", ".")
        first_classes(data, folder / "data", classes)
        began, spent = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        files = ["--data", "data/train.csv", "--data", "data/test.csv"]
        vibetune(folder, "plan", SENTENCE, *files, "--set", "model.base=pocket", "--write")
        settings = [part for change in changes for part in ("--set", change)]
        answer = vibetune(folder, "run", *settings)
        answer["wall_s"] = time.monotonic() - began
        answer["cli_cpu_s"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - spent
        return answer


def report(classes: int, answer: dict[str, Any]) -> dict[str, Any]:
    accuracy = {model: values["accuracy"] for model, values in answer["verdict"]["metrics"].items()}
    ratio = accuracy["adapter"] / accuracy["linear (TF-IDF)"]
    return {
        "benchmark": f"banking77-{classes}",
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "trl")},
        "figures": {
            "accuracy": accuracy,
            "n": answer["verdict"]["n"],
            "seconds": answer["seconds"],
            "wall_s": answer["wall_s"],
        },
        "ratios": {"adapter to linear": ratio},
        "goals": {
            "adapter to linear": {"goal": GOALS[classes], "measured": ratio, "met": ratio >= GOALS[classes]},
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with train.csv, test.csv and categories.json")
    parser.add_argument("--classes", type=int, choices=sorted(GOALS), default=10)
    parser.add_argument("--set", action="append", default=[], help="FIELD=VALUE of the plan, for the run")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one epoch: shows that it runs, not how well")
    options = parser.parse_args()
    changes = [*options.set, *(["training.num_train_epochs=1"] if options.quick else [])]
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    value = report(options.classes, measure(options.data.resolve(), options.classes, changes))
    if options.json:
        print(json.dumps(value))
        return 0
    for model, accuracy in value["figures"]["accuracy"].items():
        print(f"{model:16} {accuracy:.3f}")
    goal = value["goals"]["adapter to linear"]
    print(f"adapter to linear: {goal['measured']:.3f} (goal {goal['goal']}), {value['figures']['n']} test rows")
    print(f"{value['figures']['wall_s']:.0f} s: {value['figures']['seconds']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
