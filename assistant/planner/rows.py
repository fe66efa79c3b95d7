"""How many rows will be trained, and how long they are in the base's tokens. Reads files; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.planner.known_data import stamp
from assistant.planner.sources import PlannedSource
from pipeline.bases.base import Base
from pipeline.bases.encoding import ChatEncoder, Encoded
from pipeline.datasets.canonical import canonical_rows
from pipeline.datasets.edits import read_edited
from pipeline.datasets.facts import RowFacts, TokenLengths, token_lengths
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import sampled_indices
from pipeline.errors import BadInput
from pipeline.plan.model import Plan, Role, Split
from pipeline.training.estimate_memory import Load

DRAWN_ROWS = 300  # enough for a median and a 95th percentile; what runs later counts every row
LONGEST_ROWS = 60  # by their characters: among them are those with the most tokens
_REMEMBERED = 16
_MEASURED: dict[tuple[object, ...], RowMeasure] = {}


@dataclass(frozen=True)
class RowMeasure:
    """What is known of the rows before a version of them is built.

    Attributes:
        facts: for the choice of hyperparameters.
        tokens: average of a row, prompt and answer, for estimates.
    """

    facts: RowFacts
    tokens: float

    @property
    def load(self) -> Load:
        """For the estimator."""
        facts = self.facts
        longest = facts.prompt_tokens.max + facts.completion_tokens.max
        return Load(facts.train_rows, self.tokens, longest, facts.completion_tokens.max)


def measured_rows(
    sources: Sequence[PlannedSource], plan: Plan, base: Base, *, labels: int | None, project: Path | None
) -> RowMeasure:
    """As `measure_rows`, remembered while files, edits, columns, split, prompt and base's text rules are the same."""
    dataset = plan.dataset
    edits = _edits(plan, project)
    key = (
        tuple((*stamp(each.file), each.path, each.split) for each in sources),
        None if edits is None else stamp(edits),
        repr((dataset.columns, dataset.split, dataset.system_prompt)),
        base.folder,
        labels,
    )
    if key not in _MEASURED:
        while len(_MEASURED) >= _REMEMBERED:
            _MEASURED.pop(next(iter(_MEASURED)))
        _MEASURED[key] = measure_rows(sources, plan, base, labels=labels, project=project)
    return _MEASURED[key]


def _edits(plan: Plan, project: Path | None) -> Path | None:
    return None if plan.dataset.edits is None or project is None else project / plan.dataset.edits


def measure_rows(
    sources: Sequence[PlannedSource], plan: Plan, base: Base, *, labels: int | None, project: Path | None
) -> RowMeasure:
    """Counts rows, and tokens in a sample that holds the longest rows.

    Args:
        sources: with the split that each is, if it is one.
        plan: whose edits, columns, split and system prompt are used.
        base: whose tokenizer and template count.
        labels: classification: number of labels.
        project: that the plan's edits lie in.

    Raises:
        BadInput: a file that can't be read, a column that is not there, or a template that refuses the rows.
    """
    edited = read_edited([(each.path, each.file) for each in sources], _edits(plan, project))
    tables = [(one.table, each.split) for one, each in zip(edited, sources, strict=True)]
    encoder = ChatEncoder(base)
    drawn: list[Encoded] = []
    longest: list[Encoded] = []
    for table, _ in tables:
        indices = list(sampled_indices(len(table.rows), DRAWN_ROWS))
        drawn += _encoded(table, indices, encoder, plan)
        longest += _encoded(table, sorted(set(_longest(table, plan.dataset.columns)) - set(indices)), encoder, plan)
    facts = RowFacts(
        train_rows=_train_rows(tables, plan),
        labels=labels,
        prompt_tokens=_lengths([row.prompt_length for row in drawn], [row.prompt_length for row in longest]),
        completion_tokens=_lengths([_answer_length(row) for row in drawn], [_answer_length(row) for row in longest]),
    )
    return RowMeasure(facts, sum(len(row.input_ids) for row in drawn) / len(drawn) if drawn else 0.0)


def _encoded(table: Table, indices: Sequence[int], encoder: ChatEncoder, plan: Plan) -> list[Encoded]:
    rows, lines = [table.rows[index] for index in indices], [table.lines[index] for index in indices]
    part = Table(table.path, table.format, table.columns, rows, lines, table.encoding, bad=[])
    usable, _ = canonical_rows(part, plan.dataset.columns)
    if any(len(row.messages) < 2 for row in usable):
        text = f"Rows of {table.path.name} have an answer but no question: no run of this method starts with them."
        raise BadInput("data.no_prompt", text, "Map a column to `prompt`.", field="dataset.columns")
    return [encoder.encode(row.messages, plan.dataset.system_prompt) for row in usable]


def _answer_length(row: Encoded) -> int:
    return len(row.input_ids) - row.prompt_length


def _lengths(drawn: Sequence[int], longest: Sequence[int]) -> TokenLengths:
    """Middle and tail of what was drawn; the maximum of all."""
    return replace(token_lengths(drawn), max=max([*drawn, *longest], default=0))


def _longest(table: Table, columns: Mapping[Role, list[str]]) -> list[int]:
    """Rows with the most characters in the columns that are used."""
    names = {name for role_columns in columns.values() for name in role_columns}
    used = [position for position, name in enumerate(table.columns) if name in names]
    return sorted(range(len(table.rows)), key=lambda index: -_characters(table.rows[index], used))[:LONGEST_ROWS]


def _characters(row: Sequence[object], used: Iterable[int]) -> int:
    return sum(len(value) if isinstance(value, str) else len(str(value)) for value in (row[index] for index in used))


def _train_rows(tables: Sequence[tuple[Table, Split | None]], plan: Plan) -> int:
    """Rows for training: those of training files, and what the shares leave of the undivided ones."""
    own = {split for _, split in tables}
    share = 1.0 - sum(
        part
        for split, part in (("validation", plan.dataset.split.validation), ("test", plan.dataset.split.test))
        if split not in own
    )
    counts = [(len(table.rows), split) for table, split in tables]
    whole = sum(count for count, split in counts if split == "train")
    return max(1, whole + round(share * sum(count for count, split in counts if split is None)))
