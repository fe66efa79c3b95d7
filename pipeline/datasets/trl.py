"""Canonical rows in the formats that TRL's trainers take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pipeline.bases.chat import WEIGHT, is_learned
from pipeline.datasets.row import Draft, Message, Row, answer_start
from pipeline.plan.model import Role


def as_trl(row: Draft | Row, roles: Collection[Role]) -> dict[str, Any]:
    """A row as SFT, DPO, ORPO, reward or KTO trainers take it, conversations in their conversational form.

    Args:
        row: canonical.
        roles: that columns were mapped to; `text` and `messages` are learned whole, `completion` after a prompt.

    Returns:
        `{"text"}`, `{"messages"}`, `{"prompt", "completion"}`, `{"prompt", "completion", "label"}` or
        `{"prompt", "chosen", "rejected"}`. An answer that is only read has `weight: 0`, as in OpenAI's files.

    Source:
        TRL's documentation, "Dataset formats and types".
    """
    if row.rejected is not None:
        start = answer_start(row.messages)
        return {"prompt": row.messages[:start], "chosen": row.messages[start:], "rejected": row.rejected}
    if row.desired is not None:
        return {"prompt": row.messages[:-1], "completion": row.messages[-1:], "label": row.desired}
    if "text" in roles:
        return {"text": row.messages[-1]["content"]}
    if "messages" in roles:
        return {"messages": [_weighted(message) for message in row.messages]}
    return {"prompt": row.messages[:-1], "completion": row.messages[-1:]}


def _weighted(message: Message) -> dict[str, Any]:
    return dict(message) if is_learned(message) else {**message, WEIGHT: 0}
