"""`evaluation/report.md`: the verdict with its tables and examples, for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.report.table import verdict_table
from pipeline.evaluation.report.words import TITLES, count, percent
from pipeline.evaluation.verdict import ADAPTER, Verdict

_LONGEST_TEXT = 300
_MOST_EXAMPLES = 8
# Signs that begin markup anywhere or at the start of a line, and what GitHub makes links of by itself.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|&~$@]|^[-=]|(?<=^\d)\.|:(?=//)|(?<=www)\.", re.IGNORECASE)


@dataclass(frozen=True)
class Answered:
    """One test row with what every model said."""

    message: str
    expected: str
    answers: Mapping[str, str]
    correct: Mapping[str, bool]


def markdown_report(verdict: Verdict, rows: Sequence[Answered]) -> str:
    """The whole report. Rows and answers are anybody's text: they are escaped, and cut where they are long."""
    against = verdict.difference.against if verdict.difference else None
    parts = [
        [f"# Verdict of {escape(verdict.run)}", verdict.text],
        ["## Models", *_models(verdict)],
        _prompt(verdict),
        _gates(verdict),
        _labels(verdict),
        _confusions(verdict),
        *(_changes(rows, against) if against else ()),
        _examples("Some answers", rows, against) if against and not verdict.labels else [],
        [f"- {escape(note)}" for note in verdict.notes],
    ]
    return "\n\n".join("\n".join(_spaced(part)) for part in parts if part) + "\n"


def escape(text: str, *, longest: int = _LONGEST_TEXT) -> str:
    """Any text as one line of plain Markdown text: no markup, link, HTML or control character survives.

    Source:
        CommonMark 0.31, section 2.4 (backslash escapes); GitHub Flavored Markdown 0.29, section 6.9 (autolinks).
    """
    line = " ".join(text.split())
    line = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co"))
    if len(line) > longest:
        line = line[:longest] + "…"
    return _MARKUP.sub(r"\\\g<0>", line)


def _spaced(lines: Sequence[str]) -> Iterator[str]:
    """An empty line after the heading."""
    for number, line in enumerate(lines):
        yield line
        if number == 0 and line.startswith("#"):
            yield ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows)]


def _models(verdict: Verdict) -> list[str]:
    table = verdict_table(verdict)
    rows = [[TITLES.get(model, escape(model)), *cells] for model, *cells in table.rows]
    return [
        f"Measured on {count(verdict.n, 'test row')} that no model was trained on.",
        "",
        *_table(table.columns, rows),
    ]


def _prompt(verdict: Verdict) -> list[str]:
    if verdict.prompt is None:
        return []
    choice = verdict.prompt
    lines = [
        "## The base's prompt",
        f"The base with a good prompt got {choice.title} ({count(choice.examples, 'example')}).",
    ]
    if choice.validation:
        scores = ", ".join(f"{style} {percent(value)}" for style, value in choice.validation.items())
        lines.append(f"Chosen by {choice.metric} on {count(choice.validation_rows, 'validation row')}: {scores}.")
    return lines


def _gates(verdict: Verdict) -> list[str]:
    if not verdict.gates:
        return []
    word = {True: "✓ passed", False: "× missed", None: "not checked"}
    rows = [
        [
            escape(f"{gate.metric} {gate.rule}"),
            "–" if gate.measured is None else f"{gate.measured:.3f}",
            word[gate.passed] + (f": {escape(gate.note)}" if gate.note else ""),
        ]
        for gate in verdict.gates
    ]
    return ["## Gates", *_table(["gate", "measured", ""], rows)]


def _labels(verdict: Verdict) -> list[str]:
    if not verdict.labels:
        return []
    models = list(verdict.labels[0].recall)
    columns = ["label", "rows", *(f"found by {model}" for model in models), "adapter right when it says so"]
    rows = [
        [
            escape(score.label),
            str(score.rows),
            *(percent(score.recall[model]) for model in models),
            "–" if score.precision is None else percent(score.precision),
        ]
        for score in verdict.labels
    ]
    return ["## Labels", *_table(columns, rows)]


def _confusions(verdict: Verdict) -> list[str]:
    if not verdict.confusions:
        return []
    rows = [[escape(each.expected), escape(each.given) or "(nothing)", str(each.rows)] for each in verdict.confusions]
    return ["## What the adapter mixes up", *_table(["expected", "adapter said", "rows"], rows)]


def _changes(rows: Sequence[Answered], against: str) -> list[list[str]]:
    """Rows that only one of adapter and opponent answers correctly."""
    gained = [row for row in rows if row.correct[ADAPTER] and not row.correct[against]]
    lost = [row for row in rows if row.correct[against] and not row.correct[ADAPTER]]
    title = TITLES[against]
    return [
        _examples(f"Right now, wrong with {title}", gained, against),
        _examples(f"Wrong now, right with {title}", lost, against),
    ]


def _examples(heading: str, rows: Sequence[Answered], against: str) -> list[str]:
    if not rows:
        return []
    cells = [
        [escape(row.message), escape(row.expected), escape(row.answers[against]), escape(row.answers[ADAPTER])]
        for row in rows[:_MOST_EXAMPLES]
    ]
    shown = f"{count(len(rows), 'row')}" + (f", {_MOST_EXAMPLES} of them:" if len(rows) > _MOST_EXAMPLES else ":")
    return [f"## {heading}", shown, "", *_table(["message", "expected", against, ADAPTER], cells)]
