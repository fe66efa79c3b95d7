"""Names of labels, and how a prompt lists them."""

from __future__ import annotations

import json

from pipeline.bases.pocket.lexicon import Intent
from pipeline.bases.pocket.scribe import Scribe

_STYLES = [*3 * ["snake"], *3 * ["plain"], "kebab", *2 * ["title"], "sentence", "upper", "screaming", "camel", "dots"]


def styled(scribe: Scribe, labels: list[str]) -> list[str]:
    """All labels in one spelling: snake_case, kebab-case, Title Case, UPPER ..."""
    style = scribe.pick(_STYLES)
    return [_spell(label, style) for label in labels]


def _spell(label: str, style: str) -> str:
    """The label in a spelling; those that join words leave out apostrophes."""
    words, bare = label.split(), label.replace("'", "").split()
    spelled = {
        "snake": "_".join(bare).lower(),
        "kebab": "-".join(bare).lower(),
        "dots": ".".join(bare).lower(),
        "screaming": "_".join(bare).upper(),
        "camel": "".join(w[:1].upper() + w[1:] for w in bare),
        "title": " ".join(w[:1].upper() + w[1:] for w in words),
        "sentence": label[:1].upper() + label[1:],
        "upper": label.upper(),
        "plain": label,
    }
    return spelled[style]


def listed(scribe: Scribe, labels: list[str]) -> str:
    """The labels as a prompt shows them."""
    way = scribe.pick(
        ["comma", "comma", "comma", "lines", "dashes", "numbers", "bars", "json", "quoted", "semicolons", "stars"]
    )
    return {
        "comma": lambda: ", ".join(labels),
        "lines": lambda: "\n".join(labels),
        "dashes": lambda: "\n".join(f"- {x}" for x in labels),
        "stars": lambda: "\n".join(f"* {x}" for x in labels),
        "numbers": lambda: "\n".join(f"{i}. {x}" for i, x in enumerate(labels, 1)),
        "bars": lambda: " | ".join(labels),
        "json": lambda: json.dumps(labels, ensure_ascii=False),
        "quoted": lambda: ", ".join(f'"{x}"' for x in labels),
        "semicolons": lambda: "; ".join(labels),
    }[way]()


def described(scribe: Scribe, labels: list[str], descriptions: list[str]) -> str:
    """The labels with what belongs to each."""
    glue = scribe.pick([": ", " - ", " = ", ": messages about ", " (", ": words like "])
    end = ")" if glue == " (" else ""
    mark = scribe.pick(["", "- ", "* "])
    return "\n".join(f"{mark}{x}{glue}{d}{end}" for x, d in zip(labels, descriptions, strict=True))


def intent_labels(scribe: Scribe, intents: list[Intent]) -> list[str]:
    """One plain label per intent that tells them apart; names the thing by one of its names.

    Where two would get the same label, the later one is drawn again.
    """
    labels: list[str] = []
    for intent in intents:
        for _ in range(8):
            label = scribe.pick(intent.situation.long).replace("{o}", scribe.object_name(intent))
            if label not in labels:
                break
        labels.append(label)
    return labels
