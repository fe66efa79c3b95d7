"""What the open plan rests on: the sentences, files and answers that led to it, and what the user changed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.chat_files import Answer
from app.workbench.plan_ways import BALANCED, Offer, Way, overrides, reasons, ways

if TYPE_CHECKING:
    from assistant.planner.proposal import Proposal
    from pipeline.plan.model import Plan

_FILES = "dataset.sources"  # its answer is a file, which is data and no override


@dataclass(frozen=True)
class PlanThread:
    """Immutable; every step gives a new one.

    Args:
        sentences: that the planner reads together, oldest first; the last may still be unanswered.
        files: with the examples.
        answers: to the planner's questions.
        proposed: plain values of the last proposal by field.
        settled: those of the last one that was applied. Where the plan differs from them, the user changed it by hand
            or left a change out, and the planner must keep to it.
        kept: how many of the sentences were applied.
        planned: how many of them led to a proposal or a question.
        has_new_files: they came with the last sentence, or answered what it left open.
        is_own: the sentences made a plan of their own; otherwise they change the one that was there.
        offers: ways to do the same that came with the last balanced proposal.
        balanced: its plain values.
        way: the one that is wished; it stays so for a further sentence where it is offered then, too.
        shown: the one that the last proposal follows.
        asks_way: the planner is asked for the way that is wished; otherwise for a balanced proposal with new offers.
    """

    sentences: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    kept: int = 0
    planned: int = 0
    has_new_files: bool = False
    is_own: bool = False
    offers: tuple[Offer, ...] = ()
    balanced: Mapping[str, str] = field(default_factory=dict)
    way: str = BALANCED
    shown: str = BALANCED
    asks_way: bool = False

    @property
    def sentence(self) -> str:
        """The last one."""
        return self.sentences[-1] if self.sentences else ""

    def said(self, text: str, files: Sequence[str]) -> PlanThread:
        """With a further sentence."""
        sentences = (*self.sentences, text) if text else self.sentences
        files = tuple(files) or self.files
        return replace(self, sentences=sentences, files=files, has_new_files=bool(files), asks_way=False)

    def answered(self, answer: Answer) -> PlanThread:
        """With an answer in place of an earlier one to the same question."""
        others = tuple(each for each in self.answers if each.field != answer.field)
        thread = replace(self, answers=(*others, answer), asks_way=False)
        return thread if answer.field != _FILES else replace(thread, files=(answer.value,), has_new_files=True)

    def without_answer(self, question_field: str) -> PlanThread:
        """Without an answer."""
        others = tuple(each for each in self.answers if each.field != question_field)
        return replace(self, answers=others, asks_way=False)

    def wished(self, way: str) -> PlanThread:
        """With another of the ways that are offered."""
        return replace(self, way=way, asks_way=True)

    def replied(self, proposal: Proposal, *, is_new: bool) -> PlanThread:
        """After the planner's reply; mere talk leaves no trace, a new plan forgets the sentences before it."""
        if proposal.answer is not None:
            return self.taken_back()
        thread = self
        if is_new:
            answers = self.answers if len(self.sentences) == 1 else ()
            thread = replace(
                self if self.asks_way else self.without_ways(),
                sentences=self.sentences[-1:],
                answers=answers,
                kept=0,
                settled={},
                proposed={},
                is_own=True,
            )
        thread = replace(thread, planned=len(thread.sentences))
        if proposal.plan is None:
            return replace(thread, way=thread.shown)
        values = plain_values(proposal.plan)
        if thread.asks_way:
            return replace(thread, proposed=values, shown=thread.way)
        offers = tuple(proposal.estimate.get("choices", ()))
        thread = replace(thread, balanced=values, offers=offers, shown=BALANCED)
        if any(offer["name"] == thread.way != BALANCED for offer in offers):
            return thread  # this proposal is not shown: the next one is of the way that is wished
        return replace(thread, proposed=values, way=BALANCED)

    @property
    def ways(self) -> tuple[Way, ...]:
        """What can be chosen instead of the last proposal, and which one it follows."""
        return ways(self.offers, self.balanced, self.shown)

    @property
    def reasons(self) -> dict[str, str]:
        """Why the last proposal follows its way, by field."""
        return reasons(self.offers, self.shown)

    def taken_back(self) -> PlanThread:
        """Without the last sentence, where it was not answered by a plan, and without a way that wasn't, either."""
        sentences = self.sentences[: max(self.kept, self.planned, len(self.sentences) - 1)]
        return replace(self, sentences=sentences, way=self.shown)

    def applied(self) -> PlanThread:
        """After its proposal became the plan. Changes of a plan that was there are now in it, and need no words."""
        if not self.is_own:
            return PlanThread()
        of_way = overrides(self.offers, self.shown)  # the plan differs by it as by what is changed by hand
        settled = {**self.proposed} | {name: value for name, value in self.balanced.items() if name in of_way}
        return replace(self.without_ways(), settled=settled, proposed=settled, kept=len(self.sentences))

    def without_ways(self) -> PlanThread:
        """Without ways to choose from."""
        return replace(self, offers=(), balanced={}, way=BALANCED, shown=BALANCED, asks_way=False)

    def rejected(self) -> PlanThread:
        """After its proposal was put away: back to the sentences that were applied."""
        return replace(
            self.without_ways(),
            sentences=self.sentences[: self.kept],
            answers=self.answers if self.kept else (),
            proposed=self.settled,
            planned=self.kept,
            is_own=self.kept > 0,
        )

    def params(self, project: Path | None, current: Mapping[str, str]) -> dict[str, Any]:
        """What the planner is asked.

        Args:
            current: plain values of the plan as it is.
        """
        return {
            "sentence": self.sentence,
            "history": list(self.sentences[:-1]),
            "data": list(self.files),
            "has_new_data": self.has_new_files,
            "project": str(project) if project is not None else None,
            "overrides": [*self._by_hand(current), *self._answers(), *self._of_way()],
            "plan": {} if self.is_own else dict(current),
            "current": dict(current if self.proposed == self.settled else self.proposed),
        }

    def _by_hand(self, current: Mapping[str, str]) -> list[str]:
        if not self.kept:
            return []
        return [f"{name}={value}" for name, value in current.items() if self.settled.get(name) not in (None, value)]

    def _answers(self) -> list[str]:
        return [f"{each.field}={each.value}" for each in self.answers if each.field != _FILES]

    def _of_way(self) -> list[str]:
        chosen = overrides(self.offers, self.way) if self.asks_way else {}
        return [f"{name}={value}" for name, value in chosen.items()]

    def as_json(self) -> dict[str, Any]:
        """For the chat's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> PlanThread:
        """From the chat's file; a thread starts anew where there is none."""
        if not values:
            return cls()
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["answers"] = tuple(Answer(**each) for each in known.get("answers", []))
        known |= {name: tuple(known.get(name, ())) for name in ("sentences", "files", "offers")}
        return cls(**known)


def plain_values(plan: Plan | None) -> dict[str, str]:
    """A plan's fields, each with its value as `FIELD=VALUE` takes it; lists and free maps are one value."""
    return dict(_leaves("", plan.model_dump(mode="json"))) if plan is not None else {}


_WHOLE = ("dataset.columns", "evaluation.gates")  # maps whose keys are the user's


def _leaves(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict) and name not in _WHOLE:
        return [leaf for key, inner in value.items() for leaf in _leaves(f"{name}.{key}" if name else key, inner)]
    return [(name, json.dumps(value, ensure_ascii=False))]  # texts in quotes, so that none is taken for a list
