"""What the planner's process answers to `plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.planner.proposal import Proposal


@dataclass(frozen=True)
class PlannerReply:
    """One answer.

    Args:
        text: Markdown, the same that was streamed.
        title: of the proposal.
        is_new: a plan of its own, not a change of the one before.
    """

    proposal: Proposal
    text: str
    title: str
    is_new: bool


def read_reply(result: dict[str, Any]) -> PlannerReply:
    """The result of `plan`; belongs into a task, since the planner's types are heavy to import."""
    from assistant.planner.proposal import Proposal

    proposal = Proposal.model_validate(result["proposal"])
    return PlannerReply(proposal, str(result["text"]), str(result.get("title", "")), bool(result.get("is_new")))
