"""The key on every path, as an ASGI middleware."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from serving.engine.guard import RequireKey


def asked(monkeypatch: pytest.MonkeyPatch, path: str, *headers: tuple[bytes, bytes], kind: str = "http") -> list[Any]:
    """What a client of a guarded application sees."""
    monkeypatch.setenv("VLLM_API_KEY", "sesame")
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send("answer")

    async def receive() -> dict[str, Any]:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(RequireKey(application)({"type": kind, "path": path, "headers": list(headers)}, receive, send))
    return sent


def test_without_the_key_only_health_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "/health") == ["answer"]
    for path in ("/v1/models", "/adapters", "/healthy", "//health"):
        assert asked(monkeypatch, path)[0]["status"] == 401
    assert asked(monkeypatch, "/v1/models", (b"authorization", b"Bearer wrong"))[0]["status"] == 401
    assert asked(monkeypatch, "/v1/realtime", kind="websocket")[0]["type"] == "websocket.close"


def test_the_key_opens_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "/adapters", (b"authorization", b"Bearer sesame")) == ["answer"]
    assert asked(monkeypatch, "", kind="lifespan") == ["answer"]
