"""Supervised fine-tuning of a LoRA adapter, from tokenized rows to trained weights: TRL's SFTTrainer and PEFT.

Three things differ from stock TRL, each of them for speed and none for the result of a step:
rows come in batches of similar length (`sampler`), logits are computed only where a token is trained, and what TRL logs
besides the loss (entropy, token accuracy) is left out.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from pipeline.bases.base import Base
from pipeline.plan.model import Plan, TrainingSpec
from pipeline.training.lora import load_base_model, lora_config
from pipeline.training.sampler import LengthSortedSampler
from pipeline.training.tokens import IGNORED, TokenizedRow


@dataclass(frozen=True)
class Job:
    """One training.

    Attributes:
        plan: without `auto`.
        base: that is adapted.
        rows: what is trained.
        folder: for the trainer's unfinished checkpoints.
        callbacks: told about every step.
        resume_from: a complete checkpoint of the same job.
    """

    plan: Plan
    base: Base
    rows: Sequence[TokenizedRow]
    folder: Path
    callbacks: Sequence[TrainerCallback]
    resume_from: Path | None = None


def train_lora(job: Job, *, on_ready: Callable[[Any], None] = lambda _: None) -> Any:
    """Trains and returns the PEFT model, or as much of it as was trained when a callback stopped the training.

    Args:
        job: what to train.
        on_ready: called with the trainer before its first step.

    Raises:
        BadInput: the base can't be loaded, or the adapter's type can't be trained.
    """
    spec = job.plan.training
    torch.manual_seed(spec.seed)
    trainer = LoraTrainer(
        model=load_base_model(job.base, spec),
        args=sft_config(spec, job.folder),
        train_dataset=as_dataset(job.rows),
        processing_class=_tokenizer(job.base),
        peft_config=lora_config(spec.adapter),
        callbacks=list(job.callbacks),
    )
    trainer.lengths = [len(row.input_ids) for row in job.rows]
    on_ready(trainer)
    with warnings.catch_warnings():
        # The random states in a checkpoint are read with torch's restricted loader; numpy's are rebuilt with a note.
        warnings.simplefilter("ignore", category=FutureWarning)
        trainer.train(resume_from_checkpoint=str(job.resume_from) if job.resume_from else None)
    return trainer.model


class LoraTrainer(SFTTrainer):  # type: ignore[misc]  # TRL has no types
    """SFTTrainer with batches of similar length and a loss that looks at trained tokens only."""

    lengths: Sequence[int] = ()

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return LengthSortedSampler(
            self.lengths,
            batch_size=self.args.per_device_train_batch_size,
            seed=self.args.seed,
            epoch=lambda: self.state.global_step // steps_per_epoch(len(self.lengths), self.args),
        )

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy (nats) over the trained tokens of a step."""
        loss = answer_loss(model, inputs, num_items_in_batch)
        return (loss, None) if return_outputs else loss


def answer_loss(model: Any, inputs: dict[str, Any], items: Any = None) -> torch.Tensor:
    """Cross-entropy (nats) over trained tokens.

    Logits are computed only at positions after which some row has a trained token: the vocabulary's product is a
    quarter of a small model's work, and most positions are the question's.

    Args:
        model: causal language model.
        inputs: input_ids, attention_mask, labels, each [b, t].
        items: what the sum is divided by, where a step is spread over several batches; default: the trained tokens.
    """
    labels_bt = inputs["labels"]
    targets_bt = labels_bt[:, 1:]
    positions_k = (targets_bt != IGNORED).any(dim=0).nonzero().squeeze(1)
    logits_bkv = model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        logits_to_keep=positions_k,
        use_cache=False,
    ).logits
    targets_bk = targets_bt[:, positions_k]
    total = torch.nn.functional.cross_entropy(
        logits_bkv.reshape(-1, logits_bkv.size(-1)).float(),
        targets_bk.reshape(-1),
        ignore_index=IGNORED,
        reduction="sum",
    )
    return total / (items if items is not None else (targets_bk != IGNORED).sum())


def sft_config(spec: TrainingSpec, folder: Path) -> SFTConfig:
    """The plan's training part in TRL's words; nothing is reported to anybody but the callbacks."""
    return SFTConfig(
        output_dir=str(folder),
        learning_rate=float(spec.learning_rate),
        num_train_epochs=float(spec.num_train_epochs),
        per_device_train_batch_size=int(spec.per_device_train_batch_size),
        gradient_accumulation_steps=spec.gradient_accumulation_steps,
        lr_scheduler_type=spec.lr_scheduler_type,
        warmup_steps=spec.warmup_steps,
        weight_decay=spec.weight_decay,
        max_grad_norm=spec.max_grad_norm,
        save_strategy="steps",
        save_steps=int(spec.save_steps),
        save_total_limit=None,  # the callback keeps the newest two, complete ones
        seed=spec.seed,
        data_seed=spec.seed,
        max_length=None,  # rows were measured before; nothing is ever cut
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=False,
        optim="adamw_torch_fused",
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to=[],
        dataloader_num_workers=0,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def steps_per_epoch(rows: int, args: Any) -> int:
    """Steps of the optimizer in one epoch, as transformers counts them."""
    batches = math.ceil(rows / int(args.per_device_train_batch_size))
    return max(1, math.ceil(batches / int(args.gradient_accumulation_steps)))


def as_dataset(rows: Sequence[TokenizedRow]) -> Dataset:
    """Token ids and labels, as TRL's collator takes them: right-padded, labels with -100."""
    return Dataset.from_dict(
        {"input_ids": [row.input_ids for row in rows], "labels": [row.labels for row in rows]},
    )


def _tokenizer(base: Base) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
