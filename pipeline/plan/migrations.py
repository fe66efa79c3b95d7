"""Older plans → the version that this program reads; one step per version, applied in order.

A step takes the plain values of its version and returns those of the next. Version 1 is the first, so there are no
steps yet; the caller keeps the old file as a backup when it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.plan.model import VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}


def migrate(values: dict[str, Any], *, steps: Mapping[int, Step] = STEPS, newest: int = VERSION) -> dict[str, Any]:
    """Values as the newest version has them; values of unknown versions are left for validation to refuse."""
    version = values.get("version", newest)
    while isinstance(version, int) and version < newest and version in steps:
        values = steps[version](dict(values)) | {"version": version + 1}
        version += 1
    return values
