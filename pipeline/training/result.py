"""The trained adapter as a folder that is whole or absent: weights, configuration, manifest, probe, template, card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pipeline.bases.probe import record_probe, write_probe
from pipeline.files import new_folder, sha256, write_bytes, write_text
from pipeline.runs.manifest import AdapterManifest, text_sha256, write_manifest
from pipeline.training.card import model_card
from pipeline.training.job import Job
from pipeline.training.lora import CONFIG, WEIGHTS, adapter_config, adapter_weights, target_modules
from pipeline.training.rows import TrainingRow
from pipeline.training.sft import Training, load_model

PROBE_CASES = 6
PROBE_ANSWER_TOKENS = 64  # of a long answer, the first ones
ANSWER_ROOM = 1.25  # room above the longest trained answer, for requests that don't say how much they want
TEMPLATE = "chat_template.jinja"


def write_adapter(training: Training) -> str:
    """Writes `adapter/` from the trained model.

    Returns:
        The weights' sha256.

    Raises:
        Failed: `disk.full`; the checkpoints are as they were.
    """
    job, trainer = training.job, training.trainer
    if trainer is None:
        raise RuntimeError("nothing has been trained")
    weights = adapter_weights(trainer.model)
    with new_folder(job.run.adapter) as folder:
        write_bytes(folder / WEIGHTS, weights)
        write_text(folder / CONFIG, adapter_config(trainer.model))
        write_text(folder / TEMPLATE, job.base.chat_template)
        digest = sha256(folder / WEIGHTS)
        manifest = _manifest(training, trainer.model, digest)
        write_manifest(folder, manifest)
        _probe(training, str(folder), trainer.model, folder)
        write_text(folder / "README.md", model_card(training, manifest))
    return digest


def _manifest(training: Training, model: Any, digest: str) -> AdapterManifest:
    job = training.job
    plan, request = job.plan, job.request
    return AdapterManifest(
        name=plan.name,
        base=request.base,
        task=plan.task,
        goal=plan.goal,
        run=job.run.name,
        plan_sha256=text_sha256(job.run.plan.read_text(encoding="utf-8")),
        dataset_version=job.version.id,
        chat_turn=request.chat_turn,
        seed=job.training.seed,
        created=request.created,  # the run's, so that the same run gives the same bytes
        libraries=library_versions(),
        r=int(job.training.adapter.r),
        lora_alpha=float(job.training.adapter.lora_alpha),
        target_modules=target_modules(model),
        system_prompt=plan.dataset.system_prompt,
        chat_template_sha256=text_sha256(job.base.chat_template),
        stop_tokens=job.base.stop_tokens,
        labels=job.version.labels,
        max_tokens=_max_tokens(training.train, job.base.context),
        serving_dtype=_dtype(model),
        adapter_sha256=digest,
    )


def library_versions() -> dict[str, str]:
    """Versions of what the result depends on."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers")}


def _max_tokens(rows: Sequence[TrainingRow], context: int) -> int:
    longest = max(len(row.answer_ids) for row in rows)
    return min(context, 8 * math.ceil(longest * ANSWER_ROOM / 8))


def _dtype(model: Any) -> str:
    return str(model.dtype).removeprefix("torch.")


def probe_rows(training: Training) -> list[TrainingRow]:
    """A few rows that were not trained, where there are any: spread over their identities, the longest among them."""
    rows = sorted(training.validation or training.train, key=lambda row: row.id)
    fitting = [row for row in rows if row.length <= training.job.base.context]
    longest = max(fitting, key=lambda row: (row.length, row.id))
    others = [row for row in fitting if row is not longest][: PROBE_CASES - 1]
    return [*others, longest]


def _probe(training: Training, saved: str, model: Any, folder: Any) -> None:
    job, rows = training.job, probe_rows(training)
    scored = _unquantized(job, saved) if job.training.quantization != "none" else model
    probe = record_probe(
        scored,
        [row.prompt_ids for row in rows],
        [row.answer_ids[:PROBE_ANSWER_TOKENS] for row in rows],
        base=job.request.base,
        tokenizer_sha256=sha256(job.base.folder / "tokenizer.json"),
    )
    write_probe(folder, probe)


def _unquantized(job: Job, saved: str) -> Any:
    """The adapter on the base as it is served: a quantised one answers a little differently."""
    from peft import PeftModel

    return PeftModel.from_pretrained(load_model(job), saved)
