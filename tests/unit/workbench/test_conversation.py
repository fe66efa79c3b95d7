"""The chat: what is said, proposed, applied and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.workbench import chat_files
from app.workbench.chat_files import Answer, Message
from app.workbench.conversation import Conversation
from app.workbench.history import History
from app.workbench.plan_store import PlanStore
from app.workbench.plan_thread import PlanThread, plain_values
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks
from assistant.planner.proposal import Proposal
from pipeline.plan.document import load_plan
from pipeline.plan.model import Plan
from pipeline.plan.overrides import override_values, set_field
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import rows, tiny_plan

SENTENCE = "Sort our support messages into the right queue."


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = create_project(tmp_path / "project")
    (made.path / "data").mkdir(exist_ok=True)
    lines = ["text,queue", *(f'"{text}",{queue}' for text, queue in rows())]
    (made.path / "data" / "messages.csv").write_text("\n".join(lines) + "\n")
    return made


def make_chat(project: ProjectFolder) -> tuple[Conversation, PlanStore]:
    tasks = InlineTasks()
    history = History()
    plan = PlanStore(tasks, history)
    chat = Conversation(tasks, plan)
    for store in (history, plan, chat):
        store.open(project)
    return chat, plan


@pytest.fixture
def pair(project: ProjectFolder) -> Iterator[tuple[Conversation, PlanStore]]:
    chat, plan = make_chat(project)
    yield chat, plan
    chat.close()


def last(chat: Conversation) -> Message:
    return chat.messages[-1]


def test_a_sentence_becomes_a_proposal_and_applying_it_the_plan(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    assert chat.state == "idle" and chat.card == 1 == last(chat).card
    assert plan.pending is not None and plan.pending.hunks
    assert "Nothing is applied yet" in last(chat).text and not project.plan.exists()
    chat.apply()
    assert load_plan(project.plan).plan.task == "classification"
    assert last(chat).outcome == "applied" and last(chat).checkpoint is not None and plan.pending is None


def test_a_further_sentence_changes_the_applied_plan_and_keeps_what_was_changed_by_hand(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    chat.apply()
    plan.set_text(plan.text.replace("learning_rate: ", "learning_rate: 0.00031  # was "))
    plan.save()
    chat.say("Use 3 epochs.")
    assert last(chat).card == 2
    chat.apply()
    training = load_plan(project.plan).plan.training
    assert training.num_train_epochs == 3 and training.learning_rate == 0.00031


def test_rejecting_forgets_the_sentence(pair: tuple[Conversation, PlanStore]) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    chat.reject()
    assert last(chat).outcome == "rejected" and plan.pending is None and chat.card is None
    chat.say("Use 3 epochs.")
    assert SENTENCE.rstrip(".") not in plan.preview()


def test_talk_leaves_the_proposal_open(pair: tuple[Conversation, PlanStore]) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    chat.say("What is LoRA?")
    assert "adapter" in last(chat).text and last(chat).card is None
    assert plan.pending is not None
    assert [message.card for message in chat.messages if message.card] == [1]


def test_a_way_holds_for_further_sentences_and_in_the_applied_plan(pair: tuple[Conversation, PlanStore]) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    assert [way.name for way in chat.ways if way.is_chosen] == ["balanced"]
    cheap = next(way for way in chat.ways if way.name == "cheap")
    chat.choose_way("cheap")
    chat.say("What is LoRA?")
    chat.say("Mask personal data.")
    assert [way.name for way in chat.ways if way.is_chosen] == ["cheap"]
    assert last(chat).text.startswith("**personal_data** becomes mask")
    chat.apply()
    assert chat.ways == ()
    chat.say("Use a learning rate of 1e-4.")
    assert plan.pending is not None
    training = plan.pending.plan.training
    assert (str(training.adapter.r), training.learning_rate) == (cheap.rank, 1e-4)
    assert [hunk.field for hunk in plan.pending.hunks] == ["training.learning_rate"]


def test_a_way_that_the_planner_can_not_go_is_not_chosen(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, plan = pair
    chat.say(SENTENCE)
    (project.path / "data" / "messages.csv").unlink()
    chat.choose_way("cheap")
    assert last(chat).card is None
    assert [way.name for way in chat.ways if way.is_chosen] == ["balanced"] and plan.pending is not None


def test_a_question_is_answered_by_its_choice_or_by_its_words(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, plan = pair
    (project.path / "data" / "other.csv").write_text("a,b\n1,2\n")
    chat.say(SENTENCE)
    assert [question.field for question in chat.questions] == ["dataset.sources"]
    chat.say("data/messages.csv")
    assert chat.answers[0].text == "data/messages.csv" and plan.pending is not None and chat.has_files


def test_an_error_is_said_in_the_chat(pair: tuple[Conversation, PlanStore], project: ProjectFolder) -> None:
    chat, _plan = pair
    chat.say(SENTENCE, [project.path / "data" / "gone.csv"])
    assert last(chat).is_error and "gone.csv" in last(chat).text and chat.state == "idle"


def test_chats_and_drafts_are_there_after_a_restart(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, _plan = pair
    chat.say(SENTENCE)
    chat.apply()
    chat.set_draft("use 3 epo")
    chat.refresh()
    again, _store = make_chat(project)
    assert [message.text for message in again.messages] == [message.text for message in chat.messages]
    assert again.messages[-1].outcome == "applied" and again.draft == "use 3 epo"
    assert [each.title for each in again.chats] == [SENTENCE]
    again.say("Use 3 epochs.")
    assert "num_train_epochs" in again.messages[-1].title
    again.new_chat()
    assert not again.messages
    again.close()


def test_an_earlier_chat_is_opened_again(pair: tuple[Conversation, PlanStore]) -> None:
    chat, _plan = pair
    chat.say("What is LoRA?")
    chat.new_chat()
    chat.open_chat(chat.chats[0].id)
    assert chat.messages[0].text == "What is LoRA?"


def test_a_proposal_that_was_open_at_the_end_is_made_again(
    pair: tuple[Conversation, PlanStore], project: ProjectFolder
) -> None:
    chat, _plan = pair
    chat.say(SENTENCE)
    again, plan = make_chat(project)
    assert again.can_ask_again
    again.ask_again()
    assert plan.pending is not None and again.card == 2
    again.close()


def test_a_chat_cut_off_by_a_crash_is_read_up_to_there(tmp_path: Path) -> None:
    chat_files.append(tmp_path, "a", chat_files.message_line(Message(1, "user", "sort it")))
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write('{"kind": "message", "number": 2, "ro')
    assert chat_files.read_chat(tmp_path, "a").messages == (Message(1, "user", "sort it"),)


def test_an_empty_draft_leaves_no_file(tmp_path: Path) -> None:
    chat_files.write_draft(tmp_path, "half a sentence")
    assert chat_files.read_draft(tmp_path) == "half a sentence"
    chat_files.write_draft(tmp_path, "")
    assert not (tmp_path / "draft.txt").exists() and chat_files.read_draft(tmp_path) == ""


def test_what_was_changed_by_hand_is_an_override() -> None:
    planned = tiny_plan()
    thread = PlanThread().said(SENTENCE, []).replied(Proposal(plan=planned), is_new=True).applied()
    by_hand = plain_values(set_field(planned, "training.num_train_epochs=9"))
    asked = thread.said("Rank 16.", []).params(None, by_hand)
    assert asked["overrides"] == ["training.num_train_epochs=9.0"]
    assert asked["history"] == [SENTENCE] and asked["sentence"] == "Rank 16." and asked["plan"] == {}


def test_a_plan_that_was_there_is_what_sentences_change() -> None:
    there = plain_values(tiny_plan())
    assert PlanThread().said("Rank 16.", []).params(None, there)["plan"] == there


def test_a_new_goal_forgets_the_answers_of_the_old_one() -> None:
    answer = Answer("dataset.columns", "{prompt: [a]}", "Which columns?", "a")
    thread = PlanThread().said(SENTENCE, ["/a.csv"]).answered(answer).replied(Proposal(plan=tiny_plan()), is_new=True)
    assert thread.answers == (answer,)  # given for this very plan
    thread = thread.applied().said("Answer in our tone.", ["/b.jsonl"]).replied(Proposal(plan=tiny_plan()), is_new=True)
    assert thread.answers == () and thread.sentences == ("Answer in our tone.",)


def test_every_plain_value_is_one_that_an_override_takes() -> None:
    plan = set_field(
        tiny_plan(), 'goal=""', 'dataset.system_prompt="[Name] the \\"queue\\"\\n…"', "dataset.labels=null"
    )
    overrides = [f"{name}={value}" for name, value in plain_values(plan).items()]
    assert Plan.model_validate(override_values({}, overrides)) == plan


def test_a_thread_survives_its_file() -> None:
    answer = Answer("task", "chat", "What?", "chat")
    thread = PlanThread().said(SENTENCE, ["/a.csv"]).answered(answer).replied(Proposal(plan=tiny_plan()), is_new=True)
    assert PlanThread.from_json(thread.as_json()) == thread
