"""TRL's SFTTrainer with an order of rows, a loss and checkpoints that can be repeated bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from trl.trainer.sft_trainer import SFTTrainer

from pipeline.training.order import LengthOrder
from pipeline.training.rows import TrainingRow


class RunTrainer(SFTTrainer):  # type: ignore[misc]
    """Trains tokenised rows.

    Args:
        lengths: tokens of each training row.
        save: writes a checkpoint; called between two steps.
        arguments: of TRL's SFTTrainer.
    """

    def __init__(self, *, lengths: Sequence[int], save: Callable[[], None], **arguments: Any) -> None:
        self._lengths = lengths
        self._save_run = save
        self.tokens_read = 0
        super().__init__(**arguments)

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthOrder:
        self._order = LengthOrder(self._lengths, self.args.per_device_train_batch_size, seed=self.args.seed)
        return self._order

    def _run_epoch(self, *, epoch: int, **arguments: Any) -> None:
        self._order.epoch = epoch
        super()._run_epoch(epoch=epoch, **arguments)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        self._save_run()

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: it walks over all weights in every step."""
        return 0

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Passes the values on without keeping them: the event log does."""
        super().log(logs, start_time)
        self.state.log_history.clear()

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """Negative log-likelihood of the trained tokens, nats, divided by their number in the whole step.

        On a GPU it is TRL's, whose kernel skips the other positions. On a CPU TRL computes the logits of all of them,
        so there the head is asked only for positions where a row of the batch is trained.
        """
        self.tokens_read += int(inputs["attention_mask"].sum())
        if inputs["input_ids"].device.type != "cpu":
            return super().compute_loss(model, inputs, False, num_items_in_batch)
        labels_bt = inputs["labels"][:, 1:]
        positions = (labels_bt != -100).any(dim=0).nonzero()[:, 0]
        # Rows are padded at their end, so causal attention alone keeps the padding out.
        logits_bpv = model(input_ids=inputs["input_ids"], logits_to_keep=positions, use_cache=False).logits
        targets_bp = labels_bt[:, positions]
        total = cross_entropy(
            logits_bpv.float().flatten(0, 1), targets_bp.flatten(), ignore_index=-100, reduction="sum"
        )
        count = (targets_bp != -100).sum() if num_items_in_batch is None else num_items_in_batch
        return total / count

    def validation_loss(self, rows: Sequence[TrainingRow]) -> float:
        """Mean negative log-likelihood of the rows' trained tokens, nats; draws no random number."""
        ordered = sorted(rows, key=lambda row: row.length)
        size = self.args.per_device_train_batch_size
        total, count = 0.0, 0
        tokens_read = self.tokens_read
        self.model.eval()
        for start in range(0, len(ordered), size):
            batch = self.data_collator([features(row) for row in ordered[start : start + size]])
            with torch.no_grad(), self.compute_loss_context_manager():
                total += float(self.compute_loss(self.model, self._prepare_inputs(batch), num_items_in_batch=1))
            count += int((batch["labels"][:, 1:] != -100).sum())
        self.model.train()
        self.tokens_read = tokens_read
        self._metrics["eval"].clear()
        return total / count

    def answer(self, prompt_ids: Sequence[int], end_ids: Sequence[int], max_tokens: int) -> list[int]:
        """The most probable answer, token by token; draws no random number."""
        prompt = torch.tensor([list(prompt_ids)], device=self.args.device)
        self.model.eval()
        with torch.no_grad():
            tokens = self.model.generate(
                input_ids=prompt,
                attention_mask=torch.ones_like(prompt),
                do_sample=False,
                max_new_tokens=max_tokens,
                eos_token_id=list(end_ids),
                pad_token_id=self.data_collator.pad_token_id,
            )
        self.model.train()
        found: list[int] = tokens[0, len(prompt_ids) :].tolist()
        return found


def features(row: TrainingRow) -> Mapping[str, list[int]]:
    """A row as TRL's collator takes it."""
    return {"input_ids": row.encoded.input_ids, "labels": row.encoded.labels}
