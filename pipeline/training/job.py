"""What a run has to do: its frozen plan, its dataset version and its base, read from the run folder. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.bases.base import Base
from pipeline.bases.chat import require_chat
from pipeline.bases.run_base import run_base
from pipeline.datasets.versions.version import DatasetVersion, load_version
from pipeline.errors import BadInput
from pipeline.plan.document import load_plan
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import RunRequest, read_request

CHANGE_THE_BASE = ("pissa", "olora", "loftq", "corda")  # served adapters would need a base of their own
_NUMBERS = ("learning_rate", "num_train_epochs", "per_device_train_batch_size", "max_length", "save_steps")


@dataclass(frozen=True)
class Job:
    """Everything that training needs, found and checked."""

    run: RunFolder
    plan: Plan
    request: RunRequest
    version: DatasetVersion
    base: Base

    @property
    def training(self) -> TrainingSpec:
        return self.plan.training


def load_job(run: RunFolder) -> Job:
    """Reads a run folder.

    Raises:
        BadInput: `run.missing`, `run.damaged`, `run.not_frozen`, `data.no_version`, `base.not_found`, `base.changed`,
            `training.not_built`, and what reading a plan or a base raises.
    """
    request = read_request(run)
    plan = load_plan(run.plan).plan
    _require_numbers(run, plan)
    require_built(plan)
    base = run_base(run)
    require_chat(base)
    return Job(run, plan, request, load_version(run.dataset), base)


def _require_numbers(run: RunFolder, plan: Plan) -> None:
    training = plan.training
    open_fields = [name for name in _NUMBERS if getattr(training, name) == "auto"]
    open_fields += [
        f"adapter.{name}" for name in ("r", "lora_alpha", "lora_dropout") if getattr(training.adapter, name) == "auto"
    ]
    if open_fields:
        text = f"{run.plan} leaves training.{', training.'.join(open_fields)} open; a run's plan has numbers."
        raise BadInput("run.not_frozen", text, "Start the run from its plan: vibetune run")


_BUILT_MEANWHILE = (
    ", with columns for `prompt` and `completion`, or for `messages`. The plan's rows can be checked, built into a "
    "version and looked at meanwhile: vibetune data build"
)


def require_built(plan: Plan) -> None:
    """Refuses what a plan may say and this version can't train; the planner warns of it beforehand.

    Raises:
        BadInput: `training.not_built`, with the field.
    """
    training = plan.training
    wishes = {
        "method": (training.method, "sft"),
        "adapter.type": (training.adapter.type, "lora"),
    }
    for field, (wanted, built) in wishes.items():
        if wanted != built:
            text = f"`training.{field}: {wanted}` can't be trained by this version; it trains `{built}`."
            hint = f"Set training.{field} to {built}{_BUILT_MEANWHILE if field == 'method' else '.'}"
            raise BadInput("training.not_built", text, hint, field=f"training.{field}")
    start = training.adapter.init_lora_weights
    if start in CHANGE_THE_BASE:
        text = f"`training.adapter.init_lora_weights: {start}` moves part of the base into the adapter."
        hint = "Set it to true: the adapter is then served on the base as it is."
        raise BadInput("training.not_built", text, hint, field="training.adapter.init_lora_weights")
    if plan.model.adapter is not None:
        text = f"`model.adapter: {plan.model.adapter}`: this version starts every adapter anew."
        raise BadInput("training.not_built", text, "Remove model.adapter from the plan.", field="model.adapter")
