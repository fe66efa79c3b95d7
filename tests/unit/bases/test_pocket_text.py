"""The text of the pocket base: templates, tasks that their prompts answer, shards that come out the same."""

import json
import random
from collections import Counter

import pytest

from pipeline.bases.pocket import corpus, document, wordnet
from pipeline.bases.pocket.lexicon import is_held_out, load
from pipeline.bases.pocket.scribe import Scribe
from pipeline.bases.pocket.spin import expand

needs_wordnet = pytest.mark.skipif(not wordnet.HOME.is_dir(), reason="the Debian package wordnet-base is not installed")


def test_a_template_chooses_among_its_alternatives_and_fills_its_slots() -> None:
    rng = random.Random(1)
    found = {expand("[I|we [do|did]] like {o}", rng, lambda name: name.upper()) for _ in range(60)}
    assert found == {"I like O", "we do like O", "we did like O"}


@pytest.mark.parametrize("broken", ["[a|b", "a]b", "[a|[b]"])
def test_a_template_with_brackets_that_do_not_match_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match="brackets"):
        expand(broken, random.Random(1), str)


@needs_wordnet
def test_words_intents_and_meanings_of_the_two_parts_are_disjoint() -> None:
    train, held_out = load("train"), load("heldout")
    assert not set(train.words) & set(held_out.words)
    assert not set(train.rare_words) & set(held_out.rare_words)
    assert not set(train.intents) & set(held_out.intents)
    assert not {m.key for m in train.meanings} & {m.key for m in held_out.meanings}
    assert len(train.intents) > 4000
    assert len(held_out.intents) > 400
    assert is_held_out("parcel") == is_held_out("parcel")


@needs_wordnet
def test_a_shard_depends_on_seed_and_number_only() -> None:
    def texts(seed: int, number: int) -> list[str]:
        source = corpus.write_shard(seed, number)
        return [next(source).document.text for _ in range(40)]

    assert texts(1, 2) == texts(1, 2)
    assert texts(1, 2) != texts(1, 3)
    assert texts(1, 2) != texts(2, 2)


@needs_wordnet
@pytest.mark.parametrize("family", [*corpus.TASKS, *corpus.PROSE])
def test_every_family_writes_documents_with_something_to_learn(family: str) -> None:
    scribe = Scribe(load("train"), random.Random(family))
    documents = [corpus.write(scribe, family) for _ in range(40)]
    assert len({d.text for d in documents}) > 30
    assert sum(any(w > 0 for _, w in d.stretches) for d in documents) >= 35


@needs_wordnet
@pytest.mark.parametrize("family", [f for f in corpus.TASKS if f.startswith("choose")])
def test_the_label_of_every_case_is_in_the_list_of_the_prompt(family: str) -> None:
    scribe = Scribe(load("heldout"), random.Random(family))
    checked = 0
    for _ in range(60):
        task = corpus.TASKS[family][0](scribe, 2)
        for _, label in task.cases:
            escaped = json.dumps(label, ensure_ascii=False)[1:-1]
            assert label in task.material or escaped in task.material
            checked += 1
    assert checked >= 60


@needs_wordnet
def test_looked_up_and_extracted_answers_stand_in_the_prompt() -> None:
    scribe = Scribe(load("heldout"), random.Random(5))
    for _ in range(100):
        task = corpus.TASKS["look_up"][0](scribe, 1)
        assert (
            json.dumps(task.cases[0][1], ensure_ascii=False)[1:-1] in task.material or task.cases[0][1] in task.material
        )
        given, found = corpus.TASKS["extract"][0](scribe, 1).cases[0]
        assert found in given


@needs_wordnet
def test_filled_json_is_json() -> None:
    scribe = Scribe(load("heldout"), random.Random(6))
    values = [json.loads(corpus.TASKS["json"][0](scribe, 1).cases[0][1]) for _ in range(50)]
    assert all(isinstance(v, dict) and v for v in values)


def test_answers_that_nothing_tells_do_not_count() -> None:
    task = document.Task("few_shot_intent", "Follow the examples.", [("a", "x"), ("b", "y"), ("c", "x"), ("d", "z")])
    weights = [task.answer_weight(n) for n in range(4)]
    assert weights == [document.Weight.SKIP, document.Weight.SKIP, document.Weight.SHORT, document.Weight.SKIP]


@needs_wordnet
def test_no_family_crowds_out_the_others() -> None:
    source = corpus.write_shard(3, 1)
    counts = Counter(next(source).document.family for _ in range(2000))
    assert len(counts) >= len(corpus.TASKS) + len(corpus.PROSE) - 2
    assert max(counts.values()) < 0.2 * 2000
