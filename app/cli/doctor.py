"""`vibetune doctor`: what this machine can do, and what is missing."""

from __future__ import annotations

from pathlib import Path

import typer

from app.cli.output import JsonFlag, people, print_json

MARKS = {"ok": "✓", "warn": "!", "missing": "×"}
FAILED = 1


def command(as_json: JsonFlag = False) -> None:
    """Say what this machine can do and what is missing, with the command that helps.

    Ends with 1 where something is missing without which Vibetune can't work.

    Example:  vibetune doctor --json
    """
    from pipeline.machine.checks import run_checks

    checks = run_checks(Path())
    lacking = [check for check in checks if check.state == "missing"]
    if as_json:
        print_json({"ready": not lacking, "checks": [check.as_json() for check in checks]})
    else:
        out = people()
        for check in checks:
            out.print(f"{MARKS[check.state]} {check.name:10} {check.message}", markup=False)
            if check.hint:
                out.print(f"  {'':10} try: {check.hint}", markup=False)
    if lacking:
        raise typer.Exit(FAILED)
