"""`python -P -m pipeline train | evaluate`: what runs in processes of its own."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from pipeline.errors import VibetuneError

USAGE = "usage: python -P -m pipeline train RUN | evaluate RUN --endpoint URL --model NAME --base-model NAME\n"


def main(arguments: list[str]) -> int:
    """Runs one verb and returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    match arguments:
        case ["train", run]:
            return _train(Path(run))
        case ["evaluate", *rest]:
            from pipeline.evaluation.command import main as evaluate

            return evaluate(rest)
        case _:
            sys.stderr.write(USAGE)
            return 2


def _train(run: Path) -> int:
    from pipeline.training.worker import train

    try:
        return train(run)
    except VibetuneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
