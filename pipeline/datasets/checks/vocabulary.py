"""The words that checks look for, as data: `resources/vocabulary/*`."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any


@functools.cache
def vocabulary(name: str) -> dict[str, Any]:
    """A file of `resources/vocabulary` by its name without `.yaml`; it is not to be changed."""
    from ruamel.yaml import YAML

    file = resources.files("resources") / "vocabulary" / f"{name}.yaml"
    values: dict[str, Any] = YAML(typ="safe").load(file.read_text("utf-8"))
    return values
