"""Examples typed or pasted by hand: rows of a table of their own, and how far they cover what is to be learned."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from pipeline.datasets.cell import label_key
from pipeline.datasets.checks.texts import RARE
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from app.workbench.data_steps import LineStep, LineSteps
    from pipeline.runs.layout import ProjectFolder

COLUMNS = ("prompt", "completion")
PER_LABEL = 20  # source: resources/knowledge/answers.yaml, rows: 20 or more of each label
WORTH_A_TRY = 100  # source: resources/knowledge/answers.yaml, rows; OpenAI's guide sees improvements from 50 to 100
TEST_ROWS = 100  # source: 1.96 * sqrt(0.25 / 100) = 0.098: an accuracy is known to about 10 points either way
TEST_SHARE = 0.1  # source: SplitSpec.test
_LABEL_WORDS = 4
_MARKS = ("\t", " → ", " -> ", " => ", "→", "=>", " | ")  # what parts a prompt from its answer in a pasted line
_PROMPTS = ("prompt", "input", "question", "text", "instruction", "message")
_ANSWERS = ("completion", "output", "answer", "response", "label")


@dataclass(frozen=True)
class Example:
    """A question and the answer that is wanted."""

    prompt: str
    completion: str


@dataclass(frozen=True)
class CoverageLine:
    """Examples of one label, or of all answers."""

    name: str
    count: int
    wanted: int

    @property
    def missing(self) -> int:
        """About how many more are needed."""
        return max(0, self.wanted - self.count)

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.missing:
            return f"{self.count:,}, enough for a first try"
        few = ", too few to be learned or measured" if self.count < RARE else ""
        return f"{self.count:,} of about {self.wanted:,}{few}"


@dataclass(frozen=True)
class Coverage:
    """What is covered.

    Args:
        is_labels: whether the answers are labels: few different ones, each a few words.
        source: where the numbers come from.
    """

    lines: tuple[CoverageLine, ...]
    total: int
    is_labels: bool
    source: str

    @property
    def missing(self) -> int:
        """About how many more are needed for a first try."""
        by_label = sum(line.missing for line in self.lines)
        return max(by_label, WORTH_A_TRY - self.total, 0)

    @property
    def sentence(self) -> str:
        """What to do next, in words."""
        if not self.total:
            return f"Nothing yet. About {WORTH_A_TRY} examples are worth a first try."
        if self.is_labels and len(self.lines) < 2:
            return "All have the same label so far: add examples of at least one other."
        more = f"About {self.missing:,} more for a first try." if self.missing else "Enough for a first try."
        return f"{more} {self._test_sentence}"

    @property
    def _test_sentence(self) -> str:
        tested = round(self.total * TEST_SHARE)
        if tested >= TEST_ROWS:
            return f"{tested:,} of them are kept for the test: enough to tell a difference of 10 points."
        wide = round(100 * 1.96 * math.sqrt(0.25 / max(1, tested)))
        needed = round(TEST_ROWS / TEST_SHARE)
        told = f"± {wide} points" if wide < 50 else "nothing certain"  # half of all there is
        return f"A test on {max(1, tested):,} of them tells {told}; ± 10 points need about {needed:,} rows."


class Examples:
    """The examples of a project, in data/examples.csv; every addition is one step that can be undone."""

    changed = Signal()

    def __init__(self, project: ProjectFolder, steps: LineSteps) -> None:
        self._project, self._steps = project, steps
        self.path = project.path / "data" / "examples.csv"
        self.rows: tuple[Example, ...] = ()
        self.error: BadInput | None = None
        steps.changed.connect(self._step_done)
        self.refresh()

    def refresh(self) -> None:
        """Reads the file again."""
        self.error = None
        try:
            self.rows = tuple(read_examples(self.path))
        except BadInput as error:
            self.rows, self.error = (), error
        self.changed.emit()

    def add(self, examples: Sequence[Example]) -> LineStep | None:
        """Adds rows; None where there is nothing to add.

        Raises:
            BadInput: the file has other columns, so nothing is added to it.
        """
        if self.error is not None:
            raise self.error
        if not examples:
            return None
        count = len(examples)
        title = f"Added {count:,} examples" if count > 1 else f"Added the example “{examples[0].prompt[:40]}”"
        return self._steps.add(self.path, self._head() + _csv(examples), title)

    def _head(self) -> str:
        """What has to stand before new rows: the names of the columns in a new file, the end of a last line."""
        content = self.path.read_bytes() if self.path.is_file() else b""
        if not content.strip():
            return ",".join(COLUMNS) + "\n"
        return "" if content.endswith(b"\n") else "\n"

    def _step_done(self, file: str) -> None:
        if self._project.path / file == self.path:
            self.refresh()


def read_examples(path: Path) -> list[Example]:
    """The rows of an examples file; none where it isn't there.

    Raises:
        BadInput: `data.other_columns`, `data.unreadable`.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("data.unreadable", f"{path.name} can't be read: {error}", "Save it as UTF-8.") from error
    head, *rows = [*csv.reader(io.StringIO(text, newline=""))] or [list(COLUMNS)]
    if tuple(head[:2]) != COLUMNS:
        message = f"{path.name} has the columns {', '.join(head)}, and not prompt and completion."
        raise BadInput("data.other_columns", message, "Rename the file, then type examples into a new one.")
    return [Example(row[0], row[1]) for row in rows if len(row) > 1 and any(row)]


def parse_pasted(text: str) -> list[Example]:
    """Rows in a pasted text: two columns of a spreadsheet or of CSV, JSON lines, or `question → answer`.

    Returns:
        Nothing where not every line has both sides: then it is one text.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    return _json(lines) or _marked(lines) or _table(text)


def coverage(examples: Sequence[Example]) -> Coverage:
    """What the examples cover, and about how many more are needed."""
    answers = [each.completion.strip() for each in examples if each.completion.strip()]
    if not _are_labels(answers):
        source = "From about 100 examples on it is worth a try (LIMA, arXiv 2305.11206; OpenAI's guide: 50 to 100)."
        line = CoverageLine("examples", len(answers), WORTH_A_TRY)
        return Coverage((line,) if answers else (), len(answers), is_labels=False, source=source)
    counts = Counter(map(label_key, answers))
    spelled = {label_key(answer): answer for answer in reversed(answers)}
    lines = tuple(CoverageLine(spelled[key], count, PER_LABEL) for key, count in counts.most_common())
    source = f"About {PER_LABEL} of each label; below {RARE} a label is hardly learned, and the checks say so."
    return Coverage(lines, len(answers), is_labels=True, source=source)


def _are_labels(answers: Sequence[str]) -> bool:
    """Whether answers are few and short; the first few of a kind that isn't known yet may be either."""
    different = {label_key(answer) for answer in answers}
    is_short = bool(answers) and all(len(answer.split()) <= _LABEL_WORDS for answer in answers)
    return is_short and len(different) <= max(3, len(answers) // 2)


def _csv(examples: Iterable[Example]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows((each.prompt, each.completion) for each in examples)
    return out.getvalue()


def _json(lines: Sequence[str]) -> list[Example]:
    found = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            return []
        prompt, answer = (_first(value, names) for names in (_PROMPTS, _ANSWERS))
        if not prompt or not answer:
            return []
        found.append(Example(prompt, answer))
    return found


def _first(value: object, names: Sequence[str]) -> str:
    if not isinstance(value, dict):
        return ""
    return next((text for name in names if isinstance(text := value.get(name), str)), "")


def _marked(lines: Sequence[str]) -> list[Example]:
    for mark in _MARKS:
        sides = [line.rpartition(mark)[::2] for line in lines]
        if all(prompt.strip() and answer.strip() for prompt, answer in sides):
            return _without_head([Example(prompt.strip(), answer.strip()) for prompt, answer in sides])
    return []


def _table(text: str) -> list[Example]:
    """Two columns of CSV; a single line, or one with a blank behind its comma, is more likely a sentence."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text.strip(), newline=""), strict=True) if row]
    except csv.Error:
        return []
    is_table = len(rows) > 1 and all(len(row) == 2 and row[0].strip() and row[1].strip() for row in rows)
    is_table = is_table and not any(row[1].startswith(" ") for row in rows)
    return _without_head([Example(row[0].strip(), row[1].strip()) for row in rows]) if is_table else []


def _without_head(examples: list[Example]) -> list[Example]:
    """Without the names of the columns, where those were pasted, too."""
    first = examples[0]
    is_head = first.prompt.lower() in _PROMPTS and (first.completion.lower() in _ANSWERS or len(examples) > 1)
    return examples[1:] if is_head else examples
