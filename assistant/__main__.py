"""`python -P -m assistant`: the planner as a process that speaks JSON-RPC 2.0 lines on stdin and stdout."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Serves until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)  # whatever a library prints must not stand between the answers
    from assistant.session.built_in import BuiltInAuthor
    from assistant.session.session import Session

    lines = os.fdopen(os.dup(0), "r", encoding="utf-8", errors="replace")
    Session(BuiltInAuthor(), answers).serve(lines)
    sys.stderr.flush()
    os._exit(0)  # a plan still under way has nobody left to read it


if __name__ == "__main__":
    main()
