import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.bases.base import find_base
from pipeline.datasets.row import Message, Row, identity
from pipeline.datasets.versions.version import Counts, DatasetManifest, Report, write_version
from pipeline.errors import BadInput, Failed
from pipeline.evaluation.command import main
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.verdict import Verdict, read_verdict
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan, Split
from pipeline.providers.endpoint import Endpoint
from pipeline.runs.events import Failure, Finished, Progress, read_events
from pipeline.runs.layout import RunFolder
from pipeline.runs.manifest import AdapterManifest, BaseReference, write_manifest
from pipeline.runs.request import DatasetReference, RunRequest, write_request
from tests.support.scripted_endpoint import ScriptedEndpoint, running
from tests.support.tiny_model import make_tiny_base

QUEUES = {"billing": "charged card money", "delivery": "parcel late post", "refund request": "money back returned"}


def queue_of(message: str) -> str:
    return next((queue for queue, words in QUEUES.items() if words in message), "billing")


def half_right(message: str) -> str:
    return queue_of(message) if int(message.rsplit(maxsplit=1)[-1]) % 2 else "delivery"


def tickets(start: int, stop: int) -> list[tuple[str, str]]:
    queues = list(QUEUES)
    return [(f"{QUEUES[queues[n % 3]]} {n}", queues[n % 3]) for n in range(start, stop)]


def rows_of(pairs: Sequence[tuple[str, str]], *, with_label: bool) -> list[Row]:
    rows = []
    for number, (message, answer) in enumerate(pairs):
        messages: list[Message] = [{"role": "user", "content": message}, {"role": "assistant", "content": answer}]
        row = identity(messages)
        rows.append(Row(row, messages, answer if with_label else None, row, f"data.csv:{number}"))
    return rows


def make_run(folder: Path, base: Path, pairs: dict[Split, list[tuple[str, str]]], **plan: object) -> RunFolder:
    """A finished run without an adapter's weights: the endpoint answers for those."""
    run = RunFolder(folder / "runs" / "20260101-000000-desk-0001")
    task = str(plan.get("task", "classification"))
    placed = [
        (split, row) for split, rows in pairs.items() for row in rows_of(rows, with_label=task == "classification")
    ]
    labels = list(QUEUES) if task == "classification" else None
    manifest = DatasetManifest(
        name="desk", id="0" * 12, task=task, created="", sources=[], columns={}, spec={}, counts=Counts(), labels=labels
    )
    run.dataset.mkdir(parents=True)
    write_version(run.dataset, manifest, placed, [], Report())
    content = {
        "name": "desk",
        "task": task,
        "dataset": {"sources": [{"path": "data.csv"}]},
        "model": {"base": str(base)},
    }
    new_document(Plan.model_validate(content | plan)).save(run.plan)
    run.adapter.mkdir()
    manifest_of_adapter = AdapterManifest(
        name="desk",
        base=BaseReference(id="tiny", sha256=find_base(str(base)).sha256),
        task=task,
        r=8,
        lora_alpha=16,
        system_prompt="Sort.",
        labels=labels,
        max_tokens=64,
    )
    write_manifest(run.adapter, manifest_of_adapter)
    request = RunRequest(
        created="",
        dataset=DatasetReference(name="desk", version="0" * 12),
        base=manifest_of_adapter.base,
        base_folder=str(base),
    )
    write_request(run, request)
    return run


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def served(base: Path) -> Iterator[ScriptedEndpoint]:
    with running(ScriptedEndpoint(base, {"tiny": half_right, "desk": queue_of})) as endpoint:
        yield endpoint


@pytest.fixture
def run(tmp_path: Path, base: Path) -> RunFolder:
    splits: dict[Split, list[tuple[str, str]]] = {
        "train": tickets(0, 30),
        "validation": tickets(30, 40),
        "test": tickets(40, 100),
    }
    return make_run(tmp_path, base, splits)


def measured(run: RunFolder, served: ScriptedEndpoint, adapter: str = "desk") -> Verdict:
    return evaluate(run, Endpoint(served.url, adapter), adapter_model=adapter, base_model="tiny")


def test_an_adapter_that_learned_is_better_and_everything_is_written(run: RunFolder, served: ScriptedEndpoint) -> None:
    seen: list[Progress] = []
    verdict = evaluate(
        run, Endpoint(served.url, "desk"), adapter_model="desk", base_model="tiny", on_progress=seen.append
    )
    assert (verdict.n, verdict.outcome) == (60, "better")
    assert verdict.metrics["adapter"] == {"accuracy": 1, "macro_f1": 1, "invalid": 0}
    assert 0.5 <= verdict.metrics["base"]["accuracy"] <= 0.8
    assert list(verdict.metrics) == ["adapter", "base", "base+prompt", "majority", "linear (TF-IDF)"]
    assert verdict.difference is not None
    assert verdict.difference.against == "base+prompt"
    assert verdict.difference.low > 0
    assert read_verdict(run.verdict) == verdict
    assert (run.evaluation / "report.md").read_text().startswith("# Verdict of 20260101")
    names = {path.name for path in run.evaluation.glob("*.jsonl")} - {"events.jsonl"}
    assert names == {"adapter.jsonl", "base.jsonl", "base-prompt.jsonl", "majority.jsonl", "linear-tf-idf.jsonl"}
    lines = [json.loads(line) for line in (run.evaluation / "base.jsonl").read_text().splitlines()[1:]]
    assert len(lines) == 60
    assert all(line["logprob"] < 0 for line in lines)
    assert sum(line["correct"] for line in lines) / 60 == pytest.approx(verdict.metrics["base"]["accuracy"])
    assert isinstance(read_events(run.evaluation / "events.jsonl")[-1], Finished)
    assert (seen[-1].done, seen[-1].total) == (3 * 60 + 3 * 10, 3 * 60 + 3 * 10)


def test_the_adapter_is_asked_as_its_users_ask_it(run: RunFolder, served: ScriptedEndpoint) -> None:
    measured(run, served)
    chats = [body for body in served.requests if "messages" in body]
    assert len(chats) == 60
    assert {body["model"] for body in chats} == {"desk"}
    assert chats[0]["messages"][0] == {"role": "system", "content": "Sort."}
    assert (chats[0]["max_tokens"], chats[0]["temperature"]) == (64, 0)
    assert chats[0]["stop_token_ids"]


def test_what_was_heard_before_a_failure_is_not_asked_again(run: RunFolder, served: ScriptedEndpoint) -> None:
    served.fails_after = 100
    with pytest.raises(Failed) as failure:
        measured(run, served)
    assert failure.value.code == "endpoint.failed"
    assert isinstance(read_events(run.evaluation / "events.jsonl")[-1], Failure)
    assert not run.verdict.exists()
    served.fails_after = None
    verdict = measured(run, served)
    assert len([body for body in served.requests if "messages" in body]) == 60
    again = len(served.requests)
    assert measured(run, served).metrics == verdict.metrics
    assert len(served.requests) == again


def test_another_adapter_in_the_same_folder_is_asked_afresh(run: RunFolder, served: ScriptedEndpoint) -> None:
    measured(run, served)
    manifest = json.loads((run.adapter / "manifest.json").read_text())
    (run.adapter / "manifest.json").write_text(json.dumps(manifest | {"adapter_sha256": "b" * 64}))
    before = len(served.requests)
    measured(run, served)
    assert len(served.requests) - before == 60


def test_an_adapter_that_babbles_is_worse_and_its_answers_are_counted(run: RunFolder, base: Path) -> None:
    with running(ScriptedEndpoint(base, {"tiny": queue_of, "desk": lambda _message: "Bill"})) as served:
        verdict = measured(run, served)
    assert verdict.outcome == "worse"
    assert verdict.metrics["adapter"]["invalid"] == 1
    assert "60 answers of the adapter's 60 are outside the label list." in verdict.text


def test_the_prompt_is_chosen_on_validation_rows_and_said(run: RunFolder, served: ScriptedEndpoint) -> None:
    verdict = measured(run, served)
    assert verdict.prompt is not None
    assert set(verdict.prompt.validation) == {"instruction", "examples", "turns"}
    assert verdict.prompt.validation_rows == 10
    assert verdict.prompt.style == "instruction"  # the scripted base does the same with all three


def test_gates_and_unknown_metrics_of_the_plan(tmp_path: Path, base: Path, served: ScriptedEndpoint) -> None:
    splits: dict[Split, list[tuple[str, str]]] = {"train": tickets(0, 9), "validation": [], "test": tickets(9, 60)}
    evaluation = {
        "metrics": ["macro_f1", "accuracy", "win_rate"],
        "baselines": ["base"],
        "gates": {"accuracy": "> base", "macro_f1": ">= 1.01"},
    }
    verdict = measured(make_run(tmp_path, base, splits, evaluation=evaluation), served)
    assert [gate.passed for gate in verdict.gates] == [True, False]
    assert verdict.differences[0].metric == "macro_f1"
    assert any("win_rate" in note for note in verdict.notes)
    assert verdict.prompt is None
    assert "base+prompt" not in verdict.metrics


def test_text_tasks_are_measured_by_their_wording(tmp_path: Path, base: Path) -> None:
    pairs = [(f"parcel {n}", f"Hello, your parcel {n} is late.") for n in range(60)]
    splits: dict[Split, list[tuple[str, str]]] = {"train": pairs[:20], "validation": pairs[20:24], "test": pairs[24:]}
    rules = {"tiny": lambda message: message, "desk": lambda message: f"Hello, your {message} is late."}
    run = make_run(tmp_path, base, splits, task="rewriting", goal="Reply in our tone.")
    with running(ScriptedEndpoint(base, rules)) as served:
        verdict = measured(run, served)
    assert verdict.outcome == "better"
    assert verdict.metrics["adapter"] == {"rouge_l": 1, "exact_match": 1, "exact_match_strict": 1}
    assert list(verdict.metrics) == ["adapter", "base", "base+prompt"]
    assert 0 < verdict.metrics["base"]["rouge_l"] < 1


def test_rows_longer_than_the_context_are_left_out(tmp_path: Path, base: Path, served: ScriptedEndpoint) -> None:
    test = [*tickets(40, 70), ("x y " * 1500, "billing")]
    splits: dict[Split, list[tuple[str, str]]] = {"train": tickets(0, 9), "validation": [], "test": test}
    verdict = measured(make_run(tmp_path, base, splits), served)
    assert (verdict.n, verdict.left_out) == (30, 1)
    assert "1 test row is longer than the base's context" in verdict.text


def test_nothing_to_measure_is_refused_with_what_to_do(tmp_path: Path, base: Path, served: ScriptedEndpoint) -> None:
    run = make_run(tmp_path, base, {"train": tickets(0, 9), "validation": [], "test": []})
    with pytest.raises(BadInput) as refusal:
        measured(run, served)
    assert refusal.value.code == "evaluation.no_test_rows"
    assert "split" in refusal.value.hint


def test_models_that_are_not_served_are_named(run: RunFolder, served: ScriptedEndpoint) -> None:
    with pytest.raises(BadInput, match="doesn't serve other; it serves tiny, desk"):
        measured(run, served, adapter="other")


def test_an_adapter_of_another_base_is_refused(run: RunFolder, served: ScriptedEndpoint) -> None:
    manifest = json.loads((run.adapter / "manifest.json").read_text())
    manifest["base"]["sha256"] = "f" * 64
    (run.adapter / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput) as refusal:
        measured(run, served)
    assert refusal.value.code == "evaluation.other_base"


def test_the_command_prints_the_verdict_or_the_error(
    run: RunFolder, served: ScriptedEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(run.path), "--endpoint", served.url, "--model", "desk", "--base-model", "tiny"]
    assert main([*command, "--json"]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["outcome"] == "better"
    assert re.search(r"\d+ of 210 answers", output.err)
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("Better: ")
    assert main(["nowhere", *command[1:], "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "run.not_found"
