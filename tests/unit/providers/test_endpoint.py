"""How a server's refusals, silence and streams reach the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from pipeline.errors import VibetuneError
from pipeline.providers.endpoint import Endpoint

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def ask(handler: Handler, question: Callable[[Endpoint], Awaitable[Any]], **options: Any) -> Any:
    """One question to a server whose every path is answered by `handler`."""

    async def talk() -> Any:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            async with Endpoint(f"http://{host}:{port}/v1/", "m", **options) as endpoint:
                return await question(endpoint)
        finally:
            await runner.cleanup()

    return asyncio.run(talk())


def refusal(status: int, body: Any, **options: Any) -> VibetuneError:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    with pytest.raises(VibetuneError) as error:
        ask(handler, lambda endpoint: endpoint.complete("x", max_tokens=1), **options)
    return error.value


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"error": "Unauthorized"}, "endpoint.unauthorized"),
        (404, {"error": {"message": "The model `m` does not exist."}}, "endpoint.unknown_model"),
        (400, {"error": {"message": "maximum context length is 8 tokens"}}, "endpoint.too_long"),
        (400, {"message": "temperature must be positive"}, "endpoint.bad_request"),
        (429, ["slow down"], "endpoint.bad_request"),
        (500, {"error": {"message": "EngineCore encountered an issue"}}, "endpoint.failed"),
    ],
)
def test_refusals_keep_the_servers_words(status: int, body: Any, code: str) -> None:
    error = refusal(status, body, key="sesame")
    assert error.code == code
    assert "sesame" not in str(error)
    if code not in ("endpoint.unauthorized",):
        words = body["error"]["message"] if isinstance(body, dict) and "error" in body else str(body)
        assert words in error.message or body["message"] in error.message


def test_nobody_there_and_silence() -> None:
    async def nobody() -> Any:
        async with Endpoint("http://127.0.0.1:9", "m") as endpoint:
            return await endpoint.models()

    with pytest.raises(VibetuneError) as error:
        asyncio.run(nobody())
    assert error.value.code == "endpoint.unreachable"

    async def silent(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(VibetuneError) as error:
        ask(silent, lambda endpoint: endpoint.models(), timeout_s=0.05)
    assert error.value.code == "endpoint.timeout"


def test_the_key_comes_from_a_variable_and_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VibetuneError) as error:
        Endpoint("http://x", "m", key_variable="VIBETUNE_TEST_KEY")
    assert error.value.code == "endpoint.no_key"
    monkeypatch.setenv("VIBETUNE_TEST_KEY", "sesame")

    async def echo(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": request.headers["Authorization"]}]})

    assert ask(echo, lambda endpoint: endpoint.models(), key_variable="VIBETUNE_TEST_KEY") == ["Bearer sesame"]
    assert "sesame" not in repr(Endpoint("http://x", "m", key_variable="VIBETUNE_TEST_KEY"))


def test_what_is_asked_is_what_was_said_and_nothing_else() -> None:
    seen: list[dict[str, Any]] = []

    async def complete(request: web.Request) -> web.Response:
        seen.append(await request.json())
        return web.json_response({"choices": [{"text": "a", "finish_reason": "stop"}]})

    def question(endpoint: Endpoint) -> Awaitable[Any]:
        return endpoint.with_model("other").complete((1, 2), max_tokens=3, stop=("\n",), seed=None)

    assert ask(complete, question).text == "a"
    body = {"model": "other", "temperature": 0.0, "max_tokens": 3, "stop": ["\n"], "prompt": [1, 2]}
    assert seen == [body | {"return_token_ids": True}]


def test_a_stream_gives_pieces_and_its_error() -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in ("a", "", "b"):
            await response.write(b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % piece.encode())
        await response.write(b': a comment\n\ndata: {"error": {"message": "fell over"}}\n\n')
        return response

    pieces: list[str] = []

    async def collect(endpoint: Endpoint) -> None:
        async for piece in endpoint.stream_chat([{"role": "user", "content": "x"}]):
            pieces.append(piece)

    with pytest.raises(VibetuneError, match="fell over") as error:
        ask(stream, collect)
    assert error.value.code == "endpoint.failed"
    assert pieces == ["a", "b"]


def test_a_server_that_ignores_given_tokens_is_told_apart() -> None:
    async def plain(request: web.Request) -> web.Response:
        top = [{"token_id:5": -1.0}]
        return web.json_response({"choices": [{"text": "a", "logprobs": {"top_logprobs": top}}]})

    for question in (lambda endpoint: endpoint.next_logprobs([1], [5, 6]), lambda endpoint: endpoint.score([1], [5])):
        with pytest.raises(VibetuneError) as error:
            ask(plain, question)
        assert error.value.code == "endpoint.no_logprobs"
    assert ask(plain, lambda endpoint: endpoint.next_logprobs([1], [5])) == {5: -1.0}
