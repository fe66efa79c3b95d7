"""A verdict with everything that a face shows: opponents in order, the matrix, each answer, and what would help."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from app.workbench.run_curve import DetailBuilder, learning
from app.workbench.verdict_parts import (
    LABEL_CHANGES,
    OUTSIDE,
    TEXT_CHANGES,
    Answered,
    Change,
    Contender,
    Gate,
    Lead,
    Matrix,
    Place,
    VerdictReading,
)
from app.workbench.verdict_words import advice
from pipeline.datasets.row import Row
from pipeline.datasets.versions.version import load_version
from pipeline.evaluation.answers.examples import message_text
from pipeline.evaluation.answers.predictions import Prediction, read_predictions
from pipeline.evaluation.comparators import LINEAR, MAJORITY, majority_answers
from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import METRICS
from pipeline.evaluation.questions import file_name
from pipeline.evaluation.statistics import wilson_interval
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, Verdict, read_verdict
from pipeline.runs.events import Tail
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import read_request

ALIKE = 0.05  # scores of two answers that differ less are as close to the expected one
FEW_ROWS = 15  # of a label: its interval is then wider than anybody can use
SHOWN_PLACES = 5


def read_verdict_of(run: RunFolder) -> VerdictReading:
    """Reads a run's verdict, its predictions and its test rows; takes a second or so, not for the GUI's thread.

    Raises:
        BadInput: `evaluation.no_verdict`, `evaluation.bad_verdict`; the dataset version or the request is broken.
    """
    verdict = read_verdict(run.verdict)
    dataset = load_version(run.dataset)
    rows = {row.id: row for row in dataset.rows("test")}
    predictions = {model: _predictions(run, model) for model in verdict.metrics}
    reference = verdict.difference.against if verdict.difference else BASE
    metric = verdict.difference.metric if verdict.difference else next(iter(verdict.metrics[ADAPTER]), "")
    answers = _answers(verdict, rows, predictions, reference, metric)
    labels = [score.label for score in verdict.labels]
    matrix = _matrix(labels, answers) if labels else None
    base = read_request(run).base.id
    most = majority_answers(list(dataset.rows("train")), [next(iter(rows.values()))])[0] if labels and rows else ""
    headline, _, rest = verdict.text.partition(". ")
    return VerdictReading(
        run=run.name,
        task=verdict.task,
        outcome=verdict.outcome,
        headline=headline if headline.endswith(".") else f"{headline}.",
        rest=rest,
        text=verdict.text,
        n=verdict.n,
        metrics=tuple(sorted(verdict.metrics[ADAPTER], key=lambda name: name != metric)),
        metric_titles={name: METRICS[name].title if name in METRICS else name for name in verdict.metrics[ADAPTER]},
        contenders=_contenders(verdict, metric, base, most),
        reference=reference,
        gates=_gates(verdict),
        matrix=matrix,
        places=_places(answers, matrix),
        answers=answers,
        advice=advice(verdict, matrix_pairs(matrix), _few(matrix), _by_heart(run)),
        notes=tuple(verdict.notes),
        more_rows=verdict.more_rows,
        power=_power(verdict),
        report=run.evaluation / "report.md",
        seconds=sum(verdict.seconds.values()),
    )


def _predictions(run: RunFolder, model: str) -> dict[str, Prediction]:
    found = read_predictions(run.evaluation / file_name(model))
    return {prediction.row: prediction for prediction in found}


def _answers(
    verdict: Verdict,
    rows: Mapping[str, Row],
    predictions: Mapping[str, Mapping[str, Prediction]],
    reference: str,
    metric: str,
) -> tuple[Answered, ...]:
    made = []
    compared = predictions.get(reference, {})
    is_text = not verdict.labels
    for row_id, ours in predictions[ADAPTER].items():
        row, theirs = rows.get(row_id), compared.get(row_id)
        said = {
            model: (found[row_id].answer, found[row_id].correct)
            for model, found in predictions.items()
            if row_id in found
        }
        change = _text_change(ours, theirs, metric) if is_text else _label_change(ours, theirs)
        made.append(
            Answered(
                row=row_id,
                message=message_text(row) if row is not None else "",
                expected=ours.expected,
                given=said,
                surety=math.exp(ours.logprob) if ours.logprob is not None else None,
                change=change,
                source=row.source if row is not None else "",
            )
        )
    order = {change: place for place, change in enumerate(TEXT_CHANGES if is_text else LABEL_CHANGES)}
    return tuple(sorted(made, key=lambda answer: (order[answer.change], answer.expected)))


def _label_change(ours: Prediction, theirs: Prediction | None) -> Change:
    was_right = theirs is not None and theirs.correct
    if ours.correct:
        return "both right" if was_right else "fixed"
    return "broken" if was_right else "both wrong"


def _text_change(ours: Prediction, theirs: Prediction | None, metric: str) -> Change:
    score = METRICS[metric].per_row if metric in METRICS else None
    if theirs is None or score is None:
        return "as close"
    texts = Answers([ours.expected, theirs.expected], [ours.answer, theirs.answer])
    mine, other = (float(value) for value in score(texts))
    if abs(mine - other) < ALIKE:
        return "as close"
    return "closer" if mine > other else "further off"


def _matrix(labels: Sequence[str], answers: Sequence[Answered]) -> Matrix:
    counts = Counter((answer.expected, answer.answer if answer.answer in labels else OUTSIDE) for answer in answers)
    is_outside = any(given == OUTSIDE for _, given in counts)
    given = (*labels, OUTSIDE) if is_outside else tuple(labels)
    return Matrix(tuple(labels), given, tuple(tuple(counts[one, other] for other in given) for one in labels))


def matrix_pairs(matrix: Matrix | None) -> list[tuple[str, str, int]]:
    """Expected, given and rows of every mistake, the most frequent first."""
    if matrix is None:
        return []
    pairs = [
        (expected, given, matrix.counts[row][column])
        for row, expected in enumerate(matrix.expected)
        for column, given in enumerate(matrix.given)
        if expected != given and matrix.counts[row][column]
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def _few(matrix: Matrix | None) -> list[tuple[str, int]]:
    if matrix is None:
        return []
    totals = [(label, matrix.right(row)[1]) for row, label in enumerate(matrix.expected)]
    return sorted(((label, rows) for label, rows in totals if 0 < rows < FEW_ROWS), key=lambda each: each[1])


def _places(answers: Sequence[Answered], matrix: Matrix | None) -> tuple[Place, ...]:
    """Labels and lengths where the adapter is right least often; only for tasks with labels."""
    if matrix is None:
        return ()
    places = []
    for row, label in enumerate(matrix.expected):
        right, rows = matrix.right(row)
        if rows:
            places.append(_place(label, _where_to(matrix, row), right, rows))
    lengths = sorted(len(answer.message) for answer in answers)
    if len(lengths) >= 20:
        limit = lengths[len(lengths) * 3 // 4]
        long = [answer for answer in answers if len(answer.message) > limit]
        if long:
            right = sum(answer.given[ADAPTER][1] for answer in long)
            places.append(_place(f"over {limit:,} letters", "the longest quarter", right, len(long)))
    return tuple(sorted(places, key=lambda place: place.value)[:SHOWN_PLACES])


def _where_to(matrix: Matrix, row: int) -> str:
    wrong = [(count, given) for count, given in zip(matrix.counts[row], matrix.given, strict=True)]
    count, given = max((each for each in wrong if each[1] != matrix.expected[row]), default=(0, ""))
    right, rows = matrix.right(row)
    return f"{count} of its {rows - right} misses go to {given}" if count else ""


def _place(title: str, note: str, right: int, rows: int) -> Place:
    low, high = wilson_interval(right, rows)
    note = f"{rows} rows: too few to tell" if rows < FEW_ROWS else note
    return Place(title, note, right, rows, low, high)


def _contenders(verdict: Verdict, metric: str, base: str, most: str) -> tuple[Contender, ...]:
    made = []
    for model, values in verdict.metrics.items():
        intervals = verdict.intervals.get(model, {})
        title, term = _titles(model, verdict, base, most)
        leads = {
            each.metric: Lead(each.value, each.low, each.high, each.outcome)
            for each in verdict.differences
            if each.against == model
        }
        full = {name: (value, *intervals.get(name, (value, value))) for name, value in values.items()}
        made.append(Contender(model, title, term, full, leads))
    return tuple(sorted(made, key=lambda each: (each.model != ADAPTER, -each.values.get(metric, (0.0, 0.0, 0.0))[0])))


def _titles(model: str, verdict: Verdict, base: str, most: str) -> tuple[str, str]:
    examples = verdict.prompt.examples if verdict.prompt else 0
    shown = f"base+prompt, {examples} examples shown" if examples else "base+prompt, an instruction"
    return {
        ADAPTER: ("This adapter", "as it is served"),
        BASE: ("Base", f"{base} as it comes"),
        PROMPTED_BASE: ("Base, well prompted", shown),
        MAJORITY: (f"Always “{most}”" if most else "Always the same", "majority class"),
        LINEAR: ("Words and counts", "TF-IDF + linear classifier"),
    }.get(model, (model, ""))


def _gates(verdict: Verdict) -> tuple[Gate, ...]:
    made = []
    for gate in verdict.gates:
        measured = "not measured" if gate.measured is None else f"{100 * gate.measured:.1f}".replace("-", "−")
        made.append(Gate(f"{gate.metric} {gate.rule}", gate.note or measured, gate.passed))
    return tuple(made)


def _by_heart(run: RunFolder) -> str:
    """What the curve says where unseen rows got worse again; empty otherwise."""
    builder = DetailBuilder()
    builder.add(Tail(run.events))
    said = learning(builder.detail().curve)
    return said.text if said.term == "overfitting" and said.tone == "warn" else ""


def _power(verdict: Verdict) -> str:
    if verdict.difference is None:
        return ""
    half = 100 * (verdict.difference.high - verdict.difference.low) / 2
    # The interval narrows with the square root of the rows; doubling the precision takes four times as many.
    needed = math.ceil(verdict.n * (half / 2) ** 2 / 10) * 10
    if half <= 2:
        return f"With {verdict.n:,} test rows the lead is known to ±{half:.1f} points."
    return f"With {verdict.n:,} test rows the lead is known to ±{half:.0f} points; about {needed:,} would tell ±2."
