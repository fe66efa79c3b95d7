"""What the planner answers: a plan or what is missing for one, with a reason for every line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from pipeline.errors import BadInput
from pipeline.plan.model import Plan


class Choice(BaseModel):
    """One answer to a question."""

    value: str = Field(description="what goes into the field, as `--set FIELD=VALUE` takes it")
    text: str


class Question(BaseModel):
    """Something that the planner can't know and that changes the plan."""

    field: str = Field(description="of the plan, which the answer decides")
    text: str
    choices: list[Choice] = Field(default_factory=list)
    default: str | None = Field(None, description="value of the choice that the plan has now")
    why: str = Field("", description="what depends on it")


class Warned(BaseModel):
    """Something that the plan's reader should know."""

    code: str
    message: str
    field: str = ""


class Import(BaseModel):
    """A data file that lies outside the project, and where its copy belongs."""

    source: Path
    target: str = Field(description="relative to the project")


class Proposal(BaseModel):
    """`vibetune plan --json`."""

    plan: Plan | None = None
    partial: dict[str, Any] | None = Field(None, exclude=True, description="what is known while no plan is complete")
    questions: list[Question] = Field(default_factory=list)
    answer: str | None = None
    warnings: list[Warned] = Field(default_factory=list)
    reasons: dict[str, str] = Field(default_factory=dict)
    estimate: dict[str, Any] = Field(default_factory=dict)
    imports: list[Import] = Field(default_factory=list, exclude=True)

    def as_json(self) -> dict[str, Any]:
        """The contract of the command line; `plan` is the best partial one while something is missing."""
        values = self.model_dump(mode="json")
        return values if self.plan else values | {"plan": self.partial}

    def require_plan(self) -> Plan:
        """The plan.

        Raises:
            BadInput: `plan.open`: there is an answer or a question in place of it.
        """
        if self.plan is None:
            text = self.answer or "; ".join(question.text for question in self.questions) or "No plan came out."
            raise BadInput("plan.open", text, "Say more, or name a file with examples: --data FILE")
        return self.plan
