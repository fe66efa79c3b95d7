"""Rows that earlier versions of a dataset were tested with: they stay test rows, or it is said that they don't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.datasets.checks.personal import masked_messages
from pipeline.datasets.checks.treatment import examples
from pipeline.datasets.problem import EXAMPLES, Problem, counted, excerpt
from pipeline.datasets.row import Draft, identity, prompt_of
from pipeline.datasets.versions.version import whole_versions
from pipeline.errors import BadInput
from pipeline.plan.model import Split, SplitSpec


@dataclass(frozen=True)
class EarlierTests:
    """Identities of prompts.

    Attributes:
        alike: test rows of versions that were drawn with the same seed and strata. Smaller shares don't let a row go:
            what a model was once measured on would teach the next one.
        all: test rows of all versions.
        were_masked: whether personal data was masked in one of the versions.
        broken: versions that can't be read any more, with the reason.
    """

    alike: frozenset[str]
    all: frozenset[str]
    were_masked: bool
    broken: tuple[BadInput, ...] = ()

    def pinned(self, drafts: Iterable[Draft]) -> frozenset[str]:
        """Prompts that stay test rows, also those that are not masked any more."""
        if not self.were_masked or not self.alike:
            return self.alike
        as_they_are = (draft for draft in drafts if not draft.unmasked)
        return self.alike | {draft.prompt_id for draft in as_they_are if _masked_id(draft) in self.alike}


def earlier_tests(kept_in: Path, spec: SplitSpec) -> EarlierTests:
    """Reads the test rows of all versions in `datasets/NAME`."""
    alike: set[str] = set()
    every: set[str] = set()
    were_masked = False
    versions, broken = whole_versions(kept_in)
    for version in versions:
        dataset = version.manifest.spec
        prompts = {row.prompt_id for row in version.rows("test")}
        split = dataset.get("split", {})
        if (split.get("seed"), split.get("stratify")) == (spec.seed, spec.stratify):
            alike |= prompts
        were_masked |= dataset.get("checks", {}).get("personal_data") == "mask"
        every |= prompts
    return EarlierTests(frozenset(alike), frozenset(every), were_masked, tuple(broken))


def check_broken(earlier: EarlierTests) -> list[Problem]:
    """Names earlier versions that can't be read: their test rows may be trained now."""
    if not earlier.broken:
        return []
    return [
        Problem(
            code="data.broken_version",
            severity="warning",
            count=len(earlier.broken),
            message=f"{counted(len(earlier.broken), 'earlier version')} can't be read: "
            "rows that it was tested with may be trained now.",
            hint=earlier.broken[0].hint,
            examples=[excerpt(error.message) for error in earlier.broken[:EXAMPLES]],
        )
    ]


def check_released(drafts: Sequence[Draft], splits: Sequence[Split], earlier: EarlierTests) -> list[Problem]:
    """Names rows that were test rows and are trained now: by another seed, no test share, or a training file."""
    if not earlier.all:
        return []
    released = [
        draft
        for draft, split in zip(drafts, splits, strict=True)
        if split == "train" and not {draft.prompt_id, draft.source_prompt_id}.isdisjoint(earlier.all)
    ]
    if not released:
        return []
    return [
        Problem(
            code="data.test_rows_trained",
            severity="warning",
            count=len(released),
            message=f"{counted(len(released), 'row')} that earlier versions were tested with "
            f"{'is' if len(released) == 1 else 'are'} trained now: their verdicts and the next one can't be compared.",
            hint="Go back to the earlier dataset.split (seed, stratify, test), or compare within this version only.",
            examples=examples(released),
        )
    ]


def _masked_id(draft: Draft) -> str:
    return identity(masked_messages(prompt_of(draft.messages)))
