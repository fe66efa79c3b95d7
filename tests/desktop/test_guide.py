"""The guide: every link leads somewhere, every page is in the index and has its picture, all of it builds as HTML."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

from app.desktop.views import VIEWS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "desktop"
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
HTML_LINK = re.compile(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"')


def broken(page: Path, pattern: re.Pattern[str]) -> list[str]:
    return [link for link in pattern.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]


def test_links_lead_somewhere(tmp_path: Path) -> None:
    planted = tmp_path / "page.md"
    planted.write_text("See [here](page.md), ![there](gone.png).")
    assert broken(planted, LINK) == ["gone.png"]
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 15
    assert {str(page): links for page in pages if (links := broken(page, LINK))} == {}


def test_every_page_is_in_the_index_and_shows_what_it_speaks_of() -> None:
    index = (GUIDE / "README.md").read_text("utf-8")
    pages = {page.name for page in GUIDE.glob("*.md")} - {"README.md"}
    assert len(pages) >= 10
    assert {page for page in pages if f"]({page})" not in index} == set()
    assert {page for page in pages if "../screenshots/" not in (GUIDE / page).read_text("utf-8")} == set()


def test_pictures_are_shown_and_of_one_size() -> None:
    pictures = {path.name for path in (ROOT / "docs" / "screenshots").glob("*.png")}
    shown = {Path(link).name for page in GUIDE.glob("*.md") for link in LINK.findall(page.read_text("utf-8"))}
    themes = {name.removesuffix("-dark.png") for name in pictures if name.endswith("-dark.png")}
    assert themes == {name.removesuffix("-light.png") for name in pictures if name.endswith("-light.png")}
    assert {name for name in pictures if not name.endswith(("-dark.png", "-light.png"))} - shown == set()
    assert {"welcome", "plan", "form", "data", "run", "verdict", "playground"} <= themes & set(VIEWS)
    sizes = {QImage(str(path)).size().toTuple() for path in (ROOT / "docs" / "screenshots").glob("*.png")}
    assert sizes == {(1480, 920)}


def test_the_guide_is_built_without_anything_that_is_not_installed(tmp_path: Path) -> None:
    command = [sys.executable, "-P", str(ROOT / "docs" / "make_html.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) == len(list((ROOT / "docs").rglob("*.md")))
    assert {str(page): links for page in pages if (links := broken(page, HTML_LINK))} == {}
    story = (tmp_path / "desktop" / "story.html").read_text("utf-8")
    assert "<h1>" in story and "Ctrl+N" in story
