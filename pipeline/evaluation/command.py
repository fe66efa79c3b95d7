"""`python -P -m pipeline evaluate RUN`: an evaluation in its own process."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import BadInput, VibetuneError
from pipeline.runs.events import Progress
from pipeline.runs.layout import RunFolder

if TYPE_CHECKING:
    from pipeline.evaluation.verdict import Verdict


def main(argv: Sequence[str]) -> int:
    """Evaluates one run: the verdict on stdout, progress on stderr.

    Args:
        argv: what stands after `evaluate`.

    Returns:
        Exit code: 0 done, 1 failed, 2 bad input, 3 needs approval.
    """
    options = _parser().parse_args(argv)
    try:
        verdict = _evaluate(options)
    except VibetuneError as error:
        if options.json:
            _print_json({"error": error.as_json()})
        else:
            sys.stderr.write(f"error: {error.message}\n" + (f"  try: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    if options.json:
        _print_json(verdict.model_dump(mode="json"))
    else:
        sys.stdout.write(f"{verdict.text}\n")
    return 0


def _evaluate(options: argparse.Namespace) -> Verdict:
    from pipeline.evaluation.evaluate import evaluate
    from pipeline.providers.endpoint import Endpoint

    run = RunFolder(Path(options.run).resolve())
    if not run.path.is_dir():
        raise BadInput("run.not_found", f"There is no run folder {run.path}.", "See `vibetune runs`.")
    endpoint = Endpoint(options.endpoint, options.model, key_variable=options.key_variable)
    return evaluate(
        run, endpoint, adapter_model=options.model, base_model=options.base_model, on_progress=_print_progress
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -P -m pipeline evaluate", description="Measures a finished run.")
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--endpoint", required=True, metavar="URL", help="server that serves adapter and base")
    parser.add_argument("--model", required=True, metavar="NAME", help="what the server calls the adapter")
    parser.add_argument("--base-model", required=True, metavar="NAME", help="what the server calls the base")
    parser.add_argument("--key-variable", metavar="VAR", help="environment variable that holds the server's key")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    return parser


def _print_progress(progress: Progress) -> None:
    left = f" · about {progress.eta_s:.0f} s left" if progress.eta_s is not None else ""
    sys.stderr.write(f"{progress.done} of {progress.total} {progress.unit}{left}\n")


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
