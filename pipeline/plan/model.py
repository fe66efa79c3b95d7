"""The Plan: the typed content of `plan.yaml`, and the one contract between assistant, pipeline and serving.

Field names follow PEFT, TRL and vLLM. Every field has a description; `auto` stands for a number that is chosen from the
data and the base when the plan is resolved, and is written with its reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

Task = Literal[
    "classification",
    "extraction",
    "summarization",
    "question-answering",
    "chat",
    "instruction",
    "rewriting",
    "translation",
    "code",
    "reasoning",
    "tool-calling",
    "preference",
    "continued-pretraining",
]
Role = Literal["prompt", "completion", "system", "messages", "chosen", "rejected", "label", "text"]
Split = Literal["train", "validation", "test"]
Method = Literal["sft", "cpt", "dpo", "orpo", "kto", "grpo", "reward"]
Auto = Literal["auto"]
Baseline = Literal["base", "base+prompt"]
Severity = Literal["off", "warn", "mask", "quarantine", "drop", "block"]
Treatment = Literal["off", "warn", "quarantine", "block"]

TASKS: tuple[Task, ...] = get_args(Task)
VERSION = 1
ALL_LINEAR = "all-linear"  # PEFT's name for every linear layer but the output layer

# What an evaluation can be asked for; a name that is not here is a typing mistake, better seen before the training.
METRICS: tuple[str, ...] = (
    "accuracy",
    "macro_f1",
    "invalid",
    "exact_match",
    "exact_match_strict",
    "rouge_l",
    "bleu",
    "chrf",
    "meteor",
    "bertscore",
    "perplexity",
    "json_valid",
    "field_f1",
    "execution_accuracy",
    "math_accuracy",
    "pass_at_1",
    "tool_call_accuracy",
    "preference_accuracy",
    "win_rate",
)
BENCHMARKS: tuple[str, ...] = ("gsm8k", "hellaswag", "mmlu", "humaneval", "truthfulqa", "ifeval")

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(description="letters, digits, dot, dash, underscore"),
]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _names_schema(allowed: tuple[str, ...] = ()) -> WithJsonSchema:
    item: dict[str, Any] = {"type": "string"} | ({"enum": list(allowed)} if allowed else {})
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


Names = Annotated[list[str], BeforeValidator(_as_list), _names_schema()]
Metrics = Annotated[list[str], BeforeValidator(_as_list), _names_schema(METRICS)]
Benchmarks = Annotated[list[str], BeforeValidator(_as_list), _names_schema(BENCHMARKS)]
Positive = Annotated[int, Field(ge=1)]


class Part(BaseModel):
    """Base of every part of a plan: unknown fields are errors, so a typing mistake is never silently ignored."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_values_are_no_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        # bool is an int in Python: `r: true` would quietly become rank 1.
        annotation = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and bool not in (annotation, *get_args(annotation)):
            raise ValueError("a truth value is not allowed here")
        return value


class Source(Part):
    """One file or hub data set."""

    path: str | None = Field(None, description="file, relative to the project folder")
    hf: str | None = Field(None, description="Hugging Face data set as org/name@revision")
    split: Split | None = Field(None, description="all rows of this source belong to this split")


class Checks(Part):
    """What happens to rows that look wrong; rows are set aside, never deleted."""

    duplicates: Literal["off", "exact", "near"] = Field("near", description="which repeated rows are set aside")
    leakage: Literal["off", "warn", "quarantine", "block"] = Field(
        "quarantine", description="training rows that also stand, nearly alike, in the test split"
    )
    contradictions: Literal["off", "warn", "quarantine"] = Field(
        "quarantine", description="rows whose text most other rows label differently"
    )
    personal_data: Severity = Field(
        "warn", description="mail, phone, accounts, cards, addresses in the network, numbers of states, keys"
    )
    languages: Names = Field(default_factory=list, description="languages to keep (ISO 639-1); empty keeps all")
    injection: Treatment = Field("warn", description="rows that give a model orders, as attacks do")
    refusals: Treatment = Field("warn", description="answers that refuse to answer")
    boilerplate: Treatment = Field("warn", description="answers that speak of being a language model")
    offensive: Treatment = Field("warn", description="rows with words from a list of insults")
    extremes: Treatment = Field("warn", description="rows that are far shorter or longer than the others")
    too_long: Literal["warn", "quarantine"] = Field(
        "warn", description="rows with more tokens than max_length or the base allow; a run refuses them"
    )
    set_aside: Names = Field(default_factory=list, description="identities of rows that are not to be used")
    keep: Names = Field(default_factory=list, description="identities of rows that no check may set aside")


class SplitSpec(Part):
    """Shares of the rows that have no split of their own."""

    validation: float = Field(0.1, ge=0, lt=1, description="share of rows for validation, 0 to 1")
    test: float = Field(0.1, ge=0, lt=1, description="share of rows for the test, 0 to 1")
    seed: int = Field(42, ge=0, description="changes which rows go where")
    stratify: str | None = Field(None, description="column whose values keep their shares in each split")


class Rehearsal(Part):
    """General rows mixed into training against forgetting."""

    source: str | None = Field(None, description="file with general rows")
    fraction: float = Field(0.05, ge=0, le=0.5, description="share of the training rows")


class Synthesis(Part):
    """Rows to be made up by a language model."""

    count: int = Field(0, ge=0, description="number of rows")


class DatasetSpec(Part):
    """Which rows, in which roles, checked and split how."""

    sources: list[Source] = Field(min_length=1, description="files and hub data sets, in order")
    columns: dict[Role, Names] = Field(default_factory=dict, description="role: columns that fill it, in order")
    system_prompt: str | None = Field(None, description="system message of every row, trained and served")
    labels: list[str] | None = Field(None, description="classification: only rows with these answers; null keeps all")
    edits: str | None = Field(
        None,
        description="file with corrected and filled-in cells, relative to the project folder; sources stay as they are",
        exclude_if=lambda path: path is None,  # versions of plans without one keep their identity
    )
    checks: Checks = Field(default_factory=Checks)
    split: SplitSpec = Field(default_factory=SplitSpec)
    rehearsal: Rehearsal | None = Field(None, description="general rows mixed in against forgetting")
    synthesis: Synthesis | None = Field(None, description="rows to be made up by a language model")


class ModelSpec(Part):
    """The base that the adapter depends on."""

    base: str = Field("pocket", description="`pocket`, a hub id, or a folder")
    revision: str | None = Field(None, description="hub revision; a commit is exact")
    params_b: float | None = Field(None, gt=0, description="parameters, billions")
    adapter: str | None = Field(None, description="continue from this adapter, name@version")


class AdapterSpec(Part):
    """PEFT's configuration of the adapter."""

    type: Literal["lora", "prefix", "full"] = Field("lora", description="`full` trains every weight of the base")
    r: Annotated[int, Field(ge=1, le=512)] | Auto = Field("auto", description="rank: width of the adapter's matrices")
    lora_alpha: Annotated[float, Field(gt=0)] | Auto = Field(
        "auto", description="scale: the update is multiplied by lora_alpha / r"
    )
    lora_dropout: Annotated[float, Field(ge=0, lt=1)] | Auto = Field(
        "auto", description="share of inputs dropped in training, 0 to 1"
    )
    target_modules: str | list[str] = Field(ALL_LINEAR, description="which layers get an adapter")
    target_embeddings: bool | Auto = Field("auto", description="whether the words' embeddings get an adapter too")
    use_rslora: bool = Field(False, description="scale by lora_alpha / sqrt(r) instead")
    use_dora: bool = Field(False, description="DoRA; vLLM does not serve it")
    init_lora_weights: bool | Literal["gaussian", "pissa", "olora", "loftq", "corda"] = Field(
        True, description="start values; true makes the untrained adapter change nothing"
    )


class TrainingSpec(Part):
    """How the adapter is trained; names follow TRL's SFTConfig."""

    method: Method = Field("sft", description="how the rows teach: sft imitates answers, dpo prefers one of two")
    adapter: AdapterSpec = Field(default_factory=AdapterSpec)
    quantization: Literal["none", "nf4", "int8"] = Field("none", description="of the base's weights while training")
    learning_rate: Annotated[float, Field(gt=0, le=1)] | Auto = Field("auto", description="peak step size")
    num_train_epochs: Annotated[float, Field(gt=0, le=1000)] | Auto = Field(
        "auto", description="times that each row is seen"
    )
    per_device_train_batch_size: Positive | Auto = Field("auto", description="rows a step")
    gradient_accumulation_steps: int = Field(1, ge=1, description="steps whose gradients are added up")
    max_length: Annotated[int, Field(ge=8)] | Auto = Field(
        "auto", description="tokens a row may have; longer rows are refused, never cut"
    )
    lr_scheduler_type: Literal["linear", "cosine", "constant", "constant_with_warmup"] = Field(
        "cosine", description="how the step size falls over the run"
    )
    warmup_steps: float = Field(0.05, ge=0, description="share of all steps (below 1) or a number of steps")
    weight_decay: float = Field(0.0, ge=0, description="pull of the trained weights towards zero, per step and rate")
    max_grad_norm: float = Field(1.0, gt=0, description="longer gradients are scaled down to this length")
    save_steps: Positive | Auto = Field("auto", description="steps between checkpoints")
    seed: int = Field(42, ge=0, description="start values and order of the rows")


class JudgeSpec(Part):
    """A language model that compares answers."""

    model: str = Field(description="model that judges, as provider/name")
    criteria: str = Field("", description="what makes an answer better, in plain words")


class EvaluationSpec(Part):
    """How the outcome is measured on the test split."""

    metrics: Metrics = Field(default_factory=list, description="the first one decides")
    baselines: list[Baseline] = Field(default=["base", "base+prompt"], description="what the adapter is compared with")
    benchmarks: Benchmarks = Field(default_factory=list, description="general abilities to measure as well")
    judge: JudgeSpec | None = Field(None, description="a language model that compares answers")
    gates: dict[str, str] = Field(default_factory=dict, description='METRIC: "OP VALUE", e.g. accuracy: "> base"')


class ServingSpec(Part):
    """How the adapter is served."""

    alias: Name = Field("candidate", description="the name that clients may use in place of a version")
    max_loras: int = Field(8, ge=1, le=64, description="adapters that can answer in the same batch")
    max_lora_rank: int = Field(64, ge=8, le=512, description="largest rank that the server takes")


class ComputeSpec(Part):
    """Where the run executes, and what it may use."""

    target: str = Field("local", description="local, ssh://host, ray://host:port, slurm://host, sky://cloud")
    max_cost_usd: float | None = Field(None, ge=0, description="US dollars")
    max_hours: float | None = Field(None, gt=0, description="hours")


class Plan(Part):
    """The whole of `plan.yaml`."""

    version: Literal[1] = Field(1, description="of the format")
    name: Name
    goal: str = Field("", description="what the model should do differently, in the user's words")
    task: Task = Field(description="kind of work; decides metrics and prompt")
    dataset: DatasetSpec
    model: ModelSpec = Field(default_factory=ModelSpec)
    training: TrainingSpec = Field(default_factory=TrainingSpec)
    evaluation: EvaluationSpec = Field(default_factory=EvaluationSpec)
    serving: ServingSpec = Field(default_factory=ServingSpec)
    compute: ComputeSpec = Field(default_factory=ComputeSpec)
