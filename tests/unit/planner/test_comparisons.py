"""Numbers against others: "twice the rank", "half the epochs", in every language; and what they come to in a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.planner import vocabulary
from assistant.planner.comparisons import Factor
from assistant.planner.planner import plan
from assistant.planner.proposal import Proposal
from assistant.planner.understanding import WEAKER, understand
from assistant.session.author import Turn
from pipeline.plan.fields import find_field, parse_path
from tests.support.conversations import LAPTOP, LaptopAuthor, Quiet
from tests.unit.planner.tickets import WISH, tickets

RANK, EPOCHS = "training.adapter.r", "training.num_train_epochs"
BATCH, RATE = "training.per_device_train_batch_size", "training.learning_rate"


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.parametrize(
    ("sentence", "factors"),
    [
        ("twice the rank", {RANK: 2}),
        ("half the epochs and a smaller batch", {EPOCHS: 0.5, BATCH: 0.5}),
        ("a third of the learning rate", {RATE: 0.3333}),
        ("three times the epochs", {EPOCHS: 3}),
        ("twice the rank, and then half the rank", {RANK: 1}),
        ("make the batch size larger", {BATCH: 2}),
        ("der doppelte Rang und halb so viele Epochen", {RANK: 2, EPOCHS: 0.5}),
        ("verdopple die Lernrate, ein kleinerer Batch", {RATE: 2, BATCH: 0.5}),
        ("le double du rang, la moitié des époques", {RANK: 2, EPOCHS: 0.5}),
        ("un rang deux fois plus grand, un lot plus petit", {RANK: 2, BATCH: 0.5}),
        ("el doble del rango, la mitad de las épocas", {RANK: 2, EPOCHS: 0.5}),
        ("un lote más pequeño", {BATCH: 0.5}),
        ("两倍的秩，一半的轮数", {RANK: 2, EPOCHS: 0.5}),
        ("更小的批量", {BATCH: 0.5}),
        ("no larger batch", {}),
        ("reduce the rank to 8", {}),
        ("a smaller batch of 4", {}),
        ("two more epochs", {}),
        ("more customers, fewer complaints, a higher price", {}),
    ],
)
def test_factors(sentence: str, factors: dict[str, float]) -> None:
    found = understand(sentence).factors
    assert {name: each.value for name, each in found.items()} == factors
    assert all(each.said for each in found.values())


def test_a_number_after_a_factor_makes_it_void_and_one_before_is_multiplied() -> None:
    after, before = understand("twice the rank, well, rank 8"), understand("rank 8, then twice the rank")
    assert (after.value(RANK), after.factors) == (8, {})
    assert (before.value(RANK), before.factors[RANK].value) == (8, 2)


def test_a_factor_with_a_number_of_its_own_fixes_none() -> None:
    found = understand("un rang deux fois plus grand")
    assert [wish for wish in found.wishes if wish.strength > WEAKER] == []


def test_every_name_is_of_a_field_that_takes_a_number() -> None:
    fields = {each.field for each in vocabulary.comparisons()}
    assert len(fields) >= 7
    assert [name for name in fields if find_field(parse_path(name)) is None] == []
    assert all(each.phrases for each in vocabulary.comparisons() if each.field == RANK)


@pytest.mark.parametrize(
    ("factor", "number", "result"), [(2, 16, 32), (0.5, 1, 1), (0.5, 3.0, 1.5), (0.3333, 3e-4, 9.999e-5)]
)
def test_whole_numbers_stay_whole(factor: float, number: float, result: float) -> None:
    made = Factor(factor, "so").of(number)
    assert (made, type(made)) == (result, type(result))


def propose(sentence: str, path: Path) -> Proposal:
    return plan(sentence, [path], machine=LAPTOP)


def test_a_plan_is_multiplied_and_what_follows_is_chosen_anew(tmp_path: Path) -> None:
    path = tickets(tmp_path)
    usual, made = propose(WISH, path).require_plan(), propose(f"{WISH} Twice the rank, half the epochs.", path)
    training, before = made.require_plan().training, usual.training
    assert (training.adapter.r, training.num_train_epochs) == (
        2 * int(before.adapter.r),
        float(before.num_train_epochs) / 2,
    )
    assert training.adapter.lora_alpha == before.adapter.lora_alpha, "which no rank changes"
    assert made.reasons[RANK] == f"You said “Twice the rank”: {before.adapter.r} times 2."
    assert [each for each in made.estimate["choices"] if RANK in each["changes"] or EPOCHS in each["changes"]] == []


def test_what_cannot_be_multiplied_is_said(tmp_path: Path) -> None:
    path = tickets(tmp_path)
    small = propose(f"{WISH} Batches of 1, and a smaller batch.", path)
    assert small.require_plan().training.per_device_train_batch_size == 1
    assert "It is 1 already" in {each.code: each.message for each in small.warnings}["plan.factor"]
    wide = propose(f"{WISH} Rank 512, twice the rank.", path)
    assert wide.require_plan().training.adapter.r == 512
    assert "plan.factor" in {each.code for each in wide.warnings}
    unknown = propose(f"{WISH} On acme/Unknown-X1, twice the rank.", path)
    assert "plan.no_number" in {each.code for each in unknown.warnings}


def test_in_a_conversation_it_is_the_number_of_the_plan(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tickets(tmp_path / "data")

    def rank(sentence: str, *history: str, by_hand: tuple[str, ...] = ()) -> object:
        turn = Turn(sentence, history, (file,), tmp_path, by_hand, has_new_data=not history)
        return LaptopAuthor().write(turn, Quiet()).proposal.require_plan().training.adapter.r

    usual = rank(WISH)
    assert isinstance(usual, int)
    assert rank("twice the rank", WISH) == 2 * usual
    assert rank("twice the rank", WISH, "rank 8") == 16
    assert rank("seed 7", WISH, "rank 8", "twice the rank", "twice the rank") == 32
    assert rank("seed 7", WISH, "twice the rank", by_hand=("training.adapter.r=12",)) == 12
    assert rank("twice the rank", WISH, by_hand=("training.adapter.r=12",)) == 24
    assert rank("rank 4", WISH, "twice the rank") == 4


def test_a_plan_that_is_there_is_what_is_multiplied(tmp_path: Path) -> None:
    from app.workbench.plan_thread import plain_values

    (tmp_path / "data").mkdir()
    file = tickets(tmp_path / "data")
    made = plan(f"{WISH} Rank 24.", [file], machine=LAPTOP, project=tmp_path).require_plan()
    current = plain_values(made)
    turn = Turn("half the rank", project=tmp_path, plan=current, current=current, has_new_data=False)
    after = plain_values(LaptopAuthor().write(turn, Quiet()).proposal.require_plan())
    assert {name: value for name, value in after.items() if current.get(name) != value} == {RANK: "12"}
