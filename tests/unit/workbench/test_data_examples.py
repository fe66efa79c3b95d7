"""Examples typed or pasted: what is read out of a pasted text, where it goes, and what the meter says."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.data_examples import Example, Examples, coverage, parse_pasted
from app.workbench.data_steps import LineSteps
from app.workbench.project import create_project
from pipeline.datasets.readers.read import read_table
from pipeline.errors import BadInput
from pipeline.runs.layout import ProjectFolder

TWO = [Example("I can't log in", "login"), Example("Where is it, my parcel", "delivery")]


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return create_project(tmp_path / "project")


@pytest.fixture
def examples(project: ProjectFolder) -> Examples:
    return opened(project)


def opened(project: ProjectFolder) -> Examples:
    steps = LineSteps()
    steps.open(project)
    return Examples(project, steps)


@pytest.mark.parametrize(
    "text",
    [
        "I can't log in\tlogin\nWhere is it, my parcel\tdelivery\n",
        "prompt\tcompletion\nI can't log in\tlogin\nWhere is it, my parcel\tdelivery",
        "I can't log in → login\n\nWhere is it, my parcel → delivery",
        "I can't log in => login\nWhere is it, my parcel => delivery",
        'I can\'t log in,login\n"Where is it, my parcel",delivery',
        'text,label\nI can\'t log in,login\n"Where is it, my parcel",delivery',
        '{"prompt": "I can\'t log in", "completion": "login"}\n'
        '{"input": "Where is it, my parcel", "output": "delivery"}',
    ],
)
def test_rows_are_read_out_of_what_is_pasted(text: str) -> None:
    assert parse_pasted(text) == TWO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One message, with a comma",
        "A message\nof two lines",
        "A → b\nbut this line has no answer",
        '{"prompt": "no answer"}',
        '{"a": 1}\n{"b": 2}',
        'an "open quote, and\nmore, of it',
        "a,b,c\nd,e,f",
    ],
)
def test_a_text_that_is_no_table_stays_a_text(text: str) -> None:
    assert parse_pasted(text) == []


def test_an_arrow_in_the_question_belongs_to_it() -> None:
    assert parse_pasted("A → B → yes") == [Example("A → B", "yes")]


def test_examples_are_a_file_that_the_import_reads(examples: Examples) -> None:
    examples.add(TWO)
    examples.add([Example('With "quotes", commas\nand two lines', "bug")])
    table = read_table(examples.path)
    assert table.columns == ["prompt", "completion"]
    assert table.rows[2] == ('With "quotes", commas\nand two lines', "bug")
    assert examples.rows[:2] == tuple(TWO)


def test_an_addition_is_one_step_also_after_a_restart(examples: Examples, project: ProjectFolder) -> None:
    examples.add(TWO[:1])
    examples.add(TWO)
    steps = LineSteps()
    steps.open(project)
    again = Examples(project, steps)
    assert list(again.rows) == [TWO[0], *TWO]
    steps.undo()
    assert list(again.rows) == TWO[:1]
    steps.undo()
    assert list(again.rows) == []
    steps.redo()
    assert list(again.rows) == TWO[:1]


def test_rows_that_somebody_typed_into_the_file_stay(examples: Examples) -> None:
    examples.path.parent.mkdir(exist_ok=True)
    examples.path.write_text("prompt,completion\nBy hand,yes")
    examples.refresh()
    examples.add(TWO[:1])
    assert examples.rows == (Example("By hand", "yes"), TWO[0])


def test_a_file_with_other_columns_is_left_alone(examples: Examples) -> None:
    examples.path.parent.mkdir(exist_ok=True)
    examples.path.write_text("question,reply\na,b\n")
    examples.refresh()
    with pytest.raises(BadInput) as error:
        examples.add(TWO)
    assert error.value.code == "data.other_columns"
    assert examples.path.read_text() == "question,reply\na,b\n"


def test_nothing_is_added_for_nothing(examples: Examples) -> None:
    assert examples.add([]) is None
    assert not examples.path.exists()


def of(**counts: int) -> list[Example]:
    return [Example(f"text {number} of {label}", label) for label, count in counts.items() for number in range(count)]


def test_labels_are_counted_with_what_is_missing() -> None:
    found = coverage(of(money=25, goods=12, other=3))
    assert found.is_labels
    assert [(line.name, line.count, line.missing) for line in found.lines] == [
        ("money", 25, 0),
        ("goods", 12, 8),
        ("other", 3, 17),
    ]
    assert found.missing == 60, "a hundred in all is more than what the labels lack"
    assert "too few to be learned" in found.lines[2].sentence
    assert "About 20 of each label" in found.source


def test_the_labels_decide_where_they_lack_more() -> None:
    assert coverage(of(**{f"label{number}": 9 for number in range(12)})).missing == 12 * 11


def test_answers_in_full_are_counted_together() -> None:
    rows = [Example(f"question {number}", f"An answer of its own, number {number}, in full") for number in range(30)]
    found = coverage(rows)
    assert not found.is_labels
    assert [(line.name, line.missing) for line in found.lines] == [("examples", 70)]
    assert "arXiv 2305.11206" in found.source


def test_spellings_of_a_label_count_once() -> None:
    assert len(coverage([*of(money=3), *of(Money=2)]).lines) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (of(), "Nothing yet"),
        (of(money=30), "at least one other"),
        (of(money=30, goods=30), "tells ± 40 points"),
        (of(money=600, goods=600), "enough to tell a difference of 10 points"),
    ],
)
def test_the_sentence_says_what_to_do_next(rows: list[Example], said: str) -> None:
    assert said in coverage(rows).sentence
