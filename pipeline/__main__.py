"""`python -P -m pipeline VERB`: the processes that do the work, one verb each.

train RUN       trains a run's adapter, or goes on where it stopped
evaluate RUN    measures base and adapter through an endpoint
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Hands over to a verb; each imports only what it needs."""
    verb, rest = (argv[0], argv[1:]) if argv else ("", [])
    if verb == "train":
        from pipeline.training import worker

        return worker.main(rest)
    if verb == "evaluate":
        from pipeline.evaluation import command

        return command.main(rest)
    sys.stderr.write(__doc__ or "")
    return 0 if verb in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
