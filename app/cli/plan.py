"""`vibetune plan`: from a sentence and files to a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption

if TYPE_CHECKING:
    from assistant.planner.proposal import Proposal


def command(
    sentence: Annotated[str, typer.Argument(help="What the model should do differently.")] = "",
    data: Annotated[list[Path] | None, typer.Option("--data", help="File with examples; repeatable.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE; decides over all else.")] = None,
    project: ProjectOption = HERE,
    write: Annotated[bool, typer.Option("--write", help="Write it to the project's plan.yaml.")] = False,
    output: Annotated[Path | None, typer.Option("--output", help="Another plan file to write.")] = None,
    interactive: Annotated[bool, typer.Option("--interactive", "-i", help="Talk about it until it is right.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the reason of every line.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Turn a sentence and files into a plan; writes nothing without --write.

    Works on this machine alone: no model, no key, no network.

    With --interactive it asks and listens: a number answers, a sentence changes the plan, `write` writes it.

    Example:  vibetune plan "Sort our messages into the right queue" --data data/tickets.csv --write
    """
    from assistant.planner.planner import plan
    from pipeline.errors import BadInput

    folder = _project_folder(project)
    if interactive:
        from app.cli.plan_talk import talk

        talk(sentence, data or [], change or [], folder, explain=explain)
        return
    proposal = plan(sentence, data or [], overrides=change or [], project=folder)
    written = None
    if write or output:
        if folder is None:
            raise BadInput("project.missing", f"{project} is in no project.", "Make one: vibetune new my-project")
        written = _write(proposal, folder, output)
    if as_json:
        print_json(proposal.as_json())
    else:
        print_proposal(proposal, explain=explain, written=written)


def _project_folder(start: Path) -> Path | None:
    from app.workbench.project import open_project
    from pipeline.errors import BadInput

    try:
        return open_project(start).path
    except BadInput:
        return None  # a plan can be looked at anywhere; only writing needs a project


def _write(proposal: Proposal, folder: Path, output: Path | None) -> Path:
    from app.workbench.planning import write_plan
    from assistant.planner.sources import bring_in

    plan = proposal.require_plan()
    bring_in(proposal, folder)
    return write_plan(plan, output or folder / "plan.yaml")


def print_proposal(proposal: Proposal, *, explain: bool, written: Path | None) -> None:
    """A proposal for people: plan, reasons, notes, questions, estimate and the three choices."""
    from pipeline.plan.layout import new_plan_text

    out = people()
    if proposal.answer:
        out.print(proposal.answer, markup=False)
    if proposal.plan:
        out.print(new_plan_text(proposal.plan).rstrip(), markup=False)
    if explain:
        out.print("\nWhy:", markup=False)
        for name, reason in proposal.reasons.items():
            out.print(f"  {name}: {reason}", markup=False)
    for warning in proposal.warnings:
        out.print(f"note: {warning.message}", markup=False)
    for question in proposal.questions:
        out.print(f"\n? {question.text} ({question.why})", markup=False)
        for choice in question.choices:
            mark = " (default)" if choice.value == question.default else ""
            out.print(f"    --set '{question.field}={choice.value}'  {choice.text}{mark}", markup=False)
    if proposal.estimate:
        _print_estimate(proposal.estimate, explain=explain)
    if written:
        from app.workbench.preparing import why_not_trained

        can_run = proposal.plan is not None and why_not_trained(proposal.plan) is None
        out.print(f"Written to {written}. Next: vibetune {'run' if can_run else 'data build'}", markup=False)
    elif proposal.plan:
        out.print("Nothing is written. Write it with --write, change it with --set FIELD=VALUE.", markup=False)


def _print_estimate(estimate: dict[str, Any], *, explain: bool) -> None:
    from app.cli.estimate import money
    from app.workbench.quantities import duration, memory

    out = people()
    for each in estimate.get("choices") or [{"name": "estimate", **estimate}]:
        time = f"{duration(each['seconds_low'])} to {duration(each['seconds_high'])}"
        changes = "".join(f"  --set {field}={value}" for field, value in each.get("changes", {}).items())
        text = f"{each['name']:<9} {time}, {memory(each['memory_gib'])}, {money(each['cost_usd'])}{changes}"
        out.print(text, markup=False)
        for reason in each.get("reasons", {}).values() if explain else ():
            out.print(f"          {reason}", markup=False)
