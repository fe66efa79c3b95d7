"""JSON-RPC 2.0 in lines: reading requests, writing answers, errors as both sides know them."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import IO, Any

from pipeline.errors import VibetuneError

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602  # JSON-RPC's own
OURS, CANCELLED = -32000, -32800
_MOST_CHARACTERS = 4_000_000  # of a line; a longer one is no sentence


@dataclass(frozen=True)
class Request:
    """A request, or a notification where `id` is None."""

    method: str
    params: dict[str, Any]
    id: int | str | None = None


class BadLine(Exception):
    """A line that is no request; `number` is its id, as far as it could be read."""

    def __init__(self, code: int, text: str, number: int | str | None = None) -> None:
        super().__init__(text)
        self.code, self.number = code, number


def read_request(line: str) -> Request:
    """A line as a request.

    Raises:
        BadLine: it is none.
    """
    if len(line) > _MOST_CHARACTERS:
        raise BadLine(INVALID_REQUEST, f"The line has {len(line):,} characters; at most {_MOST_CHARACTERS:,} are read.")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine(PARSE_ERROR, f"The line is no JSON: {line.strip()[:80]!r}") from None
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0" or not isinstance(value.get("method"), str):
        raise BadLine(INVALID_REQUEST, "A request is an object with `jsonrpc: 2.0` and a method.", _number(value))
    params = value.get("params", {})
    if not isinstance(params, dict):
        raise BadLine(INVALID_PARAMS, "`params` is an object.", _number(value))
    return Request(value["method"], params, _number(value))


def _number(value: Any) -> int | str | None:
    number = value.get("id") if isinstance(value, dict) else None
    return number if isinstance(number, (int, str)) and not isinstance(number, bool) else None


class Answers:
    """Writes whole lines; any thread may."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def result(self, number: int | str, value: Any) -> None:
        """The answer to a request."""
        self._write({"id": number, "result": value})

    def error(self, number: int | str | None, code: int, text: str, data: dict[str, Any] | None = None) -> None:
        """Why there is none."""
        self._write({"id": number, "error": {"code": code, "message": text, **({"data": data} if data else {})}})

    def failed(self, number: int | str, error: VibetuneError) -> None:
        """An error of ours, whole."""
        data = json.loads(json.dumps({**error.as_json(), "exit_code": error.exit_code}, default=str))
        self.error(number, OURS, str(error), data)

    def notify(self, method: str, **params: Any) -> None:
        """Something on the way to an answer."""
        self._write({"method": method, "params": params})

    def _write(self, message: dict[str, Any]) -> None:
        text = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
        with self._lock:
            self._stream.write(text + "\n")
            self._stream.flush()
