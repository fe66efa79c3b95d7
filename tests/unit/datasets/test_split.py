"""The split stays put."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.row import Draft, Message
from pipeline.datasets.split.assign import assign_splits
from pipeline.plan.model import Split, SplitSpec

SPEC = SplitSpec(validation=0.1, test=0.2, seed=42)


def draft(
    name: str, stratum: str = "", group: str = "", own_split: Split | None = None, conversation: str = ""
) -> Draft:
    messages = [Message(role="user", content=name), Message(role="assistant", content="answer")]
    return Draft(messages, "x:1", own_split, stratum, conversation, group=group or name)


def splits_of(drafts: list[Draft], spec: SplitSpec = SPEC) -> dict[str, Split]:
    return dict(zip((one.prompt_text for one in drafts), assign_splits(drafts, spec), strict=True))


def test_shares_are_about_right_in_every_stratum() -> None:
    drafts = [draft(f"row {i}", f"label {i % 4}") for i in range(4000)]
    splits = assign_splits(drafts, SPEC)
    for label in range(4):
        counts = Counter(split for one, split in zip(drafts, splits, strict=True) if one.stratum == f"label {label}")
        assert 160 <= counts["test"] <= 240
        assert 70 <= counts["validation"] <= 130


def test_the_seed_changes_it_and_nothing_else_does() -> None:
    drafts = [draft(f"row {i}") for i in range(200)]
    assert splits_of(drafts) == splits_of(list(drafts))
    assert splits_of(drafts) != splits_of(drafts, SPEC.model_copy(update={"seed": 43}))


@pytest.mark.parametrize("rows", range(3, 30))
def test_every_label_with_three_rows_is_in_every_split(rows: int) -> None:
    drafts = [draft(f"{label} {i}", label) for label in ("a", "b", "c", "d") for i in range(rows)]
    found = Counter((one.stratum, split) for one, split in zip(drafts, assign_splits(drafts, SPEC), strict=True))
    assert len(found) == 12


def test_labels_with_one_or_two_rows_are_trained() -> None:
    drafts = [draft(f"{label} {i}", label) for label in "abcdefghijklmnop" for i in range(2)]
    assert set(assign_splits(drafts, SPEC)) == {"train"}


def test_shares_of_zero_and_own_files_are_respected() -> None:
    drafts = [draft(f"row {i}") for i in range(100)]
    assert "test" not in assign_splits(drafts, SplitSpec(test=0, validation=0.2))
    assert set(assign_splits(drafts, SplitSpec(test=0, validation=0))) == {"train"}
    own = [*drafts, draft("mine", own_split="test"), draft("yours", own_split="train")]
    splits = splits_of(own)
    assert [name for name, split in splits.items() if split == "test"] == ["mine"]
    assert splits["yours"] == "train"
    assert "validation" in splits.values()


def test_groups_stay_together() -> None:
    drafts = [draft(f"row {i}", group=f"group {i // 3}") for i in range(300)]
    splits = assign_splits(drafts, SPEC)
    assert all(len(set(splits[start : start + 3])) == 1 for start in range(0, 300, 3))


def test_long_conversations_do_not_drift_into_the_test() -> None:
    drafts = [draft(f"row {i}", group=f"talk {i // 40}", conversation=f"talk {i // 40}") for i in range(8000)]
    assert 0.12 < Counter(assign_splits(drafts, SPEC))["test"] / 8000 < 0.28


_ROWS = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from("abc")), min_size=1, max_size=60, unique_by=lambda r: r[0]
)


@settings(max_examples=200)
@given(_ROWS, st.integers(1, 59))
def test_rows_that_come_later_never_move_a_test_row(rows: list[tuple[int, str]], cut: int) -> None:
    drafts = [draft(f"row {number}", label) for number, label in rows]
    before, after = splits_of(drafts[:cut]), splits_of(drafts)
    assert all(after[name] == "test" for name, split in before.items() if split == "test")


@settings(max_examples=200)
@given(_ROWS, st.randoms(use_true_random=False))
def test_pinned_rows_stay_wherever_new_rows_come(rows: list[tuple[int, str]], random: st.DataObject) -> None:
    drafts = [draft(f"row {number}", label) for number, label in rows]
    before = assign_splits(drafts[::2], SPEC)
    pinned = {one.prompt_id for one, split in zip(drafts[::2], before, strict=True) if split == "test"}
    random.shuffle(drafts)  # type: ignore[attr-defined]
    after = assign_splits(drafts, SPEC, pinned)
    assert {one.prompt_id for one, split in zip(drafts, after, strict=True) if split == "test"} >= pinned


def test_a_group_that_grows_moves_towards_the_test_only() -> None:
    rank = {"test": 0, "validation": 1, "train": 2}
    for number in range(300):
        old = [draft(f"filler {i}") for i in range(3)] + [draft(f"row {number}", group="g")]
        new = [*old, draft(f"row {number} more", group="g")]
        assert rank[splits_of(new)[f"row {number}"]] <= rank[splits_of(old)[f"row {number}"]]
