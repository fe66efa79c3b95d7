"""What the planner answers: a plan or what is missing for one, with a reason for every line."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from pipeline.plan.model import Plan


class Choice(BaseModel):
    """One answer to a question."""

    value: str = Field(description="what goes into the field")
    text: str


class Question(BaseModel):
    """Something that the planner can't know and that changes the plan."""

    field: str = Field(description="of the plan, which the answer decides")
    text: str
    choices: list[Choice] = Field(default_factory=list)
    default: str | None = None
    why: str = Field("", description="what depends on it")


class Warned(BaseModel):
    """Something that the plan's reader should know."""

    code: str
    message: str
    field: str = ""


class Proposal(BaseModel):
    """`vibetune plan --json`."""

    plan: Plan | None = None
    questions: list[Question] = Field(default_factory=list)
    answer: str | None = None
    warnings: list[Warned] = Field(default_factory=list)
    reasons: dict[str, str] = Field(default_factory=dict)
    estimate: dict[str, Any] = Field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The contract of the command line."""
        return self.model_dump(mode="json")
