"""What is wrong with a plan, all of it at once, with places and hints."""

from __future__ import annotations

import pytest

from pipeline.errors import BadInput
from pipeline.plan.document import parse_plan
from pipeline.plan.errors import PlanErrors, Problem

HEAD = "version: 1\nname: x\ntask: chat\n"
DATA = "dataset: {sources: [{path: data/a.csv}]}\n"

MANY = """\
version: 1
nam: x
task: clasification
dataset:
  sources:
    - data/x.csv
    - path: ../secret.csv
      split: trian
  columns: {input: text, completion: category}
  split: {validation: 0.6, test: 0.5}
training:
  lr: 3
  adapter: {r: 0, use_dora: maybe}
  num_train_epochs: true
  seed: 1
  seed: 2
evaluation:
  metrics: [acuracy]
  gates: {accuracy: better}
compute: {target: locl}
"""


def problems(text: str) -> list[Problem]:
    with pytest.raises(PlanErrors) as caught:
        parse_plan(text)
    return caught.value.problems


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_all_problems_at_once_in_the_order_of_lines() -> None:
    found = problems(MANY)
    assert [(problem.line, problem.column, problem.code, problem.field) for problem in found] == [
        (1, 1, "plan.missing", "name"),
        (2, 1, "plan.unknown_field", "nam"),
        (3, 1, "plan.choice", "task"),
        (6, 7, "plan.type", "dataset.sources[0]"),
        (7, 7, "plan.path_outside", "dataset.sources[1].path"),
        (8, 7, "plan.choice", "dataset.sources[1].split"),
        (9, 13, "plan.unknown_field", "dataset.columns.input"),
        (10, 3, "plan.split", "dataset.split"),
        (12, 3, "plan.unknown_field", "training.lr"),
        (13, 13, "plan.range", "training.adapter.r"),
        (13, 19, "plan.type", "training.adapter.use_dora"),
        (14, 3, "plan.type", "training.num_train_epochs"),
        (16, 3, "plan.duplicate_field", "training.seed"),
        (18, 13, "plan.metric", "evaluation.metrics[0]"),
        (19, 11, "plan.gate", "evaluation.gates.accuracy"),
        (19, 11, "plan.gate", "evaluation.gates.accuracy"),
        (20, 11, "plan.target", "compute.target"),
    ]
    assert all(problem.file == "plan.yaml" and problem.hint for problem in found)
    hints = {problem.field: problem.hint for problem in found}
    assert hints["task"] == "Did you mean `classification`?"
    assert hints["training.lr"] == "Did you mean `training.learning_rate`?"
    assert hints["dataset.columns.input"] == "Did you mean `dataset.columns.prompt`?"
    assert hints["dataset.sources[0]"] == "Write `{path: data/x.csv}`."


def test_errors_travel_as_json_and_end_with_two() -> None:
    with pytest.raises(BadInput) as caught:
        parse_plan(HEAD + DATA + "training: {adapter: {r: sixteen}}\n")
    error = caught.value
    assert error.exit_code == 2
    assert error.as_json()["code"] == "plan.type"
    assert error.message == (
        "plan.yaml:5:22: `training.adapter.r` is `sixteen`; "
        "it must be a whole number of at least 1 and at most 512 or `auto`."
    )
    assert error.details["problems"][0]["line"] == 5


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("name: x\n\ttask: chat\n", "plan.tab", (2, 1)),
        ("name: a: b\n", "plan.syntax", (1, 8)),
        ("goal: 'never closed\nname: x\n", "plan.syntax", (1, 7)),
        ("model: {base: pocket\nname: x\n", "plan.syntax", (1, 8)),
        ("model: {base: pocket, revision}\n" + HEAD + DATA, "plan.syntax", (1, 23)),
        ("goal: @home\n", "plan.syntax", (1, 7)),
        ("- a\n- b\n", "plan.not_a_mapping", (1, 1)),
        ("goal: &a x\nname: *a\n", "plan.anchor", (1, 7)),
        ("goal: !!python/object:os.system ls\n", "plan.tag", (1, 7)),
        ("name: x\n---\nname: y\n", "plan.documents", (2, 1)),
        ("a: " + "[" * 60, "plan.too_deep", (1, 16)),
        ("goal: \x07\n", "plan.character", (1, 7)),
        ("goal: " + "x" * 300_000, "plan.too_large", (1, 1)),
        ("version: 2\nname: x\nnew_field: 1\n", "plan.version_newer", (1, 1)),
        ("version: one\n" + HEAD.replace("version: 1\n", "") + DATA, "plan.version", (1, 1)),
        (HEAD + DATA.replace("data/a.csv", "/etc/passwd"), "plan.path_outside", (4, 22)),
        (HEAD + DATA.replace("data/a.csv", "C:\\data\\a.csv"), "plan.path_outside", (4, 22)),
        (HEAD + DATA.replace("data/a.csv", "data/../../a.csv"), "plan.path_outside", (4, 22)),
        (HEAD + DATA.replace("data/a.csv", "https://example.org/a.csv"), "plan.path", (4, 22)),
        (HEAD + DATA.replace("path: data/a.csv", "split: test"), "plan.source", (4, 21)),
        (HEAD.replace("x", "a b") + DATA, "plan.name", (2, 1)),
    ],
)
def test_each_problem_has_its_place(text: str, code: str, place: tuple[int, int]) -> None:
    problem = only(text)
    assert (problem.code, (problem.line, problem.column)) == (code, place)
    assert problem.message
    assert problem.hint


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert only("\n".join(lines)).code == "plan.anchor"


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("training: {learning_rate: 2e-4}", "training.learning_rate", 2e-4),
        ('training: {learning_rate: "1e-4"}', "training.learning_rate", 1e-4),
        ("dataset: {sources: [{path: data/a.csv}], checks: {duplicates: off}}", "dataset.checks.duplicates", "off"),
        (
            "dataset: {sources: [{path: data/a.csv}], checks: {languages: [no, en]}}",
            "dataset.checks.languages",
            ["no", "en"],
        ),
        (
            "dataset: {sources: [{path: data/a.csv}], labels: [yes, 1, 2.50, true]}",
            "dataset.labels",
            ["yes", "1", "2.50", "true"],
        ),
        ("model: {revision: 12e4567}", "model.revision", "12e4567"),
        ("model: {revision: 0042}", "model.revision", "0042"),
        ("training: {adapter: {use_dora: yes}}", "training.adapter.use_dora", True),
        ("training:\n  adapter:\n", "training.adapter.type", "lora"),
        ("goal:\n", "goal", ""),
        ("evaluation: {metrics: accuracy}", "evaluation.metrics", ["accuracy"]),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: str, field: str, value: object) -> None:
    found: object = parse_plan(HEAD + ("" if typed.startswith("dataset") else DATA) + typed).plan
    for name in field.split("."):
        found = getattr(found, name)
    assert found == value


def test_a_name_with_blanks_gets_a_suggestion() -> None:
    assert only("name: Müllers Laden!\ntask: chat\n" + DATA).hint == "For example `Mullers-Laden`."
