"""One way to read a table's columns."""

from __future__ import annotations

from pydantic import BaseModel, Field

from pipeline.plan.model import Role, Task

SURE = 0.98


class Mapping(BaseModel):
    """Roles of columns, as `plan.dataset.columns` takes them."""

    columns: dict[Role, list[str]]
    task_hint: Task
    form: str = Field("", description="what such rows are called: Alpaca, ShareGPT, ChatML, …")
    confidence: float = Field(ge=0, le=1)
    reason: str
