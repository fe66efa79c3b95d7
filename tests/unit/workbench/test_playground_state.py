"""The playground without its face: who is asked, blind rounds, votes, history, code."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from app.workbench.adapter_store import AdapterRow, AdapterStore
from app.workbench.asking import Answers, Cancel, ColumnAnswer, OnAnswers, OnEnd, Question
from app.workbench.client_code import LANGUAGES, Request, client_code
from app.workbench.playground_round import asked, new_round, possible_columns, usual_columns, usual_pair
from app.workbench.playground_state import PlaygroundState
from app.workbench.server_store import ServerStore
from app.workbench.tasks import InlineTasks
from app.workbench.votes import TIE, Vote, append_vote, count, read_votes
from pipeline.errors import Failed
from pipeline.jobs.registry import register_run
from pipeline.runs.layout import ProjectFolder
from tests.support.runs import finished_run, project_in
from tests.support.small_engine import running_engine


class Prompter:
    """An asker that answers when the test says so."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self.is_cancelled = False

    def ask(self, question: Question, on_answers: OnAnswers, on_end: OnEnd) -> Cancel:
        self.question, self._on_answers, self._on_end = question, on_answers, on_end
        return self._cancel

    def say(self, *texts: str, is_done: bool = False) -> None:
        seconds = 1.0 if is_done else None
        answers: Answers = tuple(ColumnAnswer(text, 0.1, seconds, len(text.split())) for text in texts)
        self._on_answers(answers)
        if is_done:
            self._on_end(None)

    def fail(self) -> None:
        self._on_end(Failed("endpoint.unreachable", "The server is gone.", "Start it."))

    def _cancel(self) -> None:
        self.is_cancelled = True


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    made = project_in(tmp_path_factory.mktemp("playground"))
    for name, seed in (("20260101-100000-queues-aaaa", 1), ("20260102-100000-queues-bbbb", 2)):
        register_run(made, finished_run(made, name, seed=seed))
    return made


@pytest.fixture
def prompter() -> Prompter:
    return Prompter()


@pytest.fixture
def state(project: ProjectFolder, prompter: Prompter) -> PlaygroundState:
    for name in ("votes.jsonl", "prompts.jsonl"):
        (project.state / name).unlink(missing_ok=True)
    adapters, server = AdapterStore(InlineTasks()), ServerStore(InlineTasks())
    made = PlaygroundState(InlineTasks(), adapters, server)
    made.asker = prompter
    adapters.open(project)
    server.open(project)
    made.open(project)
    made.stores = (adapters, server)  # type: ignore[attr-defined]  # kept alive: signals hold them weakly
    return made


def test_a_stopped_server_is_the_reason_why_nothing_is_asked(state: PlaygroundState, prompter: Prompter) -> None:
    state.set(prompt="hello")
    assert state.why_not_run == "The server is stopped."
    state.run()
    assert prompter.question is None
    assert state.round is None


def test_a_whole_round(state: PlaygroundState, prompter: Prompter, project: ProjectFolder) -> None:
    with running_engine(project, ["queues@v1", "queues@v2"]):
        state._server.refresh()
        assert [column.id for column in state.columns] == ["base", "base+prompt", "queues@v1", "queues@v2"]
        assert state.why_not_run == "There is no message yet."
        state.set(prompt="  where is my parcel ", temperature=0.7, seed=42, max_tokens=16)
        state.run()
        question = prompter.question
        assert question is not None
        assert (question.message, question.temperature, question.seed) == ("where is my parcel", 0.7, 42)
        assert {column.max_tokens for column in question.columns} == {16}
        assert state.why_not_run == "The answers to the last message are still coming."
        assert state.why_not_vote == "Voting opens when all have finished."
        count = len(question.columns)
        prompter.say(*["one"] * count)
        assert state.round is not None
        assert [answer.text for answer in state.round.answers] == ["one"] * count
        prompter.say(*["one two"] * count, is_done=True)
        assert state.state == "done"
        state.vote(1)
        assert state.round.vote_sentence == f"You chose {state.round.columns[1].id}"
        assert (state.votes.tally.blind, state.votes.tally.open) == (0, 1)
        assert state.history.prompts == ("where is my parcel",)
        state.next_round()
        assert state.prompt == ""
        assert state.why_not_vote == "Nothing has been asked yet."


def test_blind_columns_have_letters_until_the_vote(
    state: PlaygroundState, prompter: Prompter, project: ProjectFolder
) -> None:
    with running_engine(project, ["queues@v1", "queues@v2"]):
        state._server.refresh()
        state.set_blind(True)
        state.set(prompt="hello")
        state.run()
        assert state.round is not None
        assert state.round.name(0) == "A"
        assert state.pair() == (0, 1), "the usual pair would tell which column is whose"
        assert {column.id for column in state.round.columns} == {column.id for column in state.columns}
        prompter.say(*["x"] * len(state.round.columns), is_done=True)
        first = state.round.columns[0]
        state.vote(0)
        assert state.round.name(0) == first.title
        assert state.round.vote_sentence == f"You chose A: {first.id}"
        state.vote(TIE)
        assert (state.votes.tally.blind, state.votes.tally.ties, state.rounds_done) == (1, 1, 1)


def test_stopped_answers_stay_and_are_marked(
    state: PlaygroundState, prompter: Prompter, project: ProjectFolder
) -> None:
    with running_engine(project, ["queues@v1", "queues@v2"]):
        state._server.refresh()
        state.set(prompt="hello")
        state.run()
        assert state.round is not None
        prompter.say(*["half an"] * len(state.round.columns))
        state.stop()
        assert prompter.is_cancelled
        assert all(answer.was_stopped and answer.text == "half an" for answer in state.round.answers)
        prompter.fail()
        assert state.state == "done"


def test_a_server_that_goes_away_is_told_in_the_round(
    state: PlaygroundState, prompter: Prompter, project: ProjectFolder
) -> None:
    with running_engine(project, ["queues@v1", "queues@v2"]):
        state._server.refresh()
        state.set(prompt="hello")
        state.run()
        prompter.fail()
    assert state.error is not None
    assert state.error.message == "The server is gone."
    state._server.refresh()
    assert state.why_not_run == "The server is stopped."


def test_an_adapter_that_the_server_never_lists_is_loaded_once_and_asked(
    state: PlaygroundState, prompter: Prompter, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    monkeypatch.setattr(state._server, "load", loads.append)
    with running_engine(project, ["queues@v1"]):
        state._server.refresh()
        state.set(prompt="hello")
        state.run()
        assert state.state == "loading"
        for _ in range(3):
            state._server.changed.emit()
    assert loads == ["queues@v2"]
    assert prompter.question is not None, "the engine's own answer says what is wrong"
    assert "queues@v2" in {column.model for column in prompter.question.columns}


def test_columns_are_chosen_added_replaced_and_at_most_four(state: PlaygroundState) -> None:
    state.choose("base", "queues@v1")
    state.add("queues@v2")
    assert [column.id for column in state.columns] == ["base", "queues@v1", "queues@v2"]
    state.remove("base")
    state.replace("queues@v1", "base")
    assert [column.id for column in state.columns] == ["base", "queues@v2"]
    state.choose("base", "base", "queues@v1", "queues@v2", "gone@v1", "gone@v2")
    assert [column.id for column in state.columns] == ["base", "queues@v1", "queues@v2"]


def row(address: str, *aliases: str, created: str = "1") -> AdapterRow:
    name, _, version = address.partition("@v")
    return AdapterRow(
        name,
        int(version),
        address,
        Path(),
        aliases,
        base="pocket",
        created=created,
        system_prompt="Be short.",
        base_prompt="Be short.",
        max_tokens=9,
    )


def test_usual_columns_are_the_bases_then_production_and_candidate() -> None:
    rows = [row("tone@v3", "candidate"), row("tone@v2"), row("tone@v1", "production")]
    possible = possible_columns(rows, "pocket", rows[0])
    assert usual_columns(rows, possible) == ("base", "base+prompt", "tone@v1", "tone@v3")
    two = [*rows, row("queues@v1", "candidate")]
    assert usual_columns(two, possible_columns(two, "pocket", rows[0])) == (
        "base",
        "base+prompt",
        "tone@v3",
        "queues@v1",
    )
    chosen = [column for column in possible if column.id in ("base+prompt", "tone@v1", "tone@v3")]
    assert usual_pair(chosen) == ("tone@v3", "tone@v1")
    assert usual_pair([column for column in possible if column.id != "tone@v3"][:3]) == ("base+prompt", "tone@v2")


def test_adapters_of_another_base_can_not_be_asked() -> None:
    rows = [row("tone@v1")]
    assert [column.id for column in possible_columns(rows, "other-base", None)] == ["base"]


def test_an_override_goes_to_every_column_and_lengths_are_learned() -> None:
    rows = [row("tone@v1")]
    columns = possible_columns(rows, "pocket", rows[0])
    assert [each.system_prompt for each in asked(columns, None, None)] == [None, "Be short.", "Be short."]
    assert {each.system_prompt for each in asked(columns, "Rhyme.", None)} == {"Rhyme."}
    assert {each.system_prompt for each in asked(columns, "", None)} == {None}
    assert {each.max_tokens for each in asked(columns, None, None)} == {9}


def test_blind_orders_differ() -> None:
    rows = [row("tone@v2"), row("tone@v1")]
    columns = possible_columns(rows, "pocket", rows[0])
    chance = random.Random(1)
    orders = {
        tuple(
            column.id for column in new_round("x", columns, is_blind=True, temperature=0, seed=0, order=chance).columns
        )
        for _ in range(40)
    }
    assert len(orders) > 6


def test_votes_are_counted_by_round_with_wilson_intervals(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    for number in range(10):
        append_vote(path, Vote(f"r{number}", "m", ("base", "tone@v1"), "tone@v1" if number < 7 else "base", True))
    append_vote(path, Vote("r0", "m", ("base", "tone@v1"), TIE, True))
    append_vote(path, Vote("open", "m", ("base", "tone@v1"), "base", False))
    with path.open("a") as file:
        file.write('{"version": 1, "round": "cut')
    assert len(path.read_text().splitlines()) == 13, "nothing is ever taken out of the file"
    tally = count(read_votes(path))
    assert (tally.blind, tally.open, tally.ties, tally.chance) == (10, 1, 1, 0.5)
    best = tally.shares[0]
    assert (best.model, best.chosen, best.rounds) == ("tone@v1", 6, 10)
    # source: Wilson interval of 6 in 10, computed by hand: 0.313 to 0.832
    assert (round(best.low, 3), round(best.high, 3)) == (0.313, 0.832)


@pytest.mark.parametrize("language", LANGUAGES)
def test_client_code_holds_no_key_and_quotes_what_models_and_people_say(language: str) -> None:
    request = Request(
        "http://127.0.0.1:8600", "tone@v1", 'It\'s "torn"\nänd \\ wet', "Be 'kind'.", 48, 0.7, 42, "production today"
    )
    code = client_code(language, request)
    assert "VIBETUNE_KEY" in code
    assert "tone@v1" in code
    if language == "Python":
        compile(code, "client", "exec")
    if language == "curl":
        body = code.split("-d '", 1)[1].rsplit("'", 1)[0].replace("'\\''", "'")
        assert json.loads(body)["messages"] == request.messages
        assert json.loads(body)["seed"] == 42
