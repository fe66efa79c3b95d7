"""Every `auto` of a plan's training part → a number with its reason, from the rows and the base. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import BadInput
from pipeline.plan.model import ALL_LINEAR, Plan
from pipeline.training.recipe import Recipe, choose, training_recipe

if TYPE_CHECKING:
    from pipeline.bases.base import Base
    from pipeline.datasets.facts import RowFacts


@dataclass(frozen=True)
class Resolved:
    """A plan without `auto`, and why its numbers are what they are."""

    plan: Plan
    reasons: dict[str, str] = field(default_factory=dict)  # field path → reason, for what was chosen here
    steps: int = 0  # of the optimizer, over the whole run


def resolve(plan: Plan, rows: RowFacts, base: Base) -> Resolved:
    """Chooses what the plan leaves open; what the user fixed stays as it is.

    Args:
        plan: may have `auto` in any number of `training`.
        rows: the training split's size and lengths in the base's tokens.
        base: that the adapter is trained for.

    Raises:
        BadInput: `data.no_training_rows`, `training.row_too_long`, `training.max_length`, `training.no_recipe`.
    """
    if rows.train_rows < 1:
        hint = "Give more rows, or smaller shares in dataset.split."
        raise BadInput("data.no_training_rows", "No row is left for training.", hint)
    return _Resolution(plan, rows, base, training_recipe()).run()


class _Resolution:
    """One plan on its way; later numbers depend on earlier ones."""

    def __init__(self, plan: Plan, rows: RowFacts, base: Base, recipe: Recipe) -> None:
        self.plan = plan.model_copy(deep=True)
        self.training = self.plan.training
        self.rows, self.base, self.recipe = rows, base, recipe
        self.reasons: dict[str, str] = {}

    def run(self) -> Resolved:
        """Fills the fields in the order in which they depend on each other."""
        self._max_length()
        self._batch_size()
        self._epochs()
        self._rank()
        self._alpha()
        self._dropout()
        self._embeddings()
        self._learning_rate()
        steps = self._steps(float(self.training.num_train_epochs))
        self._save_steps(steps)
        return Resolved(self.plan, self.reasons, steps)

    @property
    def _is_tiny(self) -> bool:
        return self.base.params <= self.recipe.tiny[0].up_to_params

    def _because(self, name: str, reason: str) -> None:
        self.reasons[f"training.{name}"] = reason

    def _max_length(self) -> None:
        given, context = self.training.max_length, self.base.context
        if given != "auto":
            if given > context:
                text = f"`max_length: {given}` is over the {context} tokens that {self.base.id} can read."
                raise BadInput("training.max_length", text, f"Set `max_length: {context}`, or take a larger base.")
            return
        rule = self.recipe.max_length[0]
        longest_part = max(self.rows.prompt_tokens.max, self.rows.completion_tokens.max)
        if longest_part >= context:
            raise self._too_long(longest_part)
        # The longest question and the longest answer are seldom in one row: an upper bound, never below a row.
        bound = self.rows.prompt_tokens.max + self.rows.completion_tokens.max + rule.room
        length = min(context, rule.multiple * math.ceil(bound / rule.multiple))
        self.training.max_length = length
        self._because(
            "max_length",
            f"The longest question has {self.rows.prompt_tokens.max} tokens, the longest answer "
            f"{self.rows.completion_tokens.max}; {length} holds both and is within the base's {context}.",
        )

    def _too_long(self, tokens: int) -> BadInput:
        which = "question" if tokens == self.rows.prompt_tokens.max else "answer"
        return BadInput(
            "training.row_too_long",
            f"The longest {which} has {tokens} tokens; {self.base.id} reads {self.base.context}, answer included.",
            "Shorten or leave out rows of that length, or take a base with a longer context; nothing is cut silently.",
            tokens=tokens,
            context=self.base.context,
        )

    def _batch_size(self) -> None:
        if self.training.per_device_train_batch_size != "auto":
            return
        usual = int(choose(self.recipe.batch_size, self.base.params).value)
        fitting = self.rows.train_rows / self.recipe.least_steps_per_epoch[0].value
        size = max(1, min(usual, 2 ** math.floor(math.log2(max(1.0, fitting)))))
        self.training.per_device_train_batch_size = size
        few = f"Only {_count(self.rows.train_rows, 'row')}: smaller steps, so that an epoch has several."
        usually = "Small steps learn more from each row with LoRA."
        self._because("per_device_train_batch_size", few if size < usual else usually)

    def _rows_per_step(self) -> int:
        return int(self.training.per_device_train_batch_size) * self.training.gradient_accumulation_steps

    def _steps(self, epochs: float) -> int:
        return max(1, math.ceil(math.ceil(self.rows.train_rows / self._rows_per_step()) * epochs))

    def _epochs(self) -> None:
        if self.training.num_train_epochs != "auto":
            return
        rows, bounds = self.rows.train_rows, self.recipe.steps[0]
        usual = int(choose(self.recipe.epochs["tiny" if self._is_tiny else "other"], rows).value)
        per_epoch = self._steps(1)
        least = min(bounds.most_epochs, math.ceil(bounds.least / per_epoch))
        epochs = max(1, min(max(usual, least), bounds.most // per_epoch))
        self.training.num_train_epochs = epochs
        seen = f"{_count(rows, 'row')}, each seen {_times(epochs)}: {_count(self._steps(epochs), 'step')}."
        if epochs > usual:
            seen += " So few rows need many passes."
        elif epochs < usual:
            seen += f" More would exceed {bounds.most:,} steps."
        self._because("num_train_epochs", seen)

    def _rank(self) -> None:
        adapter = self.training.adapter
        if adapter.r != "auto":
            return
        labels, limit = self.rows.labels, self.plan.serving.max_lora_rank
        if self.plan.task == "classification" and labels is not None:
            r = int(choose(self.recipe.rank["classification"], labels).value)
            reason = f"{_count(labels, 'label')} to tell apart."
        else:
            r = int(choose(self.recipe.rank["other"], self.rows.train_rows).value)
            reason = f"{_count(self.rows.train_rows, 'row')} to learn from."
        adapter.r = min(r, limit)
        if r > limit:
            reason += f" More than {limit} would not be served (serving.max_lora_rank)."
        self._because("adapter.r", reason)

    def _alpha(self) -> None:
        adapter = self.training.adapter
        if adapter.lora_alpha != "auto":
            return
        adapter.lora_alpha = self.recipe.alpha[0].value
        self._because("adapter.lora_alpha", "The same for every rank; the learning rate is chosen for it.")

    def _dropout(self) -> None:
        adapter = self.training.adapter
        if adapter.lora_dropout != "auto":
            return
        chosen = choose(self.recipe.dropout, self.base.params)
        adapter.lora_dropout = chosen.value
        self._because("adapter.lora_dropout", f"{chosen.why}.")

    def _embeddings(self) -> None:
        adapter = self.training.adapter
        if adapter.target_embeddings != "auto":
            return
        if adapter.target_modules != ALL_LINEAR:
            adapter.target_embeddings = False
            self._because("adapter.target_embeddings", "The plan names the layers that get an adapter.")
            return
        chosen = choose(self.recipe.embeddings, self.base.params)
        adapter.target_embeddings = bool(chosen.value)
        self._because("adapter.target_embeddings", f"{chosen.why}.")

    def _learning_rate(self) -> None:
        training = self.training
        if training.learning_rate != "auto":
            return
        self._needs_a_recipe()
        chosen = choose(self.recipe.learning_rate, self.base.params)
        rate, reason = chosen.value, chosen.why
        if training.adapter.type == "full":
            full = self.recipe.full_training[0]
            rate, reason = rate * full.factor, full.why
        training.learning_rate = rate
        size = f"{self.base.id} has {_size(self.base.params)} parameters"
        self._because("learning_rate", f"{size}: {reason}.")

    def _needs_a_recipe(self) -> None:
        training = self.training
        unknown = f"`method: {training.method}`" if training.method not in ("sft", "cpt") else ""
        unknown = "`adapter.type: prefix`" if training.adapter.type == "prefix" else unknown
        if unknown:
            text = f"There is no recipe for the learning rate of {unknown} yet."
            raise BadInput("training.no_recipe", text, "Give training.learning_rate a number.")

    def _save_steps(self, steps: int) -> None:
        if self.training.save_steps != "auto":
            return
        rule = self.recipe.checkpoints[0]
        every = max(1, min(rule.most, max(rule.least, math.ceil(steps / rule.per_run))))
        self.training.save_steps = every
        self._because("save_steps", f"{_count(steps, 'step')} in all: a kill costs at most {_count(every, 'step')}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _times(epochs: int) -> str:
    return "once" if epochs == 1 else f"{epochs} times"


def _size(params: int) -> str:
    return f"{params / 1e9:.3g} billion" if params >= 1e9 else f"{params / 1e6:.3g} million"
