"""Training speed: tokens of the rows per CPU-second, ours against TRL's SFTTrainer, on the pocket base.

    python benchmarks/training.py [--data FILE --prompt COLUMN --completion COLUMN] [--json] [--quick]

Each contender trains the sample tickets for one epoch in a process of its own, on one thread; loading doesn't count.
`trl` is stock with its defaults; `trl float32` goes without gradient checkpointing and bfloat16, as ours does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.training.job import Job

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TICKETS = ROOT / "resources" / "samples" / "support" / "tickets.csv"
PROMPT = "Sort the message. Answer with the label only."
CONTENDERS = ("ours", "trl", "trl float32")
QUICK_ROWS = 96
GOAL = 2.0  # times stock TRL


def make_job(folder: Path) -> Job:
    """The job that all contenders do, from `spec.json`; the data become a version once."""
    from pipeline.bases.base import find_base
    from pipeline.datasets.facts import row_facts
    from pipeline.datasets.versions.build import build_version
    from pipeline.plan.model import Plan
    from pipeline.runs.layout import RunFolder
    from pipeline.runs.manifest import BaseReference
    from pipeline.runs.request import DatasetReference, RunRequest
    from pipeline.training.hyperparameters import resolve
    from pipeline.training.job import Job

    plan = Plan.model_validate(json.loads((folder / "spec.json").read_text(encoding="utf-8")))
    base, version = find_base("pocket"), build_version(plan, folder)
    run = RunFolder(folder / ".vibetune" / "runs" / "one")
    shutil.rmtree(run.path, ignore_errors=True)
    run.path.mkdir(parents=True)
    request = RunRequest(
        created="",
        dataset=DatasetReference(name=version.name, version=version.id),
        base=BaseReference(id=base.id, sha256=base.sha256),
    )
    return Job(run, resolve(plan, row_facts(version, base), base).plan, request, version, base)


def specification(options: argparse.Namespace) -> dict[str, Any]:
    """The plan: one epoch, classification."""
    return {
        "name": "speed",
        "task": "classification",
        "model": {"base": "pocket"},
        "dataset": {
            "sources": [{"path": f"data/{options.data.name}"}],
            "columns": {"prompt": options.prompt, "completion": [options.completion]},
            "system_prompt": PROMPT,
        },
        "training": {"num_train_epochs": 1},
    }


def train_ours(job: Job, rows: int) -> tuple[float, int]:
    """CPU-seconds and steps of our trainer, checkpoints and events included."""
    from pipeline.runs.events import EventLog
    from pipeline.training.sft import Training, build_trainer, first_settings, read_rows, run_steps
    from pipeline.training.stopping import Wishes

    with EventLog(job.run.events) as log:
        training = Training(job, log, Wishes(job.run), first_settings(1))
        read_rows(training)
        training.train, training.validation = training.train[:rows], []
        build_trainer(training)
        began = time.process_time()
        run_steps(training)
        return time.process_time() - began, training.step


def train_trl(job: Job, rows: int, *, as_is: bool) -> tuple[float, int]:
    """CPU-seconds and steps of TRL's trainer on the same rows, as its documentation shows it."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from pipeline.training.lora import lora_config

    plan = job.training
    chosen = list(job.version.rows("train"))[:rows]
    system = {"role": "system", "content": PROMPT}
    pairs = [{"prompt": [system, *row.prompt], "completion": row.messages[-1:]} for row in chosen]
    options: dict[str, Any] = {} if as_is else {"bf16": False, "gradient_checkpointing": False}
    arguments = SFTConfig(
        output_dir=str(job.run.path / "trl"),
        num_train_epochs=1,
        per_device_train_batch_size=int(plan.per_device_train_batch_size),
        learning_rate=float(plan.learning_rate),
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        **options,
    )
    model = AutoModelForCausalLM.from_pretrained(job.base.folder, dtype="float32")
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(job.base.folder),
        peft_config=lora_config(plan.adapter, model),
    )
    began = time.process_time()
    trainer.train()
    return time.process_time() - began, trainer.state.global_step


def contend(name: str, folder: Path, rows: int) -> dict[str, float]:
    """One contender's figures, in this process."""
    from pipeline.bases.encoding import ChatEncoder
    from pipeline.training.device import fix_threads
    from pipeline.training.rows import encode_rows

    fix_threads(1)
    job = make_job(folder)
    cpu_s, steps = train_ours(job, rows) if name == "ours" else train_trl(job, rows, as_is=name == "trl")
    encoded = encode_rows(list(job.version.rows("train"))[:rows], ChatEncoder(job.base), PROMPT, last_only=True)
    tokens = sum(row.length for row in encoded)
    return {"rows": len(encoded), "tokens": tokens, "steps": steps, "cpu_s": cpu_s, "tokens_per_cpu_s": tokens / cpu_s}


def measure(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of all contenders, one process after the other."""
    figures = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "data").mkdir()
        shutil.copyfile(options.data, folder / "data" / options.data.name)
        (folder / "spec.json").write_text(json.dumps(specification(options)), encoding="utf-8")
        quiet = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false"}
        for name in CONTENDERS[:2] if options.quick else CONTENDERS:
            rows = QUICK_ROWS if options.quick else 10**9
            command = [sys.executable, "-P", __file__, "--contender", name, str(folder), str(rows)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **quiet})
            figures[name] = json.loads(done.stdout.splitlines()[-1])
    return figures


def report(figures: dict[str, dict[str, float]], *, is_quick: bool) -> dict[str, Any]:
    """The benchmark's object."""
    speed = {name: values["tokens_per_cpu_s"] for name, values in figures.items()}
    ratios = {f"ours to {name}": round(speed["ours"] / speed[name], 2) for name in speed if name != "ours"}
    measured = ratios["ours to trl"]
    return {
        "benchmark": "training",
        "quick": is_quick,
        "versions": {name: version_of(name) for name in ("torch", "transformers", "peft", "trl")},
        "figures": {name: {key: round(one, 2) for key, one in values.items()} for name, values in figures.items()},
        "ratios": ratios,
        "goals": {"ours to trl": {"goal": GOAL, "measured": measured, "met": measured >= GOAL}},
    }


def main() -> int:
    if sys.argv[1:2] == ["--contender"]:
        print(json.dumps(contend(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=TICKETS, help="CSV; the sample tickets by default")
    parser.add_argument("--prompt", action="append", help="column; more than once for several")
    parser.add_argument("--completion", default="Queue", help="column")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows and stock TRL only: less exact")
    options = parser.parse_args()
    options.prompt = options.prompt or ["Subject", "Message"]
    value = report(measure(options), is_quick=options.quick)
    if options.json:
        print(json.dumps(value))
        return 0
    for name, figures in value["figures"].items():
        print(f"{name:12} {figures['tokens_per_cpu_s']:6.0f} tokens per CPU-second, {figures['cpu_s']:.1f} CPU-s")
    print(f"ours to trl: {value['ratios']['ours to trl']:.2f} (goal {GOAL})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
