"""Under which licence a data set of the hub is, as its card says; what follows from it is for a person to decide."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

from pipeline.datasets.problem import Problem, excerpt, listed

Meaning = tuple[Literal["note", "warning"], str, str]  # severity, what the licence means, what to do
# source: the licences' own texts; the kinds of resources/licences.csv, whose ids are those of the hub's cards
# (https://huggingface.co/docs/hub/repositories-licenses)
MEANING: dict[str, Meaning] = {
    "free": ("note", "it may be used for any purpose", ""),
    "attribution": (
        "note",
        "it may be used for any purpose with credit to its authors",
        "Name them beside the adapter.",
    ),
    "share-alike": (
        "warning",
        "what is made from it may have to be under the same licence",
        "Read what it says of derived works before you pass the adapter on.",
    ),
    "non-commercial": (
        "warning",
        "it may not be used commercially",
        "Ask its authors, or take other data for anything that earns money.",
    ),
    "no-derivatives": (
        "warning",
        "what is made from it may not be passed on",
        "Keep the adapter to yourself, or ask its authors.",
    ),
    "computational": ("note", "it may be used for computations, such as training", ""),
    "use-restricted": ("warning", "it rules some uses out", "Read its list of uses before you serve the adapter."),
}
_ASK = "Look at https://huggingface.co/datasets/{id}, and ask its authors where that doesn't say."
_OTHER: Meaning = ("warning", "what it allows is not known here", _ASK)


def licence_problem(shown: str, dataset_id: str, card: Mapping[str, Any], rows: int) -> Problem:
    """Names the licence of a data set: a note where it may be used freely, a warning otherwise.

    Args:
        shown: the data set as a plan names it.
        dataset_id: on the hub, `org/name`.
        card: metadata of its card; empty where there is none.
        rows: that are under the licence.
    """
    named = _names(card.get("license"))
    known = [licences().get(name.lower()) for name in named]
    meanings = [MEANING[licence["kind"]] if licence else _OTHER for licence in known]
    # Of several licences what forbids counts; a card does not say which rows are under which.
    said = dict.fromkeys([each for each in meanings if each[0] == "warning"] or meanings)
    titles = [
        licence["title"] if licence else _own_name(name, card) for name, licence in zip(named, known, strict=True)
    ]
    message = f"{shown} is under the licence {', '.join(titles)}: {listed([meaning for _, meaning, _ in said])}."
    if not named:
        said = {_OTHER: None}
        message = f"The licence of {shown} is unknown: its card names none, or is not in this machine's cache."
    return Problem(
        code="data.licence",
        severity=next(iter(said))[0],
        count=rows,
        message=message,
        hint=" ".join(hint for _, _, hint in said if hint).format(id=dataset_id),
        examples=[excerpt(f"license: {', '.join(named)}")] if named else [],
    )


def _own_name(name: str, card: Mapping[str, Any]) -> str:
    own = card.get("license_name")
    return str(own) if name.lower() == "other" and own else name


def _names(value: Any) -> list[str]:
    """Ids of a card: one, or a list of them; `unknown` is none."""
    values = value if isinstance(value, list) else [value]
    return [text for one in values if isinstance(one, str) and (text := one.strip()) and text.lower() != "unknown"]


@functools.cache
def licences() -> dict[str, dict[str, str]]:
    """Licences that are known here, by the ids of the hub's cards."""
    text = (resources.files("resources") / "licences.csv").read_text("utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}
