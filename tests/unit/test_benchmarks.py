"""What a benchmark of the window calls a failure."""

from __future__ import annotations

from importlib import import_module

broken = import_module("benchmarks.desktop").broken  # by name: the folder is no package for the type checker


def test_what_failed_crashed_or_was_lost_is_a_failure() -> None:
    fine = {"reopen.all_s p50": 9.0, "reopen.lost": [], "soak.left": 0}
    assert broken(fine) == []
    told = {**fine, "reopen.lost": ["the run"], "table.failed": "Traceback", "monkey.crashed": "Segmentation fault"}
    assert broken(told) == ["reopen.lost", "table.failed", "monkey.crashed"]
