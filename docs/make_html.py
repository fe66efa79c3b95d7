"""Builds the guide as HTML pages into build/docs, with what is installed: Qt reads Markdown and writes HTML.

    python docs/make_html.py [FOLDER]

No network, no further package. Pages keep their places, links between them lead from page to page, pictures are
copied. It stands here and not in the program because only a checkout has the pages.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication, QTextDocument

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
LINK = re.compile(r'(?P<head>(?:href|src)=")(?P<target>[^"#:]+)(?P<rest>[^"]*")')
SPAN = re.compile(r'<span style="(?P<style>[^"]*)">(?P<text>.*?)</span>', re.DOTALL)
STYLE = """
body { max-width: 980px; margin: 32px auto; padding: 0 24px; font: 16px/1.55 Inter, system-ui, sans-serif;
       color: #1f2430; background: #ffffff; }
h1, h2, h3 { line-height: 1.25; color: #0f131b; } h1 { font-size: 28px; } h2 { font-size: 20px; margin-top: 32px; }
a { color: #3a5bd9; } img { max-width: 100%; height: auto; border: 1px solid #dfe2e8; border-radius: 8px; }
pre, code, tt { font-family: "JetBrains Mono", ui-monospace, monospace; font-size: 14px; background: #f7f8fa; }
pre { padding: 2px 12px; } table { border-collapse: collapse; } td, th { padding: 4px 12px; text-align: left;
      border-bottom: 1px solid #dfe2e8; vertical-align: top; }
td p { margin: 0; } tr:first-child td { color: #555d6b; }
@media (prefers-color-scheme: dark) {
  body { color: #d6dae2; background: #1b1e24; } h1, h2, h3 { color: #eef1f6; } a { color: #7c9cff; }
  pre, code, tt { background: #21252c; } td, th, img { border-color: #2b3039; }
}
"""


def pages() -> list[Path]:
    """Every page of the guide, relative to docs/."""
    return sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md"))


def page(source: Path) -> str:
    """One page as HTML."""
    document = QTextDocument()
    document.setMarkdown(source.read_text("utf-8"), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
    html = document.toHtml()
    body = html[html.index("<body") : html.index("</body>")].partition(">")[2]
    body = SPAN.sub(_meaning, body)
    body = re.sub(r' (?:style|border|cellpadding)="[^"]*"', "", body)  # Qt's own; ours are above
    title = next((line[2:] for line in source.read_text("utf-8").splitlines() if line.startswith("# ")), source.stem)
    head = f'<meta charset="utf-8"><title>{title} – Vibetune</title><style>{STYLE}</style>'
    return f"<!doctype html>\n<html lang=en><head>{head}</head>\n<body>{_with_links(body, source)}</body></html>\n"


def _meaning(found: re.Match[str]) -> str:
    """Qt writes looks; what they mean is bold, code, or nothing."""
    style, text = found["style"], found["text"]
    if "font-family" in style:
        return f"<code>{text}</code>"
    return f"<b>{text}</b>" if "font-weight" in style else text


def _with_links(body: str, source: Path) -> str:
    """Links to pages of docs/ lead to their HTML, to a folder to its first page, to other files to the checkout."""

    def lead(found: re.Match[str]) -> str:
        target = (source.parent / found["target"]).resolve()
        if target.is_relative_to(DOCS):
            path = found["target"].rstrip("/") + ("/README.md" if target.is_dir() else "")
            path = re.sub(r"\.md$", ".html", path)
        else:
            path = target.as_uri()
        return f"{found['head']}{path}{found['rest']}"

    return LINK.sub(lead, body)


def build(folder: Path) -> list[Path]:
    """Writes all pages and pictures into a folder; the pages' paths."""
    written = []
    for path in pages():
        target = folder / path.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(DOCS / path), "utf-8")
        written.append(target)
    shutil.copytree(DOCS / "screenshots", folder / "screenshots", dirs_exist_ok=True)
    return written


def main(arguments: list[str]) -> int:
    """Builds, and says where."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "docs"
    application = QGuiApplication.instance() or QGuiApplication(["make_html"])
    written = build(folder)
    del application
    print(f"{len(written)} pages: {folder / 'desktop' / 'README.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
