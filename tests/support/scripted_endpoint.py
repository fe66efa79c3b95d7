"""A small OpenAI-compatible server whose models answer by a rule: what vLLM would say, without vLLM.

Each model is a function from the last user message to an answer. Its distribution gives 0.9 to the next token of that
answer and spreads the rest evenly, so log-probabilities, label search and greedy text all agree with the rule.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from tokenizers import Tokenizer

Rule = Callable[[str], str]

_USER, _END, _ANSWER = "<|im_start|>user\n", "<|im_end|>", "<|im_start|>assistant\n"


class ScriptedEndpoint:
    """The server's state.

    Args:
        base: folder of a base with ChatML tokens.
        models: name → rule.

    Attributes:
        url: of the running server.
        requests: bodies of all completions that were asked for, in order.
        fails_after: answers given before every further request fails; None for never.
    """

    def __init__(self, base: Path, models: Mapping[str, Rule]) -> None:
        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._end = int(self._tokenizer.encode(_END).ids[0])
        self._vocabulary = self._tokenizer.get_vocab_size()
        self._models = models
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.fails_after: int | None = None

    def application(self) -> web.Application:
        """The routes that vLLM has too."""
        application = web.Application()
        application.router.add_get("/v1/models", self._list)
        application.router.add_post("/v1/completions", self._complete)
        application.router.add_post("/v1/chat/completions", self._chat)
        return application

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": name, "max_model_len": 2048} for name in self._models]})

    async def _body(self, request: web.Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        if self.fails_after is not None and len(self.requests) >= self.fails_after:
            raise web.HTTPInternalServerError(text="the engine died")
        self.requests.append(body)
        return body

    async def _chat(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        text = self._models[body["model"]](body["messages"][-1]["content"])
        tokens = self._tokenizer.encode(text).ids[: body["max_tokens"]]
        logprobs = {"content": [{"logprob": math.log(0.9)} for _ in [*tokens, self._end]]}
        content = self._tokenizer.decode(tokens)
        return web.json_response({"choices": [{"message": {"content": content}, "logprobs": logprobs}]})

    async def _complete(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        prompt = self._tokenizer.decode(body["prompt"], skip_special_tokens=False)
        asked, _, written = prompt.rpartition(_ANSWER)
        answer = self._models[body["model"]](asked.rpartition(_USER)[2].partition(_END)[0])
        rest = [*self._tokenizer.encode(answer).ids, self._end]
        for token in self._tokenizer.encode(written).ids:
            rest = rest[1:] if rest[:1] == [token] else []
        if "logprob_token_ids" in body:
            return web.json_response({"choices": [{"text": "", "logprobs": self._logprobs(body, rest)}]})
        return web.json_response({"choices": [{"text": self._tokenizer.decode(rest[: body["max_tokens"]])}]})

    def _logprobs(self, body: dict[str, Any], rest: list[int]) -> dict[str, Any]:
        candidates, allowed = body["logprob_token_ids"], body.get("allowed_token_ids")
        other = math.log(0.1 / (self._vocabulary - 1))
        taken, top = [], []
        for _ in range(body["max_tokens"]):
            wanted = rest[0] if rest else -1
            token = wanted if allowed is None or wanted in allowed else candidates[0]
            taken.append(f"token_id:{token}")
            top.append({f"token_id:{each}": math.log(0.9) if each == wanted else other for each in candidates})
            rest = rest[1:] if token == wanted else []
            if token == self._end:
                break
        return {"tokens": taken, "top_logprobs": top}


@contextmanager
def running(endpoint: ScriptedEndpoint) -> Iterator[ScriptedEndpoint]:
    """Serves on a free port of this machine, in a thread, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(endpoint.application())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield endpoint
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
