"""What happens in a training, told as events; and the places where it may be stopped or saved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainerCallback

from pipeline.errors import Failed
from pipeline.runs.events import EventLog, Metrics, Progress
from pipeline.training.device import held_gib
from pipeline.training.stopping import Wishes

EVENT_EVERY_S = 0.5


@dataclass
class Reporter(TrainerCallback):  # type: ignore[misc]
    """Listens to transformers' Trainer.

    Args:
        log: that events go to.
        wishes: looked at after each step.
        save_steps: steps between checkpoints.
        steps_per_epoch: after which `at_epoch_end` is called with the step.
        at_epoch_end: measures and shows what the adapter can do so far; returns further metrics.
        tokens_read: tokens that were read so far in this process.
        memory_estimate_gib: what was expected before the first step, told beside what is held.
    """

    log: EventLog
    wishes: Wishes
    save_steps: int
    steps_per_epoch: int
    at_epoch_end: Callable[[int], dict[str, float]]
    tokens_read: Callable[[], int]
    memory_estimate_gib: float
    _losses: list[float] = field(default_factory=list)
    _first_step: int = 0
    _began: float = 0.0
    _paused_s: float = 0.0
    _told: float = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._first_step, self._began = state.global_step, time.monotonic()
        self.log.write(Progress(stage="training", done=state.global_step, total=state.max_steps))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        step = state.global_step
        is_last = step >= state.max_steps
        if self.wishes.wish() is not None:
            control.should_save = control.should_training_stop = True
        elif step % self.save_steps == 0 or is_last:
            control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        """Called after each step, before a checkpoint of it is written."""
        if "loss" not in logs:
            return
        step, loss = state.global_step, logs["loss"]
        if not math.isfinite(loss) or not math.isfinite(logs.get("grad_norm", 0.0)):
            raise _diverged(step, logs)
        self._losses.append(loss)
        is_last = step >= state.max_steps
        extra = self._measure(step) if step % self.steps_per_epoch == 0 or is_last else {}
        now = time.monotonic()
        if extra or is_last or now - self._told >= EVENT_EVERY_S:
            self._told = now
            self._tell(state, logs, extra, now)

    def _measure(self, step: int) -> dict[str, float]:
        start = time.monotonic()
        extra = self.at_epoch_end(step)
        self._paused_s += time.monotonic() - start
        return extra

    def _tell(self, state: Any, logs: dict[str, float], extra: dict[str, float], now: float) -> None:
        step, elapsed = state.global_step, max(1e-9, now - self._began - self._paused_s)
        values = {
            "loss": sum(self._losses) / len(self._losses),
            "learning_rate": logs["learning_rate"],
            "tokens_per_s": self.tokens_read() / elapsed,
            "memory_gib": round(held_gib(), 3),
            "memory_estimate_gib": self.memory_estimate_gib,
            "epoch": logs["epoch"],
            **extra,
        }
        if math.isfinite(logs.get("grad_norm", math.nan)):
            values["grad_norm"] = logs["grad_norm"]
        self._losses.clear()
        self.log.write(Metrics(step=step, values=values))
        whole = now - self._began
        eta = whole / max(1, step - self._first_step) * (state.max_steps - step)
        self.log.write(Progress(stage="training", done=step, total=state.max_steps, eta_s=round(eta, 1)))


def _diverged(step: int, logs: dict[str, float]) -> Failed:
    rate = logs.get("learning_rate", 0.0)
    text = f"The loss is {logs['loss']} at step {step}: the training has diverged (learning rate {rate:.2g})."
    return Failed("training.diverged", text, "Set training.learning_rate to a third of it and start the run again.")
