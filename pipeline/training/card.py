"""The model card of an adapter, in the form that model hubs read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.runs.manifest import AdapterManifest

if TYPE_CHECKING:
    from pipeline.training.sft import Training


def model_card(training: Training, manifest: AdapterManifest) -> str:
    """Markdown with the front matter of the Hugging Face hub."""
    job, plan = training.job, training.job.training
    licence = [f"license: {json.dumps(job.base.licence)}"] if job.base.licence else []
    front = [
        "---",
        f"base_model: {json.dumps(manifest.base.id)}",
        "library_name: peft",
        "pipeline_tag: text-generation",
        *licence,
        "tags: [lora, sft]",
        "---",
    ]
    revision = f" at revision `{manifest.base.revision}`" if manifest.base.revision else ""
    facts = {
        "Base": f"`{manifest.base.id}`{revision}, weights `{manifest.base.sha256[:12]}`",
        "Task": manifest.task,
        "Rows": f"{len(training.train):,} trained, dataset version `{manifest.dataset_version}`",
        "Adapter": f"LoRA, rank {manifest.r}, alpha {manifest.lora_alpha:g}, {', '.join(manifest.target_modules)}",
        "Training": f"{plan.num_train_epochs:g} epochs, {plan.per_device_train_batch_size} rows a step, "
        f"learning rate {plan.learning_rate:g} ({plan.lr_scheduler_type}), seed {plan.seed}",
        "Precision": f"{_precision(training)}, {training.settings.threads} CPU threads",
        "Run": f"`{manifest.run}`",
        "Libraries": ", ".join(f"{name} {version}" for name, version in manifest.libraries.items()),
    }
    rows = [f"| {name} | {text} |" for name, text in facts.items()]
    goal = [manifest.goal, ""] if manifest.goal else []
    return "\n".join([*front, "", f"# {manifest.name}", "", *goal, "| | |", "|---|---|", *rows, "", *_prompt(manifest)])


def _precision(training: Training) -> str:
    held = {"none": "", "nf4": ", base in NF4", "int8": ", base in 8 bit"}[training.job.training.quantization]
    return ("bfloat16 products" if training.settings.bf16 else "float32") + held


def _prompt(manifest: AdapterManifest) -> list[str]:
    if manifest.system_prompt is None:
        return ["It was trained without a system prompt.", ""]
    quoted = [f"> {line}" for line in manifest.system_prompt.splitlines()]
    return ["It was trained, and has to be asked, with this system prompt:", "", *quoted, ""]
