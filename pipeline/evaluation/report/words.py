"""A verdict in words that need no statistics: what changed, over what, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.evaluation.comparators import LINEAR, MAJORITY
from pipeline.evaluation.metrics.table import METRICS
from pipeline.evaluation.statistics import MARGIN
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, Difference, Verdict

TITLES = {
    ADAPTER: "the adapter",
    BASE: "the base",
    PROMPTED_BASE: "the base with a good prompt",
    MAJORITY: "always giving the most frequent label",
    LINEAR: "a linear classifier (TF-IDF)",
}
_MINUS = "−"
_COUNTED = {
    "accuracy": "The adapter gets {right} of {rows} test rows right",
    "exact_match": "{right} of the adapter's {rows} answers equal the expected text",
    "exact_match_strict": "{right} of the adapter's {rows} answers equal the expected text letter by letter",
}


def verdict_text(verdict: Verdict) -> str:
    """The verdict as a paragraph, its first sentence the outcome."""
    return " ".join(_sentences(verdict))


def _sentences(verdict: Verdict) -> Iterator[str]:
    if verdict.difference is not None:
        yield _headline(verdict.difference, verdict.n)
    yield _reached(verdict)
    linear = next((each for each in verdict.differences if each.against == LINEAR), None)
    if linear is not None:
        yield _linear(linear, verdict)
    if invalid := round(verdict.metrics[ADAPTER].get("invalid", 0) * verdict.n):
        yield f"{count(invalid, 'answer')} of the adapter's {verdict.n} {_is(invalid)} outside the label list."
    yield from _gates(verdict)
    if verdict.left_out:
        yield f"{count(verdict.left_out, 'test row')} {_is(verdict.left_out)} longer than the base's context: left out."


def _headline(difference: Difference, rows: int) -> str:
    value, interval = points(difference, signed=True), f"95 % CI {range_text(difference)}"
    title, opponent = METRICS[difference.metric].title, TITLES[difference.against]
    if difference.outcome == "better":
        return f"Better: {value} points {title} over {opponent}, {interval}."
    if difference.outcome == "worse":
        return f"Worse: {value} points {title} against {opponent}, {interval}."
    if difference.outcome == "no difference":
        return (
            f"No difference: {value} points {title} against {opponent}, {interval}; "
            f"less than {100 * MARGIN:.0f} points either way."
        )
    return (
        f"Can't tell: {value} points {title} against {opponent}, {interval}, from {count(rows, 'test row')}; "
        f"about {count(difference.more_rows or 0, 'more test row')} would tell."
    )


def _reached(verdict: Verdict) -> str:
    """What the adapter reaches, beside each base."""
    metric = verdict.difference.metric if verdict.difference else next(iter(verdict.metrics[ADAPTER]))
    value, rows = verdict.metrics[ADAPTER][metric], verdict.n
    low, high = (_number(100 * end, 1) for end in verdict.intervals[ADAPTER][metric])
    share = f"{percent(value)}, 95 % CI {low} to {high}"
    if metric in _COUNTED:
        own = f"{_COUNTED[metric].format(right=round(value * rows), rows=rows)} ({share})"
    else:
        own = f"The adapter's {METRICS[metric].title} is {share}, from {count(rows, 'test row')}"
    others = [
        f"{TITLES[model]} reaches {percent(verdict.metrics[model][metric])}"
        for model in (PROMPTED_BASE, BASE)
        if model in verdict.metrics
    ]
    return f"{'; '.join([own, *others])}."


def _linear(difference: Difference, verdict: Verdict) -> str:
    """Says plainly where a method without a language model does as well."""
    told = {
        "worse": "does better",
        "better": "stays behind",
        "no difference": "does as well",
        "cannot tell": "may do as well",
    }[difference.outcome]
    reached = percent(verdict.metrics[LINEAR][difference.metric])
    gap = f"{points(difference)} points {'less' if difference.value > 0 else 'more'} than the adapter"
    interval = f"95 % CI of the adapter's lead {range_text(difference)}"
    return f"A linear classifier (TF-IDF), which needs no language model, {told}: {reached}, {gap} ({interval})."


def _gates(verdict: Verdict) -> Iterator[str]:
    missed = [f"{gate.metric} {gate.rule}" for gate in verdict.gates if gate.passed is False]
    unknown = [f"{gate.metric} {gate.rule} ({gate.note})" for gate in verdict.gates if gate.passed is None]
    if missed:
        yield f"{_gate_count(missed)} missed: {'; '.join(missed)}."
    if unknown:
        yield f"{_gate_count(unknown)} could not be checked: {'; '.join(unknown)}."


def _gate_count(gates: list[str]) -> str:
    return "A gate of the plan is" if len(gates) == 1 else f"{len(gates)} gates of the plan are"


def points(difference: Difference, *, signed: bool = False) -> str:
    """A difference in percentage points, as precise as its interval allows: +31, −0.4."""
    places = _places(difference)
    size = _number(abs(100 * difference.value), places)
    if not signed or float(size) == 0:
        return size
    return f"{'+' if difference.value > 0 else _MINUS}{size}"


def range_text(difference: Difference) -> str:
    """An interval in percentage points: 27 to 35."""
    places = _places(difference)
    return f"{_number(100 * difference.low, places)} to {_number(100 * difference.high, places)}"


def percent(value: float) -> str:
    """A share: 89.7 %."""
    return f"{_number(100 * value, 1)} %"


def count(number: int, thing: str) -> str:
    """A number with its noun: 1 test row, 562 test rows."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _places(difference: Difference) -> int:
    return 0 if difference.high - difference.low >= 0.04 and abs(difference.value) >= 0.01 else 1


def _number(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", _MINUS)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
