"""Random tokens to find, the phases that order them, and the heads that a run starts with."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

import resources
from pipeline.bases.pocket.document import Weight
from pipeline.bases.pocket.finding import finds, repeats
from pipeline.bases.pocket.pretrain import Progress, rate
from pipeline.bases.pocket.recipe import phase_at, read_recipe

POCKET = Path(resources.__file__).parent / "pocket"


def test_phases_follow_one_another_and_the_last_ends_the_run() -> None:
    recipe = read_recipe()
    ends = [phase.until for phase in recipe.phases]
    assert ends == sorted(set(ends))
    assert ends[-1] >= recipe.tokens
    assert phase_at(recipe, 0) is recipe.phases[0]
    assert phase_at(recipe, ends[0]) is recipe.phases[1]
    assert phase_at(recipe, 10 * ends[-1]) is recipe.phases[-1]
    assert all(phase.until % recipe.shard_tokens == 0 for phase in recipe.phases)
    assert all(
        phase.repeats + phase.finds <= 1 and phase.text in {"bare", "all", "last", "lists"} for phase in recipe.phases
    )


def test_every_answer_of_a_find_stands_before_it_and_is_not_the_only_entry() -> None:
    phase, tokenizer = read_recipe().phases[-1], Tokenizer.from_file(str(POCKET / "tokenizer.json"))
    checked = 0
    for ids, weights in islice(finds(phase, tokenizer, np.random.default_rng(1)), 60):
        counted = np.flatnonzero(weights == int(Weight.ANSWER))
        for run in np.split(counted, np.flatnonzero(np.diff(counted) > 1) + 1):
            answer, before = ids[run[:-1]].tolist(), ids[: run[0]].tolist()
            assert any(before[at : at + len(answer)] == answer for at in range(len(before)))
            checked += 1
    assert checked > 200


@pytest.mark.parametrize("blanks", [0.0, 1.0])
def test_repeats_count_from_the_first_token_that_can_be_foreseen(blanks: float) -> None:
    tokenizer = Tokenizer.from_file(str(POCKET / "tokenizer.json"))
    phase = replace(read_recipe().phases[0], blanks=blanks)
    for ids, weights in islice(repeats(phase, tokenizer, np.random.default_rng(2)), 20):
        first = int(np.flatnonzero(weights)[0])
        assert first >= 5
        assert (ids[first:] == ids[1 : len(ids) - first + 1]).all()
        assert (ids[1::2] == tokenizer.token_to_id("Ġ")).all() == (blanks == 1.0)


def test_the_learning_rate_is_the_phase_s_share_and_ends_near_zero() -> None:
    recipe = read_recipe()
    shards = [phase.until // recipe.shard_tokens - 1 for phase in recipe.phases]
    before = [rate(recipe, Progress(step=9999, tokens=0, shard=shard), recipe.tokens) for shard in shards]
    assert before == [phase.rate for phase in recipe.phases]
    end = Progress(step=9999, tokens=recipe.tokens, shard=shards[-1])
    assert rate(recipe, end, recipe.tokens) == pytest.approx(0.02 * recipe.phases[-1].rate)
    assert rate(recipe, Progress(), recipe.tokens) == pytest.approx(max(0.02, 1 / recipe.warmup_steps))


@pytest.mark.heavy
def test_the_first_heads_look_back_as_far_as_the_recipe_says() -> None:
    import torch

    from pipeline.bases.pocket.circuits import start_circuits
    from pipeline.bases.pocket.pretrain import new_model

    recipe = read_recipe()
    model = new_model(recipe).eval()
    start_circuits(model, recipe)
    model.set_attn_implementation("eager")
    ids_bt = torch.randint(3, 7000, (1, 40), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        attentions = model(ids_bt, output_attentions=True).attentions
    for layer, offsets in enumerate(recipe.look_back):
        for head, offset in enumerate(offsets):
            looked_at = attentions[layer][0, head, 20:].argmax(-1)
            wanted = torch.arange(20, 40) - offset
            assert float((looked_at == wanted).float().mean()) > 0.8
