"""`python -P -m app.workbench.data_reader_server FD`: reads many rows and answers questions about them."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

THREADS = 3  # a page doesn't wait for the checks of a million rows


class Server:
    """Answers one window; requests are (number, method, arguments), answers (number, kind, value)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._reader: Any = None

    def serve(self) -> None:
        """Until the other end closes."""
        pool = ThreadPoolExecutor(THREADS)
        while True:
            try:
                request = self._connection.recv()
            except EOFError:
                return
            pool.submit(self._answer, *request)

    def _answer(self, number: int, method: str, arguments: tuple[Any, ...]) -> None:
        from pipeline.errors import Failed, VibetuneError

        try:
            value = self._called(number, method)(*arguments)
        except VibetuneError as error:
            self._say(number, "failed", (error.as_json(), error.exit_code))
        except MemoryError:
            os._exit(1)  # the window says that the process ended
        except Exception as error:  # noqa: BLE001, the boundary of a process: the window shows it as what it is
            failed = Failed("app.unexpected", f"{method} failed: {error!r}.", "Read the file again.")
            self._say(number, "failed", (failed.as_json(), failed.exit_code))
        else:
            self._say(number, "done", value)

    def _called(self, number: int, method: str) -> Callable[..., Any]:
        if method == "open":
            return partial(self._open, number)
        from app.workbench.data_reader_process import PLAN_WORK, plan_work

        if method in PLAN_WORK:
            return plan_work(method)
        found: Callable[..., Any] = getattr(self._reader, method)
        return found

    def _open(self, number: int, path: Path) -> None:
        from app.workbench.data_readers import first_page, open_reader
        from pipeline.datasets.readers.progress import heard_by

        if (first := first_page(path)) is not None:
            self._say(number, "first", first)
        gc.disable()  # millions of new values are looked through again and again otherwise; none of them is garbage
        with heard_by(lambda share: self._say(number, "share", share)):
            self._reader = open_reader(path)
        gc.freeze()
        gc.enable()

    def _say(self, number: int, kind: str, value: Any) -> None:
        try:
            with self._lock:
                self._connection.send((number, kind, value))
        except OSError:
            os._exit(0)  # nobody listens any more


def main() -> None:
    """Serves until the window closes its end."""
    Server(Connection(int(sys.argv[1]))).serve()
    os._exit(0)  # an answer still under way has nobody left to read it


if __name__ == "__main__":
    main()
