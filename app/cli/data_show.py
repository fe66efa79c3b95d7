"""`vibetune data show`: rows as a base sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.data_plan import BaseOption, DataArgument, chosen_plan
from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption

if TYPE_CHECKING:
    from pipeline.datasets.seen.tokens import SeenRow, TokenKind

_STYLES: dict[TokenKind, str] = {
    "prompt": "default",
    "special": "dim",
    "trained": "black on green",
    "end": "bold white on dark_green",
    "cut": "strike white on dark_red",
    "padding": "dim italic",
}


def command(
    data: DataArgument = None,
    project: ProjectOption = HERE,
    base: BaseOption = None,
    start: Annotated[int, typer.Option("--start", min=1, help="First row, counted from 1.")] = 1,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="Rows to show.")] = 5,
    html: Annotated[Path | None, typer.Option("--html", help="Write them to this file, to be opened anywhere.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show rows as the model sees them: what it reads, what it learns, where it ends, what is too long.

    The rows are shown as they would lie in one batch, before any check.

    Example:  vibetune data show data/tickets.csv --count 3 --html seen.html
    """
    from pipeline.datasets.seen.page import page
    from pipeline.datasets.seen.teachable import token_limit
    from pipeline.datasets.seen.tokens import RowViewer, as_seen
    from pipeline.datasets.versions.prepare import read_sources
    from pipeline.errors import BadInput
    from pipeline.files import write_text

    chosen = chosen_plan(data or [], project, base)
    model, plan = chosen.base(), chosen.plan
    prepared = read_sources(plan, chosen.folder)
    drafts = prepared.drafts[start - 1 : start - 1 + count]
    if not drafts:
        text = f"There is no row {start:,}: {len(prepared.drafts):,} rows can be used."
        raise BadInput("data.no_row", text, "Give a smaller --start.")
    limit, last_only = token_limit(plan, model), "messages" not in prepared.columns
    viewer = RowViewer(model, plan.dataset.system_prompt, last_only=last_only, limit=limit)
    rows = viewer.batch([seen for draft in drafts for seen in as_seen(draft)])
    judged = any(draft.rejected is not None or draft.desired is not None for draft in drafts)
    learned = "compared" if judged else "the last answer is learned" if last_only else "answers are learned"
    note = f"{model.id}: {limit:,} tokens a row at most; {learned}."
    if html is not None:
        write_text(html, page(rows, f"What {model.id} sees", note))
    if as_json:
        print_json({"base": model.id, "limit": limit, "last_only": last_only, "rows": [_as_json(row) for row in rows]})
    elif html is not None:
        typer.echo(f"Written to {html}.")
    else:
        _print(rows, note)


def _as_json(row: SeenRow) -> dict[str, object]:
    tokens = [{"text": token.text, "kind": token.kind} for token in row.tokens]
    return {"source": row.source, "counts": row.counts, "problem": row.problem, "tokens": tokens}


def _print(rows: list[SeenRow], note: str) -> None:
    from rich.text import Text

    from pipeline.datasets.seen.page import LEGEND, sentence, visible

    out = people()
    out.print(note, markup=False)
    out.print(Text("  ").join(Text(f" {text} ", _STYLES[kind]) for kind, text in LEGEND.items()))
    for row in rows:
        out.print()
        out.print(f"{visible(row.source)}: {sentence(row)}", markup=False)
        if row.problem:
            out.print(f"  {visible(row.problem)}", style="red", markup=False)
        text = Text()
        for token in row.tokens:
            text.append(visible(token.text), _STYLES[token.kind])
        if row.padding:
            text.append(f" + {row.padding:,} padding", _STYLES["padding"])
        out.print(text)
