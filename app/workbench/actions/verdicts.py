"""What can be done while reading a verdict: moving through answers, cells and kinds of change; copying what it says."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.actions.chosen import Act, chosen_run, needs_run, on_run
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.run_row import RunRow
from app.workbench.verdict_parts import Answered, VerdictReading, shown_answers
from pipeline.errors import VibetuneError

VIEWS = ("verdict",)
USUAL = ("fixed", "broken", "closer", "further off")  # kinds of change that are shown first: what is different now


def needs_verdict(_bench: Workbench, run: RunRow) -> str | None:
    if run.verdict is not None:
        return None
    if run.state == "measuring":
        return f"{run.short_name} is being measured."
    return f"{run.short_name} has not been measured yet."


def chosen_verdict(bench: Workbench) -> VerdictReading | None:
    """The verdict of the chosen run, if it has been read."""
    run = chosen_run(bench)
    found = bench.runs.verdict(run.name) if run is not None and run.verdict is not None else None
    return None if isinstance(found, VibetuneError) else found


def chosen_changes(bench: Workbench) -> tuple[str, ...]:
    """The kinds of change that are shown; none of them means all."""
    wanted = bench.selection.get("changes")
    return tuple(each for each in wanted.split(",") if each not in {"", "all"}) if wanted else USUAL


def chosen_cell(bench: Workbench) -> tuple[str, str] | None:
    """Expected and given label of the chosen cell of the matrix."""
    expected, mark, given = bench.selection.get("cell").partition("\t")
    return (expected, given) if mark else None


def choose_cell(bench: Workbench, expected: str, given: str) -> None:
    """Shows the answers of one cell of the matrix; the same cell again: all as before."""
    value = f"{expected}\t{given}"
    bench.selection.set("cell", "" if bench.selection.get("cell") == value else value)


def listed_answers(bench: Workbench, reading: VerdictReading) -> tuple[Answered, ...]:
    """The answers that are listed now."""
    return shown_answers(reading, chosen_changes(bench), chosen_cell(bench))


def chosen_answer(bench: Workbench, reading: VerdictReading) -> int:
    """Place of the chosen answer in the list; 0 where none is chosen."""
    wanted = bench.selection.get("answer")
    return next((place for place, each in enumerate(listed_answers(bench, reading)) if each.row == wanted), 0)


def _move(by: int) -> Callable[[Workbench], object]:
    def move(bench: Workbench) -> object:
        reading = chosen_verdict(bench)
        answers = listed_answers(bench, reading) if reading is not None else ()
        if reading is None or not answers:
            return None
        is_first = not bench.selection.get("answer")
        place = 0 if is_first else max(0, min(len(answers) - 1, chosen_answer(bench, reading) + by))
        bench.selection.set("answer", answers[place].row)
        return answers[place].row

    return move


def _move_cell(by: int) -> Callable[[Workbench], object]:
    def move(bench: Workbench) -> object:
        reading = chosen_verdict(bench)
        cells = _filled_cells(reading) if reading is not None else []
        if not cells:
            return None
        cell = chosen_cell(bench)
        place = (cells.index(cell) + by) % len(cells) if cell in cells else (0 if by > 0 else len(cells) - 1)
        bench.selection.set("cell", "\t".join(cells[place]))
        return cells[place]

    return move


def _filled_cells(reading: VerdictReading) -> list[tuple[str, str]]:
    if reading.matrix is None:
        return []
    return [
        (expected, given)
        for row, expected in enumerate(reading.matrix.expected)
        for column, given in enumerate(reading.matrix.given)
        if reading.matrix.counts[row][column]
    ]


def _toggle(*changes: str) -> Callable[[Workbench], object]:
    def toggle(bench: Workbench) -> object:
        shown = list(chosen_changes(bench))
        for change in changes:
            shown = [each for each in shown if each != change] if change in shown else [*shown, change]
        bench.selection.set("cell", "")
        bench.selection.set("changes", ",".join(shown) or "all")
        return tuple(shown)

    return toggle


def _show_wrong(bench: Workbench) -> object:
    bench.selection.set("cell", "")
    bench.selection.set("changes", "broken,both wrong")
    return None


def _why_no_reading(bench: Workbench) -> str | None:
    reason = needs_run(needs_verdict)(bench)
    if reason is not None:
        return reason
    return None if chosen_verdict(bench) is not None else "The verdict is still being read."


def _why_no_matrix(bench: Workbench) -> str | None:
    reason = _why_no_reading(bench)
    if reason is not None:
        return reason
    reading = chosen_verdict(bench)
    return None if reading is not None and reading.matrix is not None else "This task has no labels, so no matrix."


def _copy(text: Callable[[RunRow], str]) -> Act:
    def copy(bench: Workbench, run: RunRow) -> object:
        bench.clipboard.copy(text(run))
        return bench.notices.say("Copied", text(run), "info")

    return copy


def _compare_adapter(bench: Workbench, run: RunRow) -> None:
    bench.selection.set("adapter", run.adapter or "")
    bench.views.open("playground")


def _why_no_adapter(_bench: Workbench, run: RunRow) -> str | None:
    return None if run.adapter else f"{run.short_name} has no registered adapter."


def _full_report(bench: Workbench, run: RunRow) -> None:
    project = bench.require_project()
    bench.views.open("text", str(project.run(run.name).evaluation / "report.md"))


def _open_plan(bench: Workbench, run: RunRow) -> None:
    bench.views.open("plan", str(bench.require_project().path / run.plan_file))


def commands() -> list[Command]:
    """All commands on a verdict."""
    return [*_of_the_whole(), *_through_answers(), *_through_cells(), *_from_the_advice()]


def _of_the_whole() -> list[Command]:
    return [
        Command("verdict.copy", "Copy the verdict as text",
                on_run(_copy(lambda run: run.verdict.text if run.verdict else "")), needs_run(needs_verdict), "copy",
                ("Ctrl+C",), "Run/6", "run", VIEWS,
                help="All of it: sentence, numbers, intervals."),
        Command("verdict.copy_sentence", "Copy the verdict's sentence",
                on_run(_copy(lambda run: run.verdict.headline if run.verdict else "")), needs_run(needs_verdict),
                "copy", menu="Run/6",
                help="The first line alone."),
        Command("verdict.report", "Open the full report", on_run(_full_report), needs_run(needs_verdict), "file-text",
                help="The Markdown that the evaluation wrote, evaluation/report.md."),
        Command("verdict.compare", "Compare this run's adapter side by side", on_run(_compare_adapter),
                needs_run(_why_no_adapter), "comment-discussion", menu="Run/6", context="run",
                help="Opens the playground with it."),
    ]  # fmt: skip


def _through_answers() -> list[Command]:
    read = _why_no_reading
    return [
        Command("verdict.next_answer", "Next changed answer", _move(1), read, "arrow-down", ("J",), views=VIEWS,
                help="Down the list of answers that differ."),
        Command("verdict.previous_answer", "Previous changed answer", _move(-1), read, "arrow-up", ("K",), views=VIEWS,
                help="Up the list of answers that differ."),
        Command("verdict.open_answer", "Show or hide the whole answer",
                lambda bench: bench.selection.set("whole", "" if bench.selection.get("whole") else "yes"), read, "eye",
                ("Return",), views=VIEWS,
                help="Or its first lines."),
    ]  # fmt: skip


def _through_cells() -> list[Command]:
    matrix = _why_no_matrix
    return [
        Command("verdict.next_cell", "Next cell of the matrix", _move_cell(1), matrix, keys=("]",), views=VIEWS,
                help="Lists the answers that it counts."),
        Command("verdict.previous_cell", "Previous cell of the matrix", _move_cell(-1), matrix, keys=("[",),
                views=VIEWS,
                help="Lists the answers that it counts."),
        Command("verdict.all_cells", "Show the answers of all cells", lambda bench: bench.selection.set("cell", ""),
                lambda bench: None if bench.selection.get("cell") else "No cell is chosen.",
                help="Takes the choice of a cell away."),
        Command("verdict.show_cell", "Show the answers of a cell",
                lambda bench: bench.selection.set("cell", bench.selection.get("advised")),
                lambda bench: None if bench.selection.get("advised") else "Choose a cell of the matrix.",
                help="Of the one that the advice speaks of."),
    ]  # fmt: skip


def _from_the_advice() -> list[Command]:
    read = _why_no_reading
    return [
        Command("verdict.open_plan", "Open the plan that the run came from", on_run(_open_plan), needs_run(), "edit",
                help="As it is now; the run keeps its own copy."),
        Command("verdict.open_data", "Open the data that the run came from",
                lambda bench: bench.views.open("datasets"), needs_run(), "database",
                help="The list of files and versions."),
        Command("verdict.show_wrong", "Show wrong answers", _show_wrong, read,
                help="Those that the adapter got wrong."),
        Command("verdict.fixed", "Show or hide fixed answers", _toggle("fixed", "closer"), read,
                help="Wrong before, right now."),
        Command("verdict.broken", "Show or hide broken answers", _toggle("broken", "further off"), read,
                help="Right before, wrong now."),
        Command("verdict.both_wrong", "Show or hide answers that both got wrong", _toggle("both wrong", "as close"),
                read,
                help="Neither the base nor the adapter was right."),
        Command("verdict.both_right", "Show or hide answers that both got right", _toggle("both right"), read,
                help="Nothing changed there."),
    ]  # fmt: skip
