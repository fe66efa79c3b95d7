"""`vibetune data check`: everything that can be said about data before a run, and fixes that change the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.data_plan import BaseOption, ChosenPlan, DataArgument, chosen_plan
from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.datasets.problem import Fix, Problem
    from pipeline.datasets.versions.examine import Examination


def command(
    data: DataArgument = None,
    project: ProjectOption = HERE,
    base: BaseOption = None,
    fix: Annotated[
        list[str] | None,
        typer.Option("--fix", help="Settle a problem: CODE, or CODE:2 for its second fix; repeatable."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Without what trains a linear model.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check data as a run would, and say what to do. Ends with 1 where a run would be refused.

    Rows are set aside, never deleted; a fix changes one field of the plan and nothing else.

    Example:  vibetune data check --fix data.personal_data
    """
    from app.workbench.preparing import why_not_trained
    from pipeline.datasets.versions.examine import examine

    chosen = chosen_plan(data or [], project, base)
    found = examine(chosen.plan, chosen.folder, chosen.base(), is_quick=quick or bool(fix))
    fixed = [_apply(chosen, found, wanted) for wanted in fix or []]
    if fixed:
        chosen = chosen_plan(data or [], project, base)
        found = examine(chosen.plan, chosen.folder, chosen.base(), is_quick=quick)
    refusal = why_not_trained(chosen.plan)
    if as_json:
        not_trained = None if refusal is None else refusal.as_json()
        print_json(found.as_json() | {"fixed": [one.model_dump() for one in fixed], "not_trained": not_trained})
    else:
        _print(found, fixed)
        if refusal is not None:
            people().print(f"\nnote: {refusal.message} {refusal.hint}", markup=False)
    if found.is_blocked:
        raise typer.Exit(1)


def _apply(chosen: ChosenPlan, found: Examination, wanted: str) -> Fix:
    """Writes a fix into the plan's file, which keeps its comments."""
    from pipeline.errors import BadInput
    from pipeline.plan.document import load_plan

    code, _, number = wanted.partition(":")
    problem = next((one for one in found.problems if one.code == code), None)
    if problem is None or not problem.fixes:
        fixable = ", ".join(one.code for one in found.problems if one.fixes)
        text = f"There is {'no problem' if problem is None else 'no fix for'} `{code}`."
        raise BadInput("data.no_fix", text, f"There are: {fixable}." if fixable else "Nothing has a fix.")
    if chosen.file is None:
        raise BadInput("data.no_plan", "A fix changes a plan, and these are data files.", "Make a plan: vibetune plan.")
    index = int(number) if number.isdigit() else 1
    if not 1 <= index <= len(problem.fixes):
        raise BadInput("data.no_fix", f"`{code}` has {len(problem.fixes)} fixes, not {number}.", "Count from 1.")
    one = problem.fixes[index - 1]
    document = load_plan(chosen.file)
    document.set(one.field, one.value)
    document.save(chosen.file)
    return one


def _print(found: Examination, fixed: list[Fix]) -> None:
    out = people()
    for one in fixed:
        out.print(f"fixed: {one.title} ({_change(one)})", markup=False)
    _print_counts(out, found)
    for problem in found.problems:
        _print_problem(out, problem)
    if found.is_blocked:
        out.print("A run would be refused with these rows.", style="red", markup=False)


def _print_counts(out: Console, found: Examination) -> None:
    aside = ", ".join(f"{reason.removeprefix('data.')} {count:,}" for reason, count in found.aside.items())
    out.print(f"{found.rows:,} rows to use; set aside: {aside or 'none'}", markup=False)
    if found.lengths is not None:
        sizes = found.lengths
        text = f"tokens a row: half have {sizes.p50:,} or fewer, 95 of 100 {sizes.p95:,}, the longest {sizes.max:,}"
        out.print(f"{text}; {found.limit:,} fit", markup=False)
    names = ", ".join(f"{name or 'not told'} {count:,}" for name, count in list(found.languages.items())[:6])
    out.print(f"languages: {names}", markup=False)
    parts = ", ".join(f"{part} {value:.2f}" for part, value in found.quality.parts.items())
    out.print(f"quality: {found.quality.score:.0f} of 100 ({parts})", markup=False)
    if found.enough is not None:
        out.print(f"enough? {found.enough.text}", markup=False)


def _print_problem(out: Console, problem: Problem) -> None:
    from pipeline.datasets.seen.page import visible

    out.print(f"\n{problem.severity}: {visible(problem.message)}  [{problem.code}]", markup=False)
    for example in problem.examples:
        out.print(f"    {visible(example)}", markup=False)
    if problem.hint:
        out.print(f"  try: {problem.hint}", markup=False)
    for number, fix in enumerate(problem.fixes, 1):
        option = problem.code if number == 1 else f"{problem.code}:{number}"
        out.print(f"  --fix {option}   {fix.title} ({_change(fix)})", markup=False)


def _change(fix: Fix) -> str:
    value = f"{len(fix.value)} entries" if isinstance(fix.value, list) and len(fix.value) > 5 else fix.value
    return f"{fix.field}: {value}"
