import json
from pathlib import Path

from pipeline.evaluation.answers.predictions import Prediction, Predictions


def prediction(row: str) -> Prediction:
    return Prediction(row=row, answer="Billing", expected="Returns", correct=False, logprob=-1.5)


def test_answers_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "validation" / "base.jsonl"
    with Predictions(path, "base", {"prompt": "a"}) as predictions:
        predictions.add(prediction("r1"))
    with Predictions(path, "base", {"prompt": "a"}) as predictions:
        assert predictions.done == {"r1": prediction("r1")}
        predictions.add(prediction("r2"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["model"] == "base"
    assert [line["row"] for line in lines[1:]] == ["r1", "r2"]


def test_lines_that_are_torn_or_garbage_are_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "base.jsonl"
    with Predictions(path, "base", {}) as predictions:
        predictions.add(prediction("r1"))
    with path.open("ab") as file:
        file.write(b'null\n\xff\n{"row": "r3"}\n{"row": "r2", "ans')
    with Predictions(path, "base", {}) as predictions:
        assert list(predictions.done) == ["r1"]
        predictions.add(prediction("r2"))
    assert len(path.read_text().splitlines()) == 3


def test_answers_to_another_question_are_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "base.jsonl"
    with Predictions(path, "base", {"prompt": "a"}) as predictions:
        predictions.add(prediction("r1"))
    with Predictions(path, "base", {"prompt": "b"}) as predictions:
        assert predictions.done == {}
