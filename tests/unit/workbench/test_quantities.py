"""Durations, ages and sizes in words."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from app.workbench.quantities import age, ago, clock, duration, interval, memory, moment, size
from app.workbench.run_row import RunRow

NOON = time.mktime((2026, 5, 20, 12, 0, 0, 0, 0, -1))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (3.0, "3 s"), (14, "14 s"), (89, "89 s"), (200, "3 min"), (4800, "1 h 20 min"), (7200, "2 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_an_interval_has_one_unit() -> None:
    assert interval(50, 40, 70) == "50 s (40 to 70)"
    assert interval(1380, 1080, 1740) == "23 min (18 to 29)"
    assert interval(7200, 5400, 9000) == "2.0 h (1.5 to 2.5)"


@pytest.mark.parametrize(("seconds", "words"), [(5, "0:05"), (842, "14:02"), (4442, "1:14:02")])
def test_a_running_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words", "sentence"),
    [
        (15, "15 s", "15 s ago"),
        (360, "6 min", "6 min ago"),
        (7200, "2 h", "2 h ago"),
        (90_000, "yesterday", "yesterday"),
        (4 * 86_400, "Saturday", "Saturday"),
        (9 * 86_400, "11 May", "11 May"),
        (400 * 86_400, "15 April 2025", "15 April 2025"),
    ],
)
def test_ages_are_relative_up_to_a_week(seconds: float, words: str, sentence: str) -> None:
    assert age(NOON - seconds, NOON) == words
    assert ago(NOON - seconds, NOON) == sentence


def test_what_is_not_known_is_left_empty() -> None:
    assert age(0) == ago(0) == moment(0) == ""
    assert size(None) == "–"


def test_a_moment_is_as_short_as_it_can_be() -> None:
    assert moment(NOON - 3600, NOON) == "11:00"
    assert moment(NOON - 86_400, NOON) == "19 May 12:00"
    assert moment(NOON - 400 * 86_400, NOON) == "15 Apr 2025"


@pytest.mark.parametrize(
    ("count", "words"),
    [(12, "1 kB"), (73_400, "73 kB"), (4_100_000, "4.1 MB"), (120_400_000, "120 MB"), (1_230_000_000, "1.2 GB")],
)
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("used", "whole", "words"),
    [(0.02, 0, "< 0.1 GiB"), (9.16, 0, "9.2 GiB"), (9.16, 12, "9.2 of 12 GiB"), (6.1, 139.7, "6.1 of 140 GiB")],
)
def test_memory_has_one_unit(used: float, whole: float, words: str) -> None:
    assert memory(used, whole) == words


def test_a_run_is_called_by_its_plan_and_its_time() -> None:
    run = RunRow("20250103-140233-support-queues-3f9a", plan_name="support-queues")
    assert run.started_time == datetime(2025, 1, 3, 14, 2, 33, tzinfo=UTC).timestamp()
    assert run.short_name == f"support-queues · {moment(run.started_time)}"
    assert RunRow("20250103-140233-support-queues-3f9a").plan == "support-queues"
    assert RunRow("first").short_name == "first"
    assert run.matches("3f9a") and run.matches("queues")
