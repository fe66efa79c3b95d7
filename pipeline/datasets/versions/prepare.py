"""From a plan's sources to checked rows: what goes into a version before it is split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.bases.base import find_base_in
from pipeline.datasets.canonical import Columns, canonical_rows
from pipeline.datasets.checks.chosen import check_identities, set_chosen_aside, takes_back
from pipeline.datasets.checks.duplicates import set_exact_aside, set_near_aside, settle_leakage
from pipeline.datasets.checks.judgements import settle_judgements
from pipeline.datasets.checks.labels import keep_labels, settle_contradictions, unify_labels
from pipeline.datasets.checks.languages import check_languages
from pipeline.datasets.checks.near import NearGroups
from pipeline.datasets.checks.offensive import check_offensive
from pipeline.datasets.checks.personal import check_personal_data
from pipeline.datasets.checks.phrases import check_boilerplate, check_injection, check_refusals
from pipeline.datasets.checks.shape import check_balance, check_extremes
from pipeline.datasets.checks.skew import check_skew
from pipeline.datasets.checks.texts import check_mojibake, check_rare_labels, unusable_rows
from pipeline.datasets.checks.treatment import Found, Outcome, settle
from pipeline.datasets.edits import Edited, lost_edits, read_edited
from pipeline.datasets.problem import Problem, counted
from pipeline.datasets.readers.read import fingerprint
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import column_facts
from pipeline.datasets.recognise.mapping import candidate_mappings
from pipeline.datasets.row import Draft, SetAside
from pipeline.datasets.seen.lengths import longest_lengths
from pipeline.datasets.seen.teachable import token_limit
from pipeline.datasets.versions.version import EditsFacts, SourceFacts
from pipeline.errors import BadInput
from pipeline.plan.model import Plan, Role, Source, Split, Task


@dataclass
class Prepared:
    """Checked rows with their groups, what was set aside, and what there is to say about it."""

    columns: dict[Role, list[str]]
    drafts: list[Draft] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: list[SourceFacts] = field(default_factory=list)
    edits: EditsFacts | None = None
    labels: list[str] | None = None
    kept: Collection[str] = ()

    def take(self, outcome: Outcome) -> None:
        """Takes over what a check kept, set aside and found; rows that the plan keeps stay where they were."""
        before = self.drafts
        self.drafts, aside, problems = outcome
        self.problems += problems
        back = {id(one.draft) for one in aside if self.kept and takes_back(one, self.kept)}
        self.aside += [one for one in aside if id(one.draft) not in back]
        if back:
            staying = back | {id(draft) for draft in self.drafts}
            self.drafts = [draft for draft in before if id(draft) in staying]


def prepare(plan: Plan, project: Path) -> Prepared:
    """Reads, maps and checks all rows of a plan's dataset.

    Raises:
        BadInput: a source that can't be used, or too little left to train on.
    """
    prepared = read_sources(plan, project)
    prepared.kept = frozenset(plan.dataset.checks.keep)
    _check(prepared, plan, project)
    checks = plan.dataset.checks
    prepared.problems += check_identities([*checks.keep, *checks.set_aside], prepared.drafts, prepared.aside)
    prepared.problems += unusable_rows(prepared.aside, prepared.problems)
    _refuse_too_little(prepared, plan)
    return prepared


def read_sources(plan: Plan, project: Path) -> Prepared:
    """Reads and maps all rows of a plan's dataset, and checks none of them.

    Raises:
        BadInput: a source that can't be used.
    """
    _refuse_what_is_not_there_yet(plan)
    sources, edits = plan.dataset.sources, plan.dataset.edits
    places = [(_path(source), _place(source, project)) for source in sources]
    edited = read_edited(places, None if edits is None else project / edits)
    prepared = Prepared(_columns(plan, [one.table for one in edited]))
    prepared.problems += lost_edits([edit for one in edited for edit in one.lost])
    prepared.edits = _edits_facts(plan, project, edited)
    for source, one in zip(sources, edited, strict=True):
        _add_source(prepared, plan, source, one.table)
    return prepared


def _edits_facts(plan: Plan, project: Path, edited: Sequence[Edited]) -> EditsFacts | None:
    if plan.dataset.edits is None:
        return None
    digest, size = fingerprint(project / plan.dataset.edits)
    return EditsFacts(
        path=plan.dataset.edits, sha256=digest, bytes=size, rows=sum(len(one.columns_of) for one in edited)
    )


def _refuse_what_is_not_there_yet(plan: Plan) -> None:
    spec = plan.dataset
    for is_asked, what in (
        (spec.rehearsal is not None, "rehearsal rows"),
        (spec.synthesis is not None and spec.synthesis.count > 0, "synthesis"),
        (
            plan.task == "classification" and bool({"chosen", "rejected", "label"} & set(spec.columns)),
            "judged answers for a classification, whose answers are labels",
        ),
    ):
        if is_asked:
            raise BadInput("data.not_supported", f"This version can't use {what}.", "Take it out of plan.dataset.")


def _place(source: Source, project: Path) -> Path:
    return Path(_path(source)) if source.hf else project / _path(source)


def _path(source: Source) -> str:
    """As `read_table` takes it; files are relative to the project folder."""
    if source.hf:
        return f"hf:{source.hf}"
    if not source.path:
        raise BadInput("data.no_path", "A source of the plan has no path.", "Give dataset.sources: [{path: FILE}].")
    return source.path


def _columns(plan: Plan, tables: Sequence[Table]) -> dict[Role, list[str]]:
    """The plan's columns; where it names none, the likeliest reading that suits its task."""
    named: dict[Role, list[str]] = {role: list(columns) for role, columns in plan.dataset.columns.items() if columns}
    if named:
        return named
    candidates = candidate_mappings(tables[0], column_facts(tables[0]))
    suiting = [one for one in candidates if _suits(one.task_hint, plan.task)]
    if not candidates:
        raise BadInput(
            "data.no_mapping",
            f"No column of {tables[0].path.name} can be taken for a prompt or an answer.",
            f"Name them in plan.dataset.columns. There are: {', '.join(tables[0].columns[:20])}.",
        )
    return (suiting or candidates)[0].columns


def _suits(hint: Task, task: Task) -> bool:
    """Whether rows of one kind can be read for a task: labels and judgements are kinds of their own."""
    return all((hint == kind) == (task == kind) for kind in ("classification", "preference"))


def _add_source(prepared: Prepared, plan: Plan, source: Source, table: Table) -> None:
    columns: Columns = prepared.columns
    drafts, aside = canonical_rows(table, columns, own_split=source.split, stratify=plan.dataset.split.stratify)
    prepared.drafts += drafts
    prepared.aside += aside
    prepared.problems += table.all_problems()
    digest, size = fingerprint(table.path)
    prepared.sources.append(
        SourceFacts(
            path=_path(source),
            sha256=digest,
            bytes=size,
            rows=len(table.rows) + len(table.bad),
            encoding=table.encoding,
            format=table.format,
            split=source.split,
        )
    )


def _check(prepared: Prepared, plan: Plan, project: Path) -> None:
    checks = plan.dataset.checks
    prepared.problems += check_mojibake(prepared.drafts)
    prepared.take(set_chosen_aside(prepared.drafts, checks.set_aside))
    prepared.take(check_languages(prepared.drafts, checks.languages))
    prepared.take(check_personal_data(prepared.drafts, checks.personal_data))
    # A masked row has another identity, and is named by it in reports.
    prepared.take(set_chosen_aside(prepared.drafts, checks.set_aside))
    prepared.take(check_injection(prepared.drafts, checks.injection))
    prepared.take(check_offensive(prepared.drafts, checks.offensive))
    if plan.task == "classification":
        _check_labels(prepared, plan)
    else:
        prepared.take(settle_judgements(prepared.drafts, checks.contradictions))
        prepared.take(check_refusals(prepared.drafts, checks.refusals))
        prepared.take(check_boilerplate(prepared.drafts, checks.boilerplate))
    prepared.take(check_extremes(prepared.drafts, checks.extremes))
    if checks.too_long == "quarantine":
        prepared.take(_set_long_aside(prepared.drafts, plan, project))
    _check_copies(prepared, plan)
    if plan.task == "classification":
        prepared.problems += check_rare_labels(prepared.drafts)
        prepared.problems += check_balance(prepared.drafts)
        prepared.problems += check_skew(prepared.drafts)
        prepared.labels = sorted({draft.label for draft in prepared.drafts if draft.label is not None})


def _check_copies(prepared: Prepared, plan: Plan) -> None:
    checks = plan.dataset.checks
    if checks.duplicates != "off":
        prepared.take(set_exact_aside(prepared.drafts))
    # Reworded rows have to be known even where they stay: two of them must not lie in training and test.
    is_asked = checks.duplicates == "near" or checks.leakage != "off"
    near = NearGroups((draft.prompt_text for draft in prepared.drafts), is_exact=not is_asked)
    _group(prepared.drafts, near)
    drafts = prepared.drafts
    prepared.take(settle_leakage(drafts, near, checks.leakage))
    if checks.duplicates == "near":
        left = {id(draft) for draft in prepared.drafts}
        prepared.take(set_near_aside([(i, draft) for i, draft in enumerate(drafts) if id(draft) in left], near))


def _set_long_aside(drafts: Sequence[Draft], plan: Plan, project: Path) -> Outcome:
    base = find_base_in(project, plan.model.base, plan.model.revision)
    lengths = longest_lengths(base, drafts, plan.dataset.system_prompt)
    limit = token_limit(plan, base)
    why = {
        i: f"it has {length.total:,} tokens, over the limit of {limit:,}."
        for i, length in enumerate(lengths)
        if length.total > limit
    }
    what = f"{counted(len(why), 'row')} longer than {limit:,} tokens, {{done}}."
    return settle(drafts, Found("data.too_long", "too_long", what, "", why), "quarantine")


def _check_labels(prepared: Prepared, plan: Plan) -> None:
    wanted = plan.dataset.labels
    prepared.problems += unify_labels(prepared.drafts, wanted)
    if wanted is not None:
        prepared.take(keep_labels(prepared.drafts, wanted))
    prepared.take(settle_contradictions(prepared.drafts, plan.dataset.checks.contradictions))
    if plan.dataset.split.stratify is None:
        for draft in prepared.drafts:
            draft.stratum = draft.label or ""


def _group(drafts: Sequence[Draft], near: NearGroups) -> None:
    """Names each row's group after its first row; rows of one conversation are in one group too."""
    leader: dict[int, int] = {}
    by_conversation: dict[str, int] = {}

    def root(index: int) -> int:
        while index in leader:
            index = leader[index]
        return index

    for index, draft in enumerate(drafts):
        if draft.conversation:
            own = root(near.group_of[index])
            other = root(by_conversation.setdefault(draft.conversation, own))
            if own != other:
                leader[max(own, other)] = min(own, other)
    for index, draft in enumerate(drafts):
        first = root(near.group_of[index])  # stands before the others, so it has its name already
        draft.group = drafts[first].group if first < index else draft.prompt_id[:16]


def _refuse_too_little(prepared: Prepared, plan: Plan) -> None:
    rows = Counter[Split | None](draft.own_split for draft in prepared.drafts)
    trained = rows[None] + rows["train"]
    if not trained:
        reasons = "; ".join(problem.message for problem in prepared.problems[:3])
        raise BadInput(
            "data.no_rows", f"No row is left to train on. {reasons}".strip(), "Look at the columns and the file."
        )
    if prepared.labels is not None and len(prepared.labels) < 2:
        raise BadInput(
            "data.one_class",
            f"All {trained:,} rows have the same label, {prepared.labels[0]!r}: there is nothing to tell apart.",
            "Add rows with at least one other label, or choose another column for the completion.",
        )
