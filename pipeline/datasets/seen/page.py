"""Seen rows as one HTML file that loads nothing: no script, no font, no picture; texts of rows are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pipeline.datasets.seen.tokens import SeenRow, SeenToken, TokenKind

LEGEND: dict[TokenKind, str] = {
    "prompt": "read",
    "special": "border of a turn",
    "trained": "learned",
    "end": "end, learned",
    "cut": "over the limit",
    "padding": "padding",
}
_SHOWN: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(32)},
    0x7F: "␡",
    **{code: f"<{code:02X}>" for code in range(0x80, 0xA0)},
    **{code: f"<{code:04X}>" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)},
    ord("\n"): "↵\n",
    ord("\t"): "⇥",
}
# The browser refuses whatever a row may have smuggled past the escapes.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --quiet: #5b6470; --line: #d5dae0;
  --trained: #c9efd2; --end: #8fd6a4; --special: #e7e9ed; --cut: #f8cfcb; --bad: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --paper: #16191d; --ink: #e8eaed; --quiet: #9aa4b0; --line: #343a42;
  --trained: #1f4a2d; --end: #2f7a49; --special: #2a2f36; --cut: #5c2826; --bad: #ff9a94; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.6 system-ui, sans-serif;
  margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin-bottom: .3rem; }
.row { border-top: 1px solid var(--line); padding: .8rem 0; }
.tokens { font: 13px/1.9 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.tokens span, .legend span { border-radius: 3px; padding: 1px 0; }
.legend span { padding: 1px 6px; margin-right: .6rem; }
.tokens span { box-shadow: inset -1px 0 var(--line); }
.special { background: var(--special); color: var(--quiet); } .trained { background: var(--trained); }
.end { background: var(--end); font-weight: 600; } .cut { background: var(--cut); text-decoration: line-through; }
.padding { color: var(--quiet); } .counts { color: var(--quiet); } .bad { color: var(--bad); font-weight: 600; }
"""


def page(rows: Sequence[SeenRow], title: str, note: str = "") -> str:
    """A whole HTML document.

    Args:
        rows: of one batch.
        title: what is shown, plain text.
        note: a sentence under it, plain text.
    """
    legend = "".join(f'<span class="{kind}">{escape(text)}</span>' for kind, text in LEGEND.items())
    body = "\n".join(_row(row) for row in rows)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><h1>{escape(title)}</h1><p>{escape(note)}</p><p class="legend">{legend}</p>
{body}
</body></html>
"""


def _row(row: SeenRow) -> str:
    tokens = "".join(_token(token) for token in row.tokens)
    padding = f'<span class="padding">+ {row.padding:,} padding</span>' if row.padding else ""
    problem = f'<p class="bad">{escape(row.problem)}</p>' if row.problem else ""
    return (
        f'<section class="row"><h2>{escape(row.source)}</h2>{problem}'
        f'<p class="counts">{escape(sentence(row))}</p><div class="tokens">{tokens}{padding}</div></section>'
    )


def _token(token: SeenToken) -> str:
    return f'<span class="{token.kind}">{escape(visible(token.text))}</span>'


def visible(text: str) -> str:
    """Text whose control signs are shown and do nothing; a line break also breaks the line.

    Rows are not trusted: a terminal obeys escape sequences, and signs that turn the direction of writing hide text.
    """
    return text.translate(_SHOWN)


def sentence(row: SeenRow) -> str:
    """How a row's tokens divide."""
    parts = [f"{count:,} {LEGEND[kind]}" for kind, count in row.counts.items() if count]
    return f"{len(row.tokens):,} tokens: {', '.join(parts)}"
