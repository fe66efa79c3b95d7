"""The planner's process: what it says, what it survives, and that it ends with its client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.workbench.planner_client import PlannerClient
from app.workbench.tasks import Cancelled, Job
from assistant.planner.proposal import Proposal
from pipeline.errors import BadInput
from pipeline.processes.detached import module_environment, python_module
from tests.support.projects import make_tiny_project

pytestmark = pytest.mark.heavy
DEADLINE_S = 30
SENTENCE = "Sort our support messages into the right queue."


class Session:
    """A client that writes whatever it likes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            python_module("assistant"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **module_environment()},
            text=True,
        )

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, number: int, method: str, **params: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        message: dict[str, Any] = json.loads(self.process.stdout.readline())
        return message

    def answer(self, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The answer to a request, and what was said before it."""
        said = []
        while (message := self.read()).get("id") != number:
            said.append(message)
        return message, said

    def close(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self.process.stdout.close()
        return code


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    yield made
    made.close()


@pytest.fixture
def client() -> Iterator[PlannerClient]:
    made = PlannerClient()
    yield made
    made.close()


def test_a_sentence_becomes_a_plan_with_streamed_words(session: Session, tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    data = [str(project.path / "data" / "messages.csv")]
    session.ask(1, "plan", sentence=SENTENCE, data=data, project=str(project.path))
    message, said = session.answer(1)
    proposal = Proposal.model_validate(message["result"]["proposal"])
    assert proposal.plan is not None and proposal.plan.task == "classification"
    assert proposal.plan.dataset.columns == {"prompt": ["text"], "completion": ["queue"]}
    assert "".join(each["params"]["text"] for each in said if each["method"] == "text") == message["result"]["text"]
    assert any(each["method"] == "progress" and "messages.csv" in each["params"]["text"] for each in said)


def test_later_sentences_change_the_plan(session: Session, tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    data = [str(project.path / "data" / "messages.csv")]
    asked = {"data": data, "project": str(project.path), "history": [SENTENCE]}
    session.ask(1, "plan", sentence="Use 3 epochs.", **asked)
    session.ask(2, "plan", sentence="No, 7 epochs.", **asked | {"history": [SENTENCE, "Use 3 epochs."]})
    session.ask(3, "plan", sentence="Rank 16.", overrides=["training.learning_rate=0.0005"], **asked)
    plans = [session.answer(number)[0]["result"]["proposal"]["plan"] for number in (1, 2, 3)]
    assert [plan["training"]["num_train_epochs"] for plan in plans[:2]] == [3, 7]
    assert plans[2]["training"]["adapter"]["r"] == 16
    assert plans[2]["training"]["learning_rate"] == 0.0005  # changed by hand: stays
    assert {plan["goal"] for plan in plans} == {SENTENCE}


def test_a_plan_that_is_there_is_changed_not_replaced(session: Session, tmp_path: Path) -> None:
    from app.workbench.plan_thread import plain_values
    from tests.support.projects import tiny_plan

    project = make_tiny_project(tmp_path)
    plan = plain_values(tiny_plan())
    session.ask(1, "plan", sentence="Use 4 epochs.", project=str(project.path), plan=plan, current=plan)
    changed = session.answer(1)[0]["result"]
    assert changed["proposal"]["plan"]["training"]["num_train_epochs"] == 4
    assert changed["proposal"]["plan"]["dataset"]["system_prompt"] == "Answer with the queue only."
    assert changed["proposal"]["reasons"]["training.num_train_epochs"] == "You said “4 epochs”."
    assert changed["proposal"]["plan"]["training"]["adapter"]["target_modules"] == "all-linear"
    assert changed["is_new"] is False


def test_files_of_the_project_are_offered(session: Session, tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    (project.path / "data" / "other.csv").write_text("a,b\n1,2\n")
    session.ask(1, "plan", sentence=SENTENCE, project=str(project.path))
    question = session.answer(1)[0]["result"]["proposal"]["questions"][0]
    assert question["field"] == "dataset.sources"
    assert [choice["text"] for choice in question["choices"]] == ["data/messages.csv", "data/other.csv"]


def test_bad_lines_are_answered_and_survived(session: Session) -> None:
    session.write("{not json")
    assert session.read()["error"]["code"] == -32700
    session.write('["a list"]')
    assert session.read()["error"]["code"] == -32600
    session.ask(5, "dance")
    assert session.read() == {
        "jsonrpc": "2.0",
        "id": 5,
        "error": {"code": -32601, "message": "There is no method 'dance'."},
    }
    session.ask(6, "plan", sentence=17)
    assert session.answer(6)[0]["error"]["code"] == -32602
    session.ask(7, "plan", sentence=SENTENCE, data=["/nowhere/at-all.csv"])
    error = session.answer(7)[0]["error"]["data"]
    assert error["exit_code"] == 2 and "at-all.csv" in error["message"] and error["hint"]
    session.ask(8, "ping")
    assert session.answer(8)[0]["result"] == {"author": "BuiltInAuthor"}


def test_a_cancelled_turn_is_answered_at_once_and_only_once(session: Session, tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    session.ask(1, "plan", sentence=SENTENCE, project=str(project.path))
    session.write(json.dumps({"jsonrpc": "2.0", "method": "cancel", "params": {"id": 1}}))
    message, _said = session.answer(1)
    assert message["error"]["data"]["code"] == "assistant.cancelled"
    session.ask(2, "plan", sentence="What is LoRA?")
    answer, said = session.answer(2)
    assert "adapter" in answer["result"]["text"]
    assert not [each for each in said if each.get("id") == 1]


def test_it_ends_when_stdin_closes_even_in_the_middle(tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    made = Session()
    made.ask(1, "plan", sentence=SENTENCE, project=str(project.path))
    assert made.close() == 0


def test_it_ends_when_its_client_is_killed() -> None:
    script = (
        "import sys, time; from app.workbench.planner_client import PlannerClient; made = PlannerClient();"
        "made.ask('ping', {}); print(made.pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, **module_environment()}
    owner = subprocess.Popen([sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + DEADLINE_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


def test_the_client_starts_it_again_once_it_has_died(client: PlannerClient) -> None:
    client.ask("ping", {})
    first = client.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    result = client.ask("plan", {"sentence": "What is LoRA?"})
    assert result["text"] and client.pid not in (None, first) and client.starts == 2


def test_a_further_turn_is_quick(client: PlannerClient, tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path)
    asked = {"sentence": SENTENCE, "project": str(project.path)}
    client.ask("plan", asked)
    begun = time.monotonic()
    client.ask("plan", asked | {"sentence": "Use 5 epochs.", "history": [SENTENCE]})
    assert time.monotonic() - begun < 3


def test_errors_keep_their_kind_and_cancelling_stops_the_wait(client: PlannerClient) -> None:
    with pytest.raises(BadInput) as caught:
        client.ask("plan", {"sentence": SENTENCE, "data": ["/nowhere.csv"]})
    assert caught.value.code and "/nowhere.csv" in caught.value.message
    job = Job("asking")
    job.cancel()
    with pytest.raises(Cancelled):
        client.ask("plan", {"sentence": SENTENCE}, job=job)
    client.close()
    assert client.pid is None
