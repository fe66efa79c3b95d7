"""The small language in which the vocabulary is written, and the vocabulary itself."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.planner import vocabulary
from assistant.planner.known_bases import facts_of, hub_bases, known_bases
from assistant.planner.phrases import parse_phrase, read_number, tokens_of
from assistant.planner.planner import NOT_IN_PLAN
from pipeline.plan.fields import find_field, parse_path
from pipeline.plan.gates import parse_gate
from pipeline.plan.model import METRICS, TASKS
from pipeline.plan.validation import value_problem


@pytest.mark.parametrize(
    ("phrase", "sentence", "found"),
    [
        ("classif*", "Please CLASSIFY this", True),
        ("classif*", "declassify", False),
        ("sort ... into", "sort all of our old mails into folders", True),
        ("sort ... into", "sort one two three four five six into", False),
        ("right|correct queue|team", "to the correct team", True),
        ("the? queue", "queue", True),
        ("rank of? {n}", "a rank of 64", True),
        ("{n} epoch*", "two epochs", True),
        ("4 bit*", "in 4-bit", True),
        ("fine tun*", "fine-tuning", True),
        ("分类", "请把消息分类", True),
        ("don't", "don’t", True),
        ("{n} b model*", "an 8B model", True),
    ],
)
def test_phrases(phrase: str, sentence: str, found: bool) -> None:
    tokens = tokens_of(sentence, vocabulary.spelled_numbers())
    assert (parse_phrase(phrase).find(tokens) is not None) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("1e-4", 1e-4),
        ("0,05", 0.05),
        ("10,000", 10_000),
        ("1.000.000", 1e6),
        ("15k", 15_000),
        ("1.5", 1.5),
        ("1,234.5", 1234.5),
    ],
)
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert read_number(text) == pytest.approx(number)
    assert [token.number for token in tokens_of(text)] == [pytest.approx(number)]


@given(st.text(max_size=80))
def test_any_sentence_has_tokens_in_their_places(sentence: str) -> None:
    tokens = tokens_of(sentence)
    assert [sentence[token.start : token.end].casefold().replace("’", "'") for token in tokens] == [
        token.text for token in tokens
    ]
    parse_phrase("a ... b ... {n}").find(tokens)


def test_every_task_has_words_and_a_recipe() -> None:
    assert set(vocabulary.task_phrases()) == set(TASKS) == set(vocabulary.task_recipes())
    assert min(len(phrases) for phrases in vocabulary.task_phrases().values()) >= 8
    for recipe in vocabulary.task_recipes().values():
        assert set(recipe["metrics"]) <= set(METRICS)
        for metric, rule in recipe["gates"].items():
            assert metric == recipe["metrics"][0]
            parse_gate(metric, rule)
        for template in (recipe["system_prompt"] or {}).values():
            assert template.format(label="queue", text="message", answer="reply")


def test_settings_and_quantities_are_fields_that_take_their_values() -> None:
    parts = tuple(name for name in NOT_IN_PLAN if name != "dataset.rehearsal")
    settings = [each for each in vocabulary.settings() if not each.field.startswith(NOT_IN_PLAN)]
    quantities = [each for each in vocabulary.quantities() if not each.field.startswith(parts)]
    assert len(settings) >= 10
    assert len(quantities) >= 10
    assert [setting for setting in settings if value_problem(setting.field, setting.value)] == []
    assert [one.field for one in quantities if find_field(parse_path(one.field)) is None] == []
    assert all(
        ("{n}" in phrase.text) or one.value is not None for one in vocabulary.quantities() for phrase in one.phrases
    )


def test_every_topic_has_an_answer() -> None:
    assert len(vocabulary.topics()) >= 8
    assert all(len(topic.answer) > 80 and topic.phrases for topic in vocabulary.topics())
    assert sum(topic.is_refusal for topic in vocabulary.topics()) == 1


def test_known_bases() -> None:
    assert len(known_bases()) >= 12
    assert len({base.id for base in known_bases()}) == len(known_bases())
    for base in hub_bases():
        assert 0.1 < base.params_b < 100
        assert base.head_size in (0, 64, 128, 256)
        assert len(base.source) > 10
        facts = facts_of(base)
        assert min(facts.context, facts.hidden_size, facts.num_layers, facts.vocab_size) > 0


def test_the_files_mean_the_same_in_every_yaml_version() -> None:
    names = [
        f"vocabulary/{name}"
        for name in ("tasks", "settings", "quantities", "comparisons", "small_words", "talk", "places")
    ]
    for name in [*names, "recipes/tasks", "recipes/judge", "base_models", "hardware", "knowledge/answers"]:
        text = resources.files("resources").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        assert vocabulary.read_words(name) == yaml.safe_load(text), name
