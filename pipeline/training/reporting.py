"""What a training tells while it goes: progress, metrics, checkpoints, samples; and whether it should stop."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from pipeline.errors import Failed
from pipeline.runs.events import Checkpoint, EventLog, Metrics, Progress, Sample
from pipeline.runs.layout import RunFolder
from pipeline.training.checkpoints import keep_checkpoint
from pipeline.training.control import Wish, Wishes
from pipeline.training.sft import answer_loss
from pipeline.training.tokens import TokenizedRow

EVERY_S = 0.5  # between two progress lines; more would only be more to read
ETA_STEPS = 50  # whose mean time is taken
SAMPLES = 2
SAMPLE_TOKENS = 64
VALIDATION_BATCH = 32
_METRICS = {"loss": "loss", "learning_rate": "learning_rate", "grad_norm": "grad_norm"}


@dataclass
class Reporter(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Turns the trainer's callbacks into the run's events.

    Attributes:
        run: whose log is written.
        log: open event log.
        wishes: what the user wants by now.
        validation: rows whose loss is computed after each epoch.
        decode: token ids → text.
        trained_tokens: of one epoch, for the speed.
    """

    run: RunFolder
    log: EventLog
    wishes: Wishes
    validation: Sequence[TokenizedRow]
    decode: Any
    stop_ids: Sequence[int]
    stopped_by: Wish | None = None
    _trainer: Any = None
    _moments: deque[float] = field(default_factory=lambda: deque(maxlen=ETA_STEPS))
    _said_at: float = 0.0
    step: int = 0

    def attach(self, trainer: Any) -> None:
        """Takes the trainer, before its first step."""
        self._trainer = trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._moments.append(time.monotonic())
        self.log.write(Progress(stage="training", done=state.global_step, total=state.max_steps))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Counts the step, and stops after it where somebody wishes so."""
        self._moments.append(time.monotonic())
        self.step = state.global_step
        wish = self.wishes.now()
        if wish and state.global_step < state.max_steps:
            self.stopped_by = wish
            control.should_save = True
            control.should_training_stop = True
        is_last = state.global_step >= state.max_steps
        if is_last:
            control.should_save = False  # the adapter itself comes next
        if wish or is_last or time.monotonic() - self._said_at >= EVERY_S:
            self._said_at = time.monotonic()
            eta_s = self._eta(state)
            self.log.write(Progress(stage="training", done=state.global_step, total=state.max_steps, eta_s=eta_s))

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Passes the loss on; a loss that is no number ends the run.

        Raises:
            Failed: `training.not_a_number`.
        """
        values = {ours: float(logs[theirs]) for theirs, ours in _METRICS.items() if logs and theirs in logs}
        if not values:
            return
        if not all(math.isfinite(value) for value in values.values()):
            raise _not_a_number(state.global_step, values)
        if time.monotonic() - self._said_at >= EVERY_S or state.global_step >= state.max_steps:
            self.log.write(Metrics(step=state.global_step, values=values))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Makes what the trainer wrote a complete checkpoint."""
        written = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        kept = keep_checkpoint(self.run, written, state.global_step)
        self.log.write(Checkpoint(step=state.global_step, path=str(kept.relative_to(self.run.path))))

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Looks at rows that are not trained: their loss, and what the model answers by now."""
        if not self.validation or model is None or self.stopped_by:
            return
        model.eval()
        try:
            loss = validation_loss(model, self.validation, self._trainer.data_collator)
            self.log.write(Metrics(step=state.global_step, values={"validation_loss": loss}))
            for row in self.validation[:SAMPLES]:
                self.log.write(self._sample(model, row, state.global_step))
        finally:
            model.train()

    def _eta(self, state: Any) -> float | None:
        if len(self._moments) < 2:
            return None
        per_step = (self._moments[-1] - self._moments[0]) / (len(self._moments) - 1)
        return round(per_step * (state.max_steps - state.global_step), 1)

    def _sample(self, model: Any, row: TokenizedRow, step: int) -> Sample:
        prompt = torch.tensor([row.prompt_ids], device=model.device)
        with torch.no_grad():
            written = model.generate(
                input_ids=prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=SAMPLE_TOKENS,
                do_sample=False,
                eos_token_id=list(self.stop_ids),
                pad_token_id=self._trainer.processing_class.pad_token_id,
            )
        answer = self.decode(written[0, len(row.prompt_ids) :].tolist())
        return Sample(step=step, prompt=row.row.prompt[-1]["content"], expected=row.row.completion, answer=answer)


def validation_loss(model: Any, rows: Sequence[TokenizedRow], collate: Any) -> float:
    """Mean cross-entropy (nats) over the trained tokens of rows that are not trained."""
    ordered = sorted(rows, key=lambda row: len(row.input_ids))
    total, tokens = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(ordered), VALIDATION_BATCH):
            batch = ordered[start : start + VALIDATION_BATCH]
            inputs = collate([{"input_ids": row.input_ids, "labels": row.labels} for row in batch])
            moved = {name: value.to(model.device) for name, value in inputs.items()}
            total += float(answer_loss(model, moved, items=1))
            tokens += int((moved["labels"][:, 1:] >= 0).sum())
    return total / max(1, tokens)


def _not_a_number(step: int, values: dict[str, float]) -> Failed:
    shown = ", ".join(f"{name} {value}" for name, value in values.items())
    return Failed(
        "training.not_a_number",
        f"The training broke at step {step}: {shown}.",
        "Halve training.learning_rate and run it again; what is saved stays.",
        step=step,
    )
