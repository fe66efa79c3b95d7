"""What sentences say: tasks, numbers, settings, bases; in several languages, with negations."""

from __future__ import annotations

import pytest

from assistant.planner.understanding import WEAKER, understand
from pipeline.plan.model import Task


@pytest.mark.parametrize(
    ("sentence", "task"),
    [
        ("Put incoming tickets into the right folder", "classification"),
        ("Tell complaints and praise apart", "classification"),
        ("Ordne die Anfragen der passenden Abteilung zu", "classification"),
        ("Classer les messages dans la bonne catégorie", "classification"),
        ("Clasifica los mensajes de nuestros clientes", "classification"),
        ("把客户的问题归类", "classification"),
        ("Rephrase these notes in our brand voice", "rewriting"),
        ("Schreib die Stichworte in unserem Ton um", "rewriting"),
        ("Boil down long reports to three sentences", "summarization"),
        ("Fass die Gespräche kurz zusammen", "summarization"),
        ("Pull the invoice number out of the mail", "extraction"),
        ("Translate the manual into German", "translation"),
        ("Follow the instructions in this file", "instruction"),
        ("Build a chatbot for our shop", "chat"),
    ],
)
def test_tasks(sentence: str, task: Task) -> None:
    tasks = understand(sentence).tasks
    assert next(iter(tasks)) == task
    assert tasks[task].words.casefold() in sentence.casefold()


@pytest.mark.parametrize(
    ("sentence", "wishes"),
    [
        ("three epochs with a learning rate of 2e-4", {"training.num_train_epochs": 3, "training.learning_rate": 2e-4}),
        ("rank=8, alpha 16", {"training.adapter.r": 8, "training.adapter.lora_alpha": 16}),
        ("dropout of 5 %", {"training.adapter.lora_dropout": 0.05}),
        ("for at most $12.50 and under 90 minutes", {"compute.max_cost_usd": 12.5, "compute.max_hours": 1.5}),
        ("in höchstens zwei Stunden, Lernrate 0,0003", {"compute.max_hours": 2, "training.learning_rate": 3e-4}),
        ("keep 15% for testing, seed 7", {"dataset.split.test": 0.15, "training.seed": 7}),
        ("batch size 16", {"training.per_device_train_batch_size": 16}),
        ("rows of up to 512 tokens", {"training.max_length": 512}),
        ("use QLoRA", {"training.quantization": "nf4"}),
        ("DoRA please", {"training.adapter.use_dora": True}),
        ("full fine-tuning, not LoRA", {"training.adapter.type": "full"}),
        ("ohne LoRA trainieren", {"training.adapter.type": "full"}),
        ("LoRA, but no 4-bit", {"training.adapter.type": "lora", "training.quantization": "none"}),
        ("mask personal data", {"dataset.checks.personal_data": "mask"}),
        ("a laptop without a GPU", {"machine.gpu": "none"}),
        ("my card has 12 gigs", {"machine.gpu_memory_gib": 12}),
        ("messages from the last 24 hours of 2023", {}),
        ("we have 500 customers and 77 categories", {}),
    ],
)
def test_wishes(sentence: str, wishes: dict[str, object]) -> None:
    found = understand(sentence)
    assert {wish.field: wish.value for wish in found.wishes if wish.strength > WEAKER} == wishes
    assert all(wish.said for wish in found.wishes)


@pytest.mark.parametrize(
    ("sentence", "base"),
    [
        ("Take meta-llama/Llama-3.2-1B-Instruct", "meta-llama/Llama-3.2-1B-Instruct"),
        ("use qwen3 0.6b for this", "Qwen/Qwen3-0.6B"),
        ("with Llama 3.2 3B", "meta-llama/Llama-3.2-3B-Instruct"),
        ("on acme/Tiny-2B", "acme/Tiny-2B"),
        ("the embedded base will do", "pocket"),
        ("mails and/or tickets, input/output", None),
    ],
)
def test_bases(sentence: str, base: str | None) -> None:
    assert understand(sentence).base_id == base


def test_a_family_without_a_size() -> None:
    assert understand("take a Qwen").family == "qwen"
    found = understand("don't use the embedded base, take a Llama, but no Qwen")
    assert (found.base_id, found.family) == (None, "llama")


def test_file_names_are_no_wishes() -> None:
    plain = understand("Train on data.csv")
    wicked = understand("Train on full-fine-tuning-qlora-5-epochs-rank-64.csv")
    assert (wicked.wishes, wicked.tasks) == (plain.wishes, plain.tasks) == ([], {})


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Sort our mails", "en"),
        ("Sortiere unsere Mails nach Thema und Kunde", "de"),
        ("Classer les messages de nos clients", "fr"),
    ],
)
def test_languages(sentence: str, language: str) -> None:
    assert understand(sentence).language == language


@pytest.mark.parametrize("sentence", ["do not classify them", "no classification", "nicht klassifizieren"])
def test_a_negated_task_is_not_named(sentence: str) -> None:
    assert "classification" not in understand(sentence).tasks
