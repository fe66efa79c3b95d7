"""The result of a run: `adapter/`, with everything that must travel with the weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.bases.base import Base
from pipeline.bases.probe import record_probe, write_probe
from pipeline.datasets.versions.version import DatasetVersion
from pipeline.files import new_folder, sha256, write_json, write_text
from pipeline.plan.model import Plan
from pipeline.runs.layout import RunFolder
from pipeline.runs.manifest import AdapterManifest, BaseReference, text_sha256, write_manifest
from pipeline.runs.request import RunRequest
from pipeline.training.tokens import TokenizedRow

LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "safetensors")
PROBES = 6  # cases: the longest row, the shortest, and some between
ANSWER_ROOM = 1.5  # times the longest trained answer may be written when served
LEAST_ANSWER = 16  # tokens


def write_adapter(
    run: RunFolder,
    model: Any,
    *,
    plan: Plan,
    base: Base,
    request: RunRequest,
    dataset: DatasetVersion,
    rows: Sequence[TokenizedRow],
    probed: Sequence[TokenizedRow],
) -> str:
    """Writes `adapter/` in one rename and returns the SHA-256 of its weights.

    Args:
        run: that made it.
        model: the trained PEFT model.
        plan, base, request, dataset: where it comes from.
        rows: what was trained.
        probed: rows for the probe; best ones that were not trained.
    """
    reference = BaseReference(id=base.id, revision=base.revision, sha256=base.sha256)
    shutil.rmtree(run.adapter, ignore_errors=True)  # of an attempt that was killed before it said `finished`
    with new_folder(run.adapter) as folder:
        model.save_pretrained(folder, safe_serialization=True)
        modules = _name_the_base(folder, base)
        digest = sha256(folder / "adapter_model.safetensors")
        write_text(folder / "chat_template.jinja", base.chat_template)
        cases = choose_probes(probed or rows)
        probe = record_probe(
            model,
            [row.prompt_ids for row in cases],
            [row.answer_ids for row in cases],
            base=reference,
            tokenizer_sha256=sha256(base.folder / "tokenizer.json"),
        )
        write_probe(folder, probe)
        manifest = AdapterManifest(
            name=plan.name,
            base=reference,
            task=plan.task,
            goal=plan.goal,
            run=run.name,
            plan_sha256=text_sha256(run.plan.read_text(encoding="utf-8")),
            dataset_version=dataset.id,
            chat_turn=request.chat_turn,
            seed=plan.training.seed,
            created=request.created,
            libraries={name: version(name) for name in LIBRARIES},
            r=int(plan.training.adapter.r),
            lora_alpha=float(plan.training.adapter.lora_alpha),
            target_modules=modules,
            system_prompt=plan.dataset.system_prompt,
            chat_template_sha256=text_sha256(base.chat_template),
            stop_tokens=list(base.stop_tokens),
            labels=dataset.labels,
            max_tokens=max(LEAST_ANSWER, round(max(len(row.answer_ids) for row in rows) * ANSWER_ROOM)),
            adapter_sha256=digest,
        )
        write_manifest(folder, manifest)
        write_text(folder / "README.md", model_card(manifest))
    return digest


def choose_probes(rows: Sequence[TokenizedRow]) -> list[TokenizedRow]:
    """Rows of all lengths, the longest among them: a long prompt goes through the server's prefix cache."""
    ordered = sorted(rows, key=lambda row: (len(row.input_ids), row.row.id))
    if len(ordered) <= PROBES:
        return ordered
    step = (len(ordered) - 1) / (PROBES - 1)
    return [ordered[round(number * step)] for number in range(PROBES)]


def _name_the_base(folder: Path, base: Base) -> list[str]:
    """Names the base by its id, and returns the adapted modules.

    PEFT writes where the base lay on this machine: elsewhere that means nothing, and it tells about the machine.
    """
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base.id
    config["revision"] = base.revision
    write_json(path, {name: sorted(value) if isinstance(value, list) else value for name, value in config.items()})
    modules = config["target_modules"]
    return sorted(modules) if isinstance(modules, list) else [str(modules)]


def model_card(manifest: AdapterManifest) -> str:
    """The adapter's README: what it does, from what, and how to use it."""
    prompt = f"\nSystem prompt: `{manifest.system_prompt}`\n" if manifest.system_prompt else ""
    labels = f"\nAnswers: {', '.join(f'`{label}`' for label in manifest.labels)}\n" if manifest.labels else ""
    return f"""---
library_name: peft
base_model: {manifest.base.id}
pipeline_tag: text-generation
---
# {manifest.name}

{manifest.goal or manifest.task}

A LoRA adapter (r = {manifest.r}, lora_alpha = {manifest.lora_alpha:g}) for `{manifest.base.id}`
(weights {manifest.base.sha256[:12]}), trained by run `{manifest.run}` on dataset version `{manifest.dataset_version}`.
{prompt}{labels}
`manifest.json` holds what must travel with it; `probe.json` what it answered when it was trained.
"""
