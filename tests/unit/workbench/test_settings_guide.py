"""Every setting stands in the guide."""

from __future__ import annotations

from pathlib import Path

from app.workbench.settings import Settings

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "desktop" / "settings.md"


def test_every_setting_is_in_the_guide() -> None:
    text = GUIDE.read_text("utf-8")
    names = [name for name in Settings.model_fields if name != "version"]
    assert len(names) >= 9
    assert [name for name in names if f"`{name}`" not in text] == []
