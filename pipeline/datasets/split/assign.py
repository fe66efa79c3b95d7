"""Which row goes where: by identity, so that more rows never move a test row into training.

A unit (one row, or one conversation) draws a number from 0 to 1 from the hash of its content and the seed. Below the
test share it is a test row, above it but below the sum of both shares a validation row. The draw of a group of near
duplicates is the smallest of its units': a group that grows can move towards the test, never away from it.

A stratum (a label) with fewer groups than there are splits is trained whole. Larger ones can come out with no test row
at all. No rule that looks at a set of rows alone can repair that and still keep every test row under growth, so the
repair looks at the order: among the first three groups of a stratum each split gets one. That holds as long as new rows
come after old ones; where they don't, `pinned` (the test rows of earlier versions) does.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence

from pipeline.datasets.row import Draft
from pipeline.plan.model import Split, SplitSpec

_SPLITS: tuple[Split, ...] = ("test", "validation", "train")


def assign_splits(drafts: Sequence[Draft], spec: SplitSpec, pinned: Collection[str] = ()) -> list[Split]:
    """Assigns every row to a split.

    Args:
        drafts: rows with their `group`, `stratum` and `own_split`; the order matters for small strata only.
        spec: shares and seed; a share is ignored where files of the user's own are that split.
        pinned: identities of prompts that were test rows before and stay so.

    Returns:
        One split per draft.
    """
    shares = _shares(drafts, spec)
    draws: dict[str, float] = {}
    strata: dict[str, list[str]] = defaultdict(list)  # the first groups of each
    staying: set[str] = set()
    for draft in drafts:
        if draft.own_split is not None:
            continue
        group, draw = draft.group, _draw(draft, spec.seed)
        if group not in draws and len(strata[draft.stratum]) < len(_SPLITS):
            strata[draft.stratum].append(group)
        draws[group] = min(draw, draws.get(group, draw))
        if pinned and shares["test"] and _is_pinned(draft, pinned):
            staying.add(group)
    special: dict[str, Split] = {}
    for first in strata.values():
        special |= _repaired(first, draws, {group: _by_share(draws[group], shares) for group in first}, shares)
    special |= dict.fromkeys(staying, "test")
    return [draft.own_split or special.get(draft.group) or _by_share(draws[draft.group], shares) for draft in drafts]


def _is_pinned(draft: Draft, pinned: Collection[str]) -> bool:
    """By the prompt, as it is or was before it was masked: a corrected answer doesn't make another row of it."""
    return draft.prompt_id in pinned or bool(draft.unmasked and draft.source_prompt_id in pinned)


def _shares(drafts: Sequence[Draft], spec: SplitSpec) -> dict[Split, float]:
    own = {draft.own_split for draft in drafts}
    test = 0.0 if "test" in own else spec.test
    validation = 0.0 if "validation" in own else spec.validation
    return {"test": test, "validation": validation, "train": max(0.0, 1.0 - test - validation)}


def _draw(draft: Draft, seed: int) -> float:
    """A number from 0 to 1 that only the unit's content and the seed decide."""
    unit = f"conversation {draft.conversation}" if draft.conversation else draft.source_prompt_id
    digest = hashlib.sha256(f"{seed} {unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _by_share(draw: float, shares: dict[Split, float]) -> Split:
    if draw < shares["test"]:
        return "test"
    return "validation" if draw < shares["test"] + shares["validation"] else "train"


def _repaired(
    first: Sequence[str], draws: dict[str, float], split_of: dict[str, Split], shares: dict[Split, float]
) -> dict[str, Split]:
    """Splits of a stratum's first groups: each split gets one, the nearest; all are trained where there are too few."""
    wanted = [split for split in _SPLITS if shares[split] > 0]
    if len(first) < len(wanted):
        return dict.fromkeys(first, "train")
    result = {group: split_of[group] for group in first}
    ordered = sorted(first, key=lambda group: (draws[group], group))
    for split in wanted:
        if split not in result.values():
            spare = [group for group in ordered if list(result.values()).count(result[group]) > 1]
            result[spare[-1] if split == "train" else spare[0]] = split
    return result
