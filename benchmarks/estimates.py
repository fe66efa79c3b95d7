"""How far estimates are from what runs take: memory above the imports, and CPU-seconds of a step.

    python benchmarks/estimates.py [--json] [--quick]

Twelve configurations of Llama-shaped models with random weights, from 6 to 145 million parameters, are trained by the
worker, each in a process of its own and on one thread. Six of them give the factors, the other six say how well these
hold. Memory is the peak of the resident set above what the imports take, before the model is read (of mapped files
never less than then, since the system takes their pages back at will); time is the processor's, so that a busy machine
changes little. `--quick` trains the smallest of each six: it shows that it runs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # before our packages are imported: a script stands beside them
# ruff: noqa: E402

from pipeline.bases.base import Base
from pipeline.bases.encoding import ChatEncoder
from pipeline.machine.hardware import hardware
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.training import worker
from pipeline.training.device import fix_threads
from pipeline.training.estimate import Speed, work_of_row
from pipeline.training.estimate_memory import (
    IMPORTS_BYTES,
    PROCESSOR,
    Load,
    MemoryClasses,
    MemoryFactors,
    load_of,
    memory_classes,
)
from pipeline.training.job import load_job
from pipeline.training.order import LengthOrder
from pipeline.training.rows import encode_rows
from tests.support.training_runs import freeze_run

POCKET = ROOT / "resources" / "pocket"
HEAD = 64
MIB = 1024**2
SAMPLE_S = 0.01
GOALS = {"memory": 0.15, "time": 0.30}  # largest relative error of an estimate


@dataclass(frozen=True)
class Shape:
    """A model: hidden size, layers, feed-forward size, vocabulary (at least that of the pocket base's tokenizer)."""

    hidden: int
    layers: int
    feed_forward: int
    vocabulary: int = 7168


@dataclass(frozen=True)
class Configuration:
    """What is trained: a model with an adapter of rank `r`, on rows that ask and answer with so many words at most."""

    name: str
    shape: Shape
    r: int
    batch: int
    words: tuple[int, int]
    accumulation: int = 1
    shortest: float = 1.0  # length of the shortest row, as a share of the longest
    steps: int = 3


M6, M17, M34 = Shape(256, 6, 704), Shape(384, 8, 1024), Shape(512, 10, 1408)
M49, M102, M141 = Shape(512, 8, 1408, 49152), Shape(768, 12, 2048, 32000), Shape(768, 18, 2048, 32000)
FITTED = (
    Configuration("6M, rows of all lengths", M6, r=8, batch=8, words=(100, 16), shortest=0.2, steps=6),
    Configuration("17M, rows of all lengths", M17, r=8, batch=4, words=(240, 40), shortest=0.3, steps=6),
    Configuration("34M, long rows", M34, r=32, batch=1, words=(588, 61)),
    Configuration("34M, accumulated", M34, r=8, batch=2, words=(244, 21), accumulation=2),
    Configuration("49M, many words", M49, r=8, batch=4, words=(52, 45)),
    Configuration("102M, one row", M102, r=16, batch=1, words=(244, 29)),
)
HELD_OUT = (
    Configuration("6M, wide rank", M6, r=64, batch=16, words=(60, 6)),
    Configuration("17M", M17, r=16, batch=4, words=(208, 29)),
    Configuration("34M, rows of all lengths", M34, r=16, batch=4, words=(150, 24), shortest=0.25, steps=6),
    Configuration("34M, accumulated four times", M34, r=4, batch=3, words=(90, 12), accumulation=4),
    Configuration("102M, rows of all lengths", M102, r=32, batch=4, words=(90, 16), shortest=0.3, steps=5),
    Configuration("141M", M141, r=8, batch=2, words=(110, 16)),
)
QUICK = 2  # configurations of each six


def make_base(folder: Path, shape: Shape) -> None:
    """A Llama of this shape with random weights in 16 bits, and the pocket base's tokenizer."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json", "chat_template.jinja"):
        if (POCKET / name).is_file():
            shutil.copyfile(POCKET / name, folder / name)
    config = json.loads((POCKET / "config.json").read_text(encoding="utf-8"))
    heads = shape.hidden // HEAD
    config |= {"vocab_size": shape.vocabulary, "hidden_size": shape.hidden, "intermediate_size": shape.feed_forward}
    config |= {"num_hidden_layers": shape.layers, "num_attention_heads": heads, "num_key_value_heads": heads // 2}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    draw = np.random.default_rng(0)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (0.02 * draw.standard_normal((rows, columns), dtype=np.float32)).astype(np.float16)

    hidden, keys = shape.hidden, heads // 2 * HEAD
    tensors = {"model.embed_tokens.weight": matrix(shape.vocabulary, hidden)}
    tensors["model.norm.weight"] = np.ones(hidden, np.float16)
    for layer in range(shape.layers):
        sizes = {"self_attn.q_proj": (hidden, hidden), "self_attn.o_proj": (hidden, hidden)}
        sizes |= {f"self_attn.{name}_proj": (keys, hidden) for name in "kv"}
        sizes |= {f"mlp.{name}_proj": (shape.feed_forward, hidden) for name in ("gate", "up")}
        sizes["mlp.down_proj"] = (hidden, shape.feed_forward)
        prefix = f"model.layers.{layer}"
        tensors |= {f"{prefix}.{name}.weight": matrix(*size) for name, size in sizes.items()}
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}.{norm}.weight"] = np.ones(hidden, np.float16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def make_rows(configuration: Configuration) -> list[dict[str, str]]:
    """Its rows; a number tells each from the others."""
    count = configuration.batch * configuration.accumulation * configuration.steps
    shares = np.random.default_rng(0).uniform(configuration.shortest, 1.0, (count, 2))
    return [
        {"text": f"{n} is" + " the" * question, "answer": f"{n}" + " the" * answer}
        for n, (question, answer) in enumerate((shares * configuration.words).astype(int))
    ]


def make_run(folder: Path, configuration: Configuration) -> Path:
    """A run's folder that waits for its worker, as `pipeline.jobs.start` makes it, with one thread."""
    make_base(folder / "base", configuration.shape)
    (folder / "data").mkdir()
    lines = [json.dumps(row) for row in make_rows(configuration)]
    (folder / "data" / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    plan = Plan.model_validate(
        {
            "name": "estimate",
            "task": "instruction",
            "dataset": {
                "sources": [{"path": "data/rows.jsonl"}],
                "columns": {"prompt": ["text"], "completion": ["answer"]},
                "split": {"validation": 0, "test": 0},
                "checks": {"duplicates": "off"},
            },
            "model": {"base": "base"},
            "training": {
                "num_train_epochs": 1,
                "per_device_train_batch_size": configuration.batch,
                "gradient_accumulation_steps": configuration.accumulation,
                "adapter": {"r": configuration.r},
            },
        }
    )
    return freeze_run(plan, ProjectFolder(folder), "one").path


@dataclass
class Measured:
    """What training took, and what estimates of it rest on.

    Attributes:
        load: all rows.
        memory: peak above the imports, bytes.
        cpu_s: mean of the steps after the first, which warms up.
        timed: the rows of these steps, as long as padding makes them.
    """

    name: str
    base: Base
    training: TrainingSpec
    load: Load
    memory: int
    cpu_s: float
    timed: Load

    def classes_by(self, factors: MemoryFactors) -> MemoryClasses:
        """The estimate, by class."""
        return memory_classes(self.base, self.training, self.load, on_gpu=False, factors=factors)

    def memory_by(self, factors: MemoryFactors) -> int:
        """The estimate of `memory`."""
        return self.classes_by(factors).total - IMPORTS_BYTES

    def seconds_by(self, speed: Speed) -> float:
        """The estimate of `cpu_s`."""
        return rows_per_step(self.training) * speed.seconds(work_of_row(self.base, self.training, self.timed))


def rows_per_step(training: TrainingSpec) -> int:
    """Rows between two steps of the optimizer."""
    return int(training.per_device_train_batch_size) * training.gradient_accumulation_steps


def measure(configuration: Configuration) -> Measured:
    """Trains a configuration in a process of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        run = make_run(Path(temporary) / "project", configuration)
        command = [sys.executable, "-P", __file__, "--work", str(run)]
        log = Path(temporary) / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as done,
        ):
            samples = list(_samples(done))
            said = done.stdout.read() if done.stdout else ""
        if done.returncode:
            raise SystemExit(f"{configuration.name}: {log.read_text()[-2000:]}")
        found = json.loads(said.splitlines()[-1])
        anonymous, mapped = found.pop("before")
        # Samples miss short peaks; the system's own peak misses file pages that it took back.
        sampled = max(one + max(file, mapped) for one, file in samples)
        found["memory"] = max(found.pop("peak"), sampled) - anonymous - mapped
        job = load_job(RunFolder(run))
        rows = encode_rows(job.version.rows("train"), ChatEncoder(job.base), None, last_only=True)
        print(f"{configuration.name}: {found}", file=sys.stderr, flush=True)
        order = list(LengthOrder([row.length for row in rows], configuration.batch, seed=job.training.seed))
        left = [rows[index] for index in order[rows_per_step(job.training) :]]
        batches = [left[first : first + configuration.batch] for first in range(0, len(left), configuration.batch)]
        padded = statistics.mean(max(row.length for row in batch) for batch in batches)
        timed = replace(load_of(left), mean=padded)
        cpu_s = statistics.mean(found["steps_cpu_s"][1:])
        return Measured(configuration.name, job.base, job.training, load_of(rows), found["memory"], cpu_s, timed)


def work(run: Path) -> dict[str, Any]:
    """Trains a run in this process, as its worker does: bytes after the imports, CPU-seconds of each step."""
    os.environ.update(worker.QUIET)
    fix_threads(1)
    for name in (*worker.UNUSED, "bitsandbytes"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import datasets  # noqa: F401
    import polars  # noqa: F401
    import transformers.trainer
    from transformers.models.llama import modeling_llama  # noqa: F401

    from pipeline.training import reporting, result, trainer  # noqa: F401

    steps: list[float] = []

    class StepClock(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            steps.append(-time.process_time())

        def on_step_end(self, *_: Any, **__: Any) -> None:
            steps[-1] += time.process_time()

    transformers.trainer.DEFAULT_CALLBACKS.append(StepClock)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _resident(os.getpid())
    if code := worker.main([str(run)]):
        raise SystemExit(code)
    status = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
    return {"before": before, "peak": int(status.split()[0]) * 1024, "steps_cpu_s": steps}


def _resident(pid: int) -> tuple[int, int]:
    """A process's memory of its own and its pages of mapped files, bytes; nothing of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {line.partition(":")[0]: line.split() for line in lines if line.startswith("Rss")}
    anonymous, mapped = (int(sizes[name][1]) * 1024 if name in sizes else 0 for name in ("RssAnon", "RssFile"))
    return anonymous, mapped


def _samples(process: subprocess.Popen[str]) -> Iterator[tuple[int, int]]:
    while process.poll() is None:
        yield _resident(process.pid)
        time.sleep(SAMPLE_S)


def fit_memory(measured: Sequence[Measured]) -> MemoryFactors:
    """Factors with the smallest relative errors; each is at least 0."""
    parts, known = [], []
    for one in measured:
        units = [one.classes_by(MemoryFactors(*unit, working=0)) for unit in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))]
        whole = one.classes_by(MemoryFactors(1.0, 1.0, 1.0, working=0))
        parts.append([units[0].activations, units[1].activations, whole.logits, MIB])
        known.append(whole.weights + whole.adapter + whole.gradients + whole.optimizer)
    found = _solve(parts, [one.memory for one in measured], known)
    return MemoryFactors(found[0], found[1], found[2], int(found[3] * MIB))


def fit_speed(measured: Sequence[Measured]) -> Speed:
    """Operations and kept bytes a second, in the same way."""
    units = (Speed(1e9, None, ""), Speed(math.inf, 1e9, ""))
    parts = [[one.seconds_by(unit) for unit in units] for one in measured]
    operations, kept = _solve(parts, [one.cpu_s for one in measured], [0.0] * len(measured))
    return Speed(1e9 / operations, 1e9 / kept if kept else None, "fitted")


def _solve(parts: Sequence[Sequence[float]], wanted: Sequence[float], known: Sequence[float]) -> list[float]:
    from scipy.optimize import nnls

    whole = np.array(wanted, float)
    found, _ = nnls(np.array(parts, float) / whole[:, None], 1 - np.array(known, float) / whole)
    return [float(one) for one in found]


def report(fitted: Sequence[Measured], held_out: Sequence[Measured], *, is_quick: bool) -> dict[str, Any]:
    """The benchmark's object."""
    factors, speed = fit_memory(fitted), fit_speed(fitted)
    processor = hardware().processor
    shipped = Speed(float(processor["flops_per_core"]), float(processor["kept_bytes_per_core"]), "shipped")

    def row(one: Measured) -> dict[str, Any]:
        return {
            "name": one.name,
            "params": one.base.params,
            "memory_mib": round(one.memory / MIB),
            "memory_error": round(one.memory_by(factors) / one.memory - 1, 3),
            "memory_error_shipped": round(one.memory_by(PROCESSOR) / one.memory - 1, 3),
            "step_cpu_s": round(one.cpu_s, 2),
            "time_error": round(one.seconds_by(speed) / one.cpu_s - 1, 3),
            "time_error_shipped": round(one.seconds_by(shipped) / one.cpu_s - 1, 3),
        }

    rows = [row(one) for one in held_out]
    worst = {name: max(abs(each[f"{name}_error"]) for each in rows) for name in GOALS}
    return {
        "benchmark": "estimates",
        "quick": is_quick,
        "versions": {name: version_of(name) for name in ("torch", "transformers", "peft", "trl")},
        "factors": {"memory": asdict(factors), "speed": asdict(speed)},
        "fitted": [row(one) for one in fitted],
        "held_out": rows,
        "goals": {
            name: {"goal": goal, "measured": worst[name], "met": worst[name] <= goal} for name, goal in GOALS.items()
        },
    }


def main() -> int:
    if sys.argv[1:2] == ["--work"]:
        print(json.dumps(work(Path(sys.argv[2]))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} configurations of each six: shows that it runs")
    options = parser.parse_args()
    most = QUICK if options.quick else None
    value = report(
        [measure(one) for one in FITTED[:most]], [measure(one) for one in HELD_OUT[:most]], is_quick=options.quick
    )
    if options.json:
        print(json.dumps(value))
        return 0
    for kind in ("fitted", "held_out"):
        print(f"{kind.replace('_', ' '):32} memory, MiB  error     step, CPU-s  error")
        for each in value[kind]:
            print(
                f"  {each['name']:30} {each['memory_mib']:11,} {each['memory_error']:+6.1%}  "
                f"{each['step_cpu_s']:14.2f} {each['time_error']:+6.1%}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
