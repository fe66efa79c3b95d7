"""A small file of support messages with their queues, and the wish to sort them."""

from __future__ import annotations

import csv
from pathlib import Path

WISH = "Sort our customers' support messages into the right queue."
OPENINGS = ("where is", "please cancel", "I was charged for", "how do I return")
TOPICS = {"delivery": "my parcel", "account": "my login", "billing": "an invoice", "returns": "the broken kettle"}


def tickets(
    folder: Path, name: str = "tickets.csv", *, rows: int = 120, extra: str = "", column: str | None = None
) -> Path:
    """Writes the file; `extra` is appended to every message, `column` is a further column of numbers."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "queue", *([column] if column else [])])
        topics = list(TOPICS.items())
        for number in range(rows):
            queue, thing = topics[number % len(topics)]
            row = [f"{OPENINGS[number % 3]} {thing} number {number}{extra}", queue]
            writer.writerow([*row, *([str(number)] if column else [])])
    return path
