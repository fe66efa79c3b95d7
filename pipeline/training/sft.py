"""Supervised fine-tuning of a LoRA adapter, from top to bottom: rows, model, trainer, steps, adapter.

Uses TRL's SFTTrainer and PEFT. Everything that the result depends on stands in the run folder.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.bases.encoding import ChatEncoder
from pipeline.machine.machine import GIB
from pipeline.runs.events import Checkpoint, EventLog, Sample, Stage, Warned
from pipeline.runs.events import Progress as StageProgress
from pipeline.training.checkpoints import Progress, newest_checkpoint, write_checkpoint
from pipeline.training.device import Settings, make_deterministic
from pipeline.training.estimate_memory import load_of, memory_classes, trained_parameters
from pipeline.training.job import Job
from pipeline.training.lora import add_lora
from pipeline.training.memory import available_bytes, require_disk, require_memory
from pipeline.training.rows import TrainingRow, check_rows, encode_rows
from pipeline.training.stopping import Stopped, Wishes

if TYPE_CHECKING:
    from pipeline.training.trainer import RunTrainer

VALIDATION_ROWS = 256  # measured after each epoch: enough to see the loss turn, and cheap
SAMPLES = 2
SAMPLE_TOKENS = 48
SAMPLES_EVERY_S = 5.0


@dataclass
class Training:
    """A training under way, and what it has come to."""

    job: Job
    log: EventLog
    wishes: Wishes
    settings: Settings
    seconds: dict[str, float] = field(default_factory=dict)  # of each stage, over all attempts
    resumed: Path | None = None
    step: int = 0
    train: list[TrainingRow] = field(default_factory=list)
    validation: list[TrainingRow] = field(default_factory=list)
    encoder: ChatEncoder | None = None
    trainer: RunTrainer | None = None
    memory_estimate_gib: float = 0.0  # before the first step
    _sampled: float = -math.inf

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Adds the block's time to a stage's seconds."""
        start = time.monotonic()
        before = self.seconds.get(name, 0.0)
        self._clock = name, start, before
        try:
            yield
        finally:
            self.seconds[name] = before + time.monotonic() - start
            self._clock = None

    _clock: tuple[Stage, float, float] | None = None

    def seconds_so_far(self) -> dict[str, float]:
        """Seconds of each stage, the present one included."""
        if self._clock is None:
            return dict(self.seconds)
        name, start, before = self._clock
        return self.seconds | {name: before + time.monotonic() - start}


def train(training: Training) -> None:
    """Trains to the end, from the newest checkpoint where there is one; the trained model is in `training.trainer`.

    Raises:
        BadInput: a row or a setting can't be trained.
        Failed: `training.no_memory`, `training.diverged`, `disk.full`.
        Stopped: somebody wanted it.
    """
    with training.stage("preparing"):
        training.log.write(StageProgress(stage="preparing", done=0, total=0, unit="rows"))
        resume(training)
        read_rows(training)
        require_room(training)
        training.wishes.stop_if_wanted(training.step)
        build_trainer(training)
        training.wishes.stop_if_wanted(training.step)
    with training.stage("training"):
        run_steps(training)


def resume(training: Training) -> None:
    """Takes over step, seconds and settings of the newest checkpoint."""
    found = newest_checkpoint(training.job.run)
    if found is None:
        return
    training.resumed, progress = found
    training.step, training.seconds = progress.step, dict(progress.seconds)
    training.settings = Settings(threads=progress.threads, bf16=progress.bf16)
    _, start, _ = training._clock or ("preparing", time.monotonic(), 0.0)
    training._clock = "preparing", start, progress.seconds.get("preparing", 0.0)


def read_rows(training: Training) -> None:
    """Encodes training and validation rows, and refuses those that can't be trained."""
    job, version = training.job, training.job.version
    training.encoder = encoder = ChatEncoder(job.base)
    prompt, last_only = job.plan.dataset.system_prompt, not version.trains_every_answer
    training.train = encode_rows(version.rows("train"), encoder, prompt, last_only=last_only)
    check_rows(training.train, encoder, int(job.training.max_length))
    validation = encode_rows(version.rows("validation"), encoder, prompt, last_only=last_only)
    whole = [row for row in validation if row.length <= job.base.context and any(row.encoded.trained)]
    if len(whole) < len(validation):
        text = f"{len(validation) - len(whole)} validation rows are too long for {job.base.id} and are left out."
        training.log.write(Warned(code="training.validation_too_long", message=text))
    # By identity: the same rows whatever their order in the file is.
    training.validation = sorted(whole, key=lambda row: row.id)[:VALIDATION_ROWS]


def require_room(training: Training) -> None:
    """Refuses to start where memory or disk will not do."""
    import torch

    job, rows = training.job, training.train
    on_gpu = torch.cuda.is_available()
    load = load_of(rows)
    needed = memory_classes(job.base, job.training, load, on_gpu=on_gpu)
    require_memory(needed, torch.cuda.mem_get_info()[0] if on_gpu else available_bytes())
    training.memory_estimate_gib = round(needed.total / GIB, 3)
    # Two checkpoints and the one being written, each with two moments, and the adapter.
    require_disk(job.run.path, 10 * 4 * trained_parameters(job.base, job.training.adapter) + 2_000_000)


def build_trainer(training: Training) -> None:
    """Loads the base, puts the adapter on it, and hands both to TRL."""
    from transformers.trainer_callback import PrinterCallback

    from pipeline.training.trainer import RunTrainer

    job = training.job
    make_deterministic(training.settings)
    model = add_lora(load_model(job, quantization=job.training.quantization), job.training.adapter, job.base.id)
    training.trainer = RunTrainer(
        lengths=[row.length for row in training.train],
        save=lambda: save(training),
        model=model,
        args=trainer_arguments(training),
        train_dataset=_dataset(training.train),
        processing_class=_tokenizer(job),
        callbacks=[_reporter(training)],
    )
    training.trainer.remove_callback(PrinterCallback)


def load_model(job: Job, *, quantization: str = "none") -> Any:
    """The base's model, frozen; its fresh adapter starts from the plan's seed.

    In float32 on a CPU, in bfloat16 on a GPU.
    """
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    options: dict[str, Any] = {}
    if quantization != "none":
        options["quantization_config"] = _quantization(quantization)
    on_gpu = torch.cuda.is_available()
    set_seed(job.training.seed)
    return AutoModelForCausalLM.from_pretrained(
        job.base.folder,
        dtype=torch.bfloat16 if on_gpu else torch.float32,
        device_map={"": 0} if on_gpu else None,
        local_files_only=True,
        trust_remote_code=False,
        **options,
    )


def _quantization(kind: str) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    computed = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=computed
    )


def trainer_arguments(training: Training) -> Any:
    """The plan in TRL's names; what a run writes and reports is left to us."""
    import torch
    from trl import SFTConfig

    plan, on_gpu = training.job.training, torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(training.job.run.checkpoints),
        learning_rate=float(plan.learning_rate),
        num_train_epochs=float(plan.num_train_epochs),
        per_device_train_batch_size=int(plan.per_device_train_batch_size),
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        max_length=None,  # refused before, never cut
        lr_scheduler_type=plan.lr_scheduler_type,
        warmup_steps=plan.warmup_steps,
        weight_decay=plan.weight_decay,
        max_grad_norm=plan.max_grad_norm,
        seed=plan.seed,
        data_seed=plan.seed,
        optim="adamw_torch",
        bf16=training.settings.bf16,
        use_cpu=not on_gpu,
        gradient_checkpointing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        dataloader_num_workers=0,
        dataloader_pin_memory=on_gpu,
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        push_to_hub=False,
    )


def _dataset(rows: Sequence[TrainingRow]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(
        {
            "input_ids": [row.encoded.input_ids for row in rows],
            "labels": [row.encoded.labels for row in rows],
        }
    )


def _tokenizer(job: Job) -> Any:
    """For its padding token alone: the rows are encoded already."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(job.base.folder, local_files_only=True, trust_remote_code=False)


def _reporter(training: Training) -> Any:
    from pipeline.training.reporting import Reporter

    plan = training.job.training
    batches = math.ceil(len(training.train) / int(plan.per_device_train_batch_size))
    return Reporter(
        log=training.log,
        wishes=training.wishes,
        save_steps=int(plan.save_steps),
        steps_per_epoch=math.ceil(batches / plan.gradient_accumulation_steps),
        at_epoch_end=lambda step: look_at(training, step),
        tokens_read=lambda: training.trainer.tokens_read if training.trainer else 0,
        memory_estimate_gib=training.memory_estimate_gib,
    )


def run_steps(training: Training) -> None:
    """Takes all steps that are left."""
    trainer = _trainer_of(training)
    resumed = str(training.resumed) if training.resumed else None
    if training.step >= total_steps(training):
        # transformers would take one step too many.
        trainer._load_from_checkpoint(resumed)
        return
    trainer.train(resume_from_checkpoint=resumed)
    training.step = trainer.state.global_step
    if training.step < trainer.state.max_steps:
        raise Stopped(training.wishes.wish() or "cancel", training.step)


def total_steps(training: Training) -> int:
    """Steps of the whole run, counted as transformers does."""
    plan = training.job.training
    batches = math.ceil(len(training.train) / int(plan.per_device_train_batch_size))
    per_epoch = max(1, batches // plan.gradient_accumulation_steps + (batches % plan.gradient_accumulation_steps > 0))
    return math.ceil(float(plan.num_train_epochs) * per_epoch)


def save(training: Training) -> None:
    """Writes a checkpoint between two steps, and says so."""
    trainer = _trainer_of(training)
    progress = Progress(
        step=trainer.state.global_step,
        seconds=training.seconds_so_far(),
        threads=training.settings.threads,
        bf16=training.settings.bf16,
    )
    folder = write_checkpoint(training.job.run, trainer, progress)
    path = folder.relative_to(training.job.run.path).as_posix()
    training.log.write(Checkpoint(step=progress.step, path=path))


def look_at(training: Training, step: int) -> dict[str, float]:
    """Loss on the validation rows, and, now and then, what the adapter answers to two of them."""
    trainer, encoder = _trainer_of(training), training.encoder
    if not training.validation or encoder is None:
        return {}
    now = time.monotonic()
    if now - training._sampled >= SAMPLES_EVERY_S:
        training._sampled = now
        for row in training.validation[:SAMPLES]:
            answer = trainer.answer(
                row.prompt_ids, sorted(encoder.end_ids), min(SAMPLE_TOKENS, len(row.answer_ids) + 4)
            )
            texts = [encoder.decode(ids) for ids in (row.prompt_ids, row.answer_ids, answer)]
            training.log.write(Sample(step=step, prompt=texts[0], expected=texts[1], answer=texts[2]))
    return {"validation_loss": trainer.validation_loss(training.validation)}


def _trainer_of(training: Training) -> RunTrainer:
    if training.trainer is None:
        raise RuntimeError("the trainer is asked for before it is built")
    return training.trainer


def first_settings(threads: int) -> Settings:
    """What a run computes with from its first step on: on a GPU with bfloat16 products, on a CPU in float32.

    On a CPU with bfloat16 products (AVX-512) they save a fifth of the time of an embedded base, and cost precision.
    """
    import torch

    return Settings(threads=threads, bf16=torch.cuda.is_available())
