"""What is said of a run in lists and heads: signs, words and numbers with their units."""

from __future__ import annotations

from app.workbench.quantities import duration
from app.workbench.run_row import STATE_WORDS, RunRow

Sign = tuple[str, str]  # icon and colour

STATE_SIGNS: dict[str, Sign] = {
    "preparing": ("loading", "accent"),
    "training": ("pulse", "accent"),
    "measuring": ("graph", "accent"),
    "paused": ("debug-pause", "warn"),
    "cancelled": ("circle-slash", "muted"),
    "failed": ("error", "bad"),
    "interrupted": ("warning", "warn"),
    "trained": ("package", "warn"),
    "finished": ("pass", "muted"),
    "damaged": ("error", "bad"),
}
OUTCOME_SIGNS: dict[str, Sign] = {
    "better": ("pass-filled", "good"),
    "worse": ("error", "bad"),
    "no difference": ("dash", "muted"),
    "cannot tell": ("question", "warn"),
}
OUTCOME_WORDS = {"better": "Better", "worse": "Worse", "no difference": "No difference", "cannot tell": "Can't tell"}
STAGE_WORDS = {
    "preparing": "preparing",
    "training": "training",
    "probing": "saving proof answers",
    "serving": "starting the server",
    "evaluating": "asking the test rows",
}


def sign(row: RunRow) -> Sign:
    """Icon and colour of a run: of its verdict once it has one."""
    if row.state == "finished" and row.verdict is not None:
        return OUTCOME_SIGNS.get(row.verdict.outcome, STATE_SIGNS["finished"])
    return STATE_SIGNS.get(row.state, STATE_SIGNS["finished"])


def pill(row: RunRow) -> tuple[str, str]:
    """Words and the style sheet's kind of the pill that names a run's state."""
    if row.state == "finished" and row.verdict is not None:
        kinds = {"better": "pill-good", "worse": "pill-bad", "cannot tell": "pill-warn"}
        outcome = row.verdict.outcome
        return OUTCOME_WORDS.get(outcome, outcome).lower(), kinds.get(outcome, "pill")
    tones = {"accent": "pill-accent", "bad": "pill-bad", "warn": "pill-warn"}
    return STATE_WORDS.get(row.state, row.state), tones.get(STATE_SIGNS.get(row.state, ("", ""))[1], "pill")


def time_left(row: RunRow) -> str:
    """The estimate of the present stage, in words."""
    return f"about {duration(row.eta_s)} left" if row.eta_s is not None and row.eta_s >= 0.5 and row.is_live else ""


def progress(row: RunRow) -> str:
    """How far it is: step 514 of 843."""
    if row.state == "measuring":
        if row.stage == "evaluating" and row.to_measure:
            return f"{row.measured:,} of {row.to_measure:,} answers"
        return row.text or STAGE_WORDS.get(row.stage, row.stage)
    if row.state == "preparing":
        return row.text or "reading base and data"
    return f"step {row.step:,} of {row.total:,}" if row.total else ""


def second_line(row: RunRow) -> str:
    """What the list says below the name."""
    if row.is_live:
        return " · ".join(part for part in (progress(row), time_left(row)) if part)
    if row.verdict is not None and row.state == "finished":
        return row.verdict.headline
    if row.error is not None:
        return row.error[1]
    if row.state in {"paused", "cancelled"}:
        return f"{STATE_WORDS[row.state]} at {progress(row)}" if row.total else STATE_WORDS[row.state]
    return STATE_WORDS.get(row.state, row.state)


def statement(row: RunRow) -> str:
    """The whole row for a screen reader."""
    tags = f" Tags: {', '.join(row.tags)}." if row.tags else ""
    return f"{row.short_name}, {pill(row)[0]}. {second_line(row)}{tags}"
