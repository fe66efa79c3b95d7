"""Sentences with what a sensible plan for them must contain: `tests/data/intents/*.jsonl`, the planner's own yardstick.

python -m tests.support.intents tests/data/intents/tuned.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.planner.draft import value_at
from assistant.planner.planner import plan
from pipeline.errors import VibetuneError

OWN = Path(__file__).resolve().parents[1] / "data" / "intents"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
# Expectation → field of the plan that must have exactly this value.
_EQUAL = {
    "r": "training.adapter.r",
    "alpha": "training.adapter.lora_alpha",
    "dropout": "training.adapter.lora_dropout",
    "learning_rate": "training.learning_rate",
    "epochs": "training.num_train_epochs",
    "base": "model.base",
    "max_cost_usd": "compute.max_cost_usd",
    "max_hours": "compute.max_hours",
    "test_fraction": "dataset.split.test",
    "seed": "dataset.split.seed",
}
_ONE_OF = {
    "task": "task",
    "method": "training.method",
    "adapter": "training.adapter.type",
    "quantization": "training.quantization",
}
_SHARES_ONE = {"metrics_any": "evaluation.metrics", "benchmarks_any": "evaluation.benchmarks"}
_THERE = {"judge": "evaluation.judge", "rehearsal": "dataset.rehearsal", "synthesis": "dataset.synthesis.count"}


def files_of(intent: dict[str, Any]) -> list[Path]:
    """Its data files: ours, or those of the shared data sets."""
    return [OWN / name if name.startswith(("files/", "missing/")) else SHARED / name for name in intent["data"]]


def missed(intent: dict[str, Any]) -> tuple[list[str], int]:
    """What a plan for the sentence lacks, and how many expectations there are."""
    try:
        answer = plan(intent["goal"], files_of(intent)).as_json()
    except VibetuneError as error:
        answer = {"error": error.as_json()}
    found = [(name, is_held) for name, want in intent["expect"].items() for is_held in _checks(name, want, answer)]
    return [name for name, is_held in found if not is_held], len(found)


def _checks(name: str, want: Any, answer: dict[str, Any]) -> Iterator[bool]:
    values = answer.get("plan") or {}
    if name == "columns":
        for role, columns in want.items():
            yield set(value_at(values, f"dataset.columns.{role}") or ()) == set(columns)
        return
    yield _holds(name, want, values, answer)


def _holds(name: str, want: Any, values: dict[str, Any], answer: dict[str, Any]) -> bool:
    if name in _EQUAL:
        return bool(value_at(values, _EQUAL[name]) == want)
    if name in _ONE_OF:
        return value_at(values, _ONE_OF[name]) in want
    if name in _SHARES_ONE:
        return bool(set(value_at(values, _SHARES_ONE[name]) or ()) & set(want))
    if name in _THERE:
        return bool(value_at(values, _THERE[name]))
    if name == "base_params_b":
        size = value_at(values, "model.params_b")
        return size is not None and want[0] <= size <= want[1]
    return _talk_holds(name, want, values, answer)


def _talk_holds(name: str, want: Any, values: dict[str, Any], answer: dict[str, Any]) -> bool:
    questions, said = answer.get("questions"), answer.get("answer")
    if name == "asks":
        return bool(questions) if want else bool(values) and not questions
    if name == "pii":
        return value_at(values, "dataset.checks.personal_data") in ("mask", "drop", "quarantine", "block")
    if name == "target":
        return str(value_at(values, "compute.target") or "").startswith(want)
    if name == "warns":
        text = " ".join(each["code"] + each["message"] for each in answer.get("warnings", [])).lower()
        return any(word in text for word in want)
    return bool({"answers": said, "no_plan": not values and (said or questions), "error": answer.get("error")}[name])


def score(path: Path) -> tuple[int, int, list[str]]:
    """Expectations held, expectations in all, and a line for each sentence that misses some."""
    held = total = 0
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        intent = json.loads(line)
        if not all(file.exists() for file in files_of(intent)) and "error" not in intent["expect"]:
            continue  # the shared data sets are not here
        lacks, count = missed(intent)
        held, total = held + count - len(lacks), total + count
        lines += [f"{intent['id']}: missed {', '.join(lacks)}: {intent['goal']}"] if lacks else []
    return held, total, lines


if __name__ == "__main__":
    for name in sys.argv[1:]:
        own_held, own_total, own_lines = score(Path(name))
        print(*own_lines, f"score: {own_held / own_total:.3f} ({own_held}/{own_total})", sep="\n")
