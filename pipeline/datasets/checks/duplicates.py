"""Rows that are there several times, word for word or nearly, and training rows that also stand in the test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.datasets.cell import folded
from pipeline.datasets.checks.near import NearGroups
from pipeline.datasets.checks.treatment import Outcome, examples
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted, excerpt
from pipeline.datasets.row import Draft, SetAside
from pipeline.errors import BadInput


def set_exact_aside(drafts: Sequence[Draft]) -> Outcome:
    """Keeps the first of rows that are equal word for word.

    A copy in the user's own test file stays there, and that between training and test is `settle_leakage`'s.
    """
    first: dict[bytes, Draft] = {}
    kept: list[Draft] = []
    aside: list[SetAside] = []
    for draft in drafts:
        original = draft if draft.own_split == "test" else first.setdefault(draft.key, draft)
        if original is draft:
            kept.append(draft)
        else:
            aside.append(SetAside(draft, "data.duplicate", f"the same row stands at {original.source}."))
    return kept, aside, _problem("data.duplicate", aside, "word for word the same as an earlier row")


def set_near_aside(drafts: Sequence[tuple[int, Draft]], near: NearGroups) -> Outcome:
    """Keeps the first of rows that say the same in nearly the same words, and get the same answer.

    Args:
        drafts: rows with their position in `near`.
        near: of the rows' prompts.
    """
    kept_of: dict[int, list[tuple[int, Draft]]] = defaultdict(list)
    kept: list[Draft] = []
    aside: list[SetAside] = []
    for index, draft in drafts:
        group = kept_of[near.group_of[index]]
        original = next((old for i, old in group if _same_answer(old, draft) and near.is_copy(i, index)), None)
        if original is None:
            kept.append(draft)
            group.append((index, draft))
        else:
            aside.append(SetAside(draft, "data.near_duplicate", f"nearly the same row stands at {original.source}."))
    return kept, aside, _problem("data.near_duplicate", aside, "nearly the same as an earlier row")


def _same_answer(first: Draft, second: Draft) -> bool:
    if "test" in (first.own_split, second.own_split):
        return False  # the user's own test file stays as it is
    return (first.desired, _folded_answers(first)) == (second.desired, _folded_answers(second))


def _folded_answers(draft: Draft) -> tuple[str, str]:
    return folded(draft.completion), folded("\n".join(message["content"] for message in draft.rejected or ()))


def settle_leakage(drafts: Sequence[Draft], near: NearGroups, action: str) -> Outcome:
    """Finds rows outside the user's own test file that also stand in it, and sets them aside if the plan says so.

    Args:
        drafts: in the order of `near`.
        near: of the drafts' prompts.
        action: `off`, `warn`, `quarantine` or `block`.

    Raises:
        BadInput: `data.leakage`, where the plan says `block`.
    """
    if action == "off":
        return list(drafts), [], []
    leaks = dict(_leaks(drafts, near))
    problems = _leakage_problems(drafts, leaks, action)
    if action == "block" and problems:
        raise BadInput("data.leakage", problems[0].message, "Take these rows out, or set checks.leakage: quarantine.")
    if action == "warn":
        return list(drafts), [], problems
    kept = [draft for index, draft in enumerate(drafts) if index not in leaks]
    aside = [
        SetAside(drafts[index], *_leakage_reason(drafts[index], drafts[test])) for index, test in sorted(leaks.items())
    ]
    return kept, aside, problems


def _leaks(drafts: Sequence[Draft], near: NearGroups) -> Iterator[tuple[int, int]]:
    """(row outside the test, row of the test that it nearly is)."""
    tests: dict[int, list[int]] = defaultdict(list)
    for index, draft in enumerate(drafts):
        if draft.own_split == "test":
            tests[near.group_of[index]].append(index)
    for index, draft in enumerate(drafts):
        if draft.own_split != "test":
            copies = [test for test in tests.get(near.group_of[index], ()) if near.is_copy(index, test)]
            if copies:
                yield index, next((test for test in copies if _is_identical(draft, drafts[test])), copies[0])


def _is_identical(first: Draft, second: Draft) -> bool:
    return first.prompt_text == second.prompt_text


def _leakage_reason(draft: Draft, test: Draft) -> tuple[str, str]:
    if _is_identical(draft, test):
        return "data.leakage", f"its text is also a test row, {test.source}."
    return "data.near_leakage", f"its text is nearly that of a test row, {test.source}."


def _leakage_problems(drafts: Sequence[Draft], leaks: dict[int, int], action: str) -> list[Problem]:
    pairs = [(drafts[leaked], drafts[test]) for leaked, test in leaks.items()]
    exact = [pair for pair in pairs if _is_identical(*pair)]
    near = [pair for pair in pairs if not _is_identical(*pair)]
    found = (("data.leakage", exact, "also"), ("data.near_leakage", near, "nearly alike"))
    return [_leakage_problem(code, some, how, is_kept=action == "warn") for code, some, how in found if some]


def _leakage_problem(code: str, pairs: Sequence[tuple[Draft, Draft]], how: str, *, is_kept: bool) -> Problem:
    texts = len({test.prompt_text for _, test in pairs})
    return Problem(
        code=code,
        severity="warning",
        count=texts,
        message=f"{counted(texts, 'text')} of the test {'stands' if texts == 1 else 'stand'} {how} in "
        f"{counted(len(pairs), 'row')} of other files, {'kept' if is_kept else 'set aside'}: a model could know "
        f"{'it' if texts == 1 else 'them'} by heart.",
        hint="Set dataset.checks.leakage to quarantine." if is_kept else "Nothing to do.",
        examples=[f"{one.source} = {test.source}: {excerpt(one.prompt_text, 70)}" for one, test in pairs[:EXAMPLES]],
        fixes=[
            Fix(title="Set them aside", field="dataset.checks.leakage", value="quarantine")
            if is_kept
            else Fix(title="Keep them for training", field="dataset.checks.leakage", value="warn")
        ],
    )


def _problem(code: str, aside: list[SetAside], what: str) -> list[Problem]:
    if not aside:
        return []
    number = counted(len(aside), "row")
    return [
        Problem(
            code=code,
            severity="note",
            count=len(aside),
            message=f"{number} {'is' if len(aside) == 1 else 'are'} {what}; set aside, the first is kept.",
            hint="Nothing to do. dataset.checks.duplicates: off keeps them.",
            examples=examples(one.draft for one in aside),
            fixes=[_keep_them(code)],
        )
    ]


def _keep_them(code: str) -> Fix:
    value = "off" if code == "data.duplicate" else "exact"
    return Fix(title="Keep them", field="dataset.checks.duplicates", value=value)
