"""An OpenAI-compatible endpoint as a value (URL, model, key variable), and what we ask of one.

Text and chat work with any such server. Log-probabilities of given tokens (`score`, `next_logprobs`) use what vLLM adds
to the completions API; they are of the whole vocabulary's distribution, before temperature or any restriction.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import aiohttp

from pipeline.errors import BadInput, Failed, VibetuneError

Message = Mapping[str, str]

CANDIDATES_PER_REQUEST = 128  # source: vllm 0.32 sampling_params.MAX_LOGPROB_TOKEN_IDS
KEEPALIVE_S = 3.0  # below vLLM's 5 s, so that a connection is never used while the server is closing it


class Sampling(TypedDict, total=False):
    """How tokens are chosen; greedy where nothing is said."""

    max_tokens: int | None
    temperature: float
    stop: Sequence[str]  # texts that end the answer
    stop_token_ids: Sequence[int]
    seed: int | None


@dataclass(frozen=True)
class Completion:
    """What a model answered."""

    text: str
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)  # nats, one per token; empty unless asked for
    finish_reason: str | None = None  # stop | length
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass
class Ending:
    """How a streamed answer ended; filled in while it is read."""

    finish_reason: str | None = None  # stop | length
    completion_tokens: int = 0


class Endpoint:
    """One model behind an OpenAI-compatible server. Use it as `async with Endpoint(...) as endpoint`.

    Args:
        url: of the server, with or without `/v1`.
        model: name that the server knows the model by.
        key: bearer token; never printed.
        key_variable: environment variable that holds the key, where `key` is not given.
        timeout_s: seconds without a byte from the server after which a request fails.
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, key_variable: str | None = None, timeout_s: float = 300.0
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self.model = model
        self._key = key or _key_from(key_variable)
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._owns_session = False

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r}, {self.model!r})"

    def with_model(self, model: str) -> Endpoint:
        """Another model of the same server, over the same connections."""
        sibling = Endpoint(self.url, model, key=self._key, timeout_s=self._timeout_s)
        sibling._session = self._session
        return sibling

    async def __aenter__(self) -> Self:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self._timeout_s),
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            )
            self._owns_session = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections, where this object opened them."""
        if self._session is not None and self._owns_session:
            await self._session.close()
        self._session = None

    async def complete(
        self,
        prompt: str | Sequence[int],
        *,
        logprobs: bool = False,
        **sampling: Unpack[Sampling],
    ) -> Completion:
        """Continues a prompt, given as text or as token ids."""
        body = self._body(sampling)
        body["prompt"] = prompt if isinstance(prompt, str) else list(prompt)
        body["return_token_ids"] = True
        if logprobs:
            body["logprobs"] = 0
        answer = await self.post("/v1/completions", body)
        choice = answer["choices"][0]
        return _completion(choice, choice["text"], (choice.get("logprobs") or {}).get("token_logprobs") or [], answer)

    async def chat(
        self,
        messages: Sequence[Message],
        *,
        logprobs: bool = False,
        **sampling: Unpack[Sampling],
    ) -> Completion:
        """Answers a conversation; the server renders it with the model's chat template."""
        body = self._body(sampling)
        body |= {"messages": [dict(message) for message in messages], "return_token_ids": True}
        if logprobs:
            body["logprobs"] = True
        answer = await self.post("/v1/chat/completions", body)
        choice = answer["choices"][0]
        content = (choice.get("logprobs") or {}).get("content") or []
        return _completion(choice, choice["message"]["content"] or "", [entry["logprob"] for entry in content], answer)

    async def stream_chat(
        self,
        messages: Sequence[Message],
        *,
        ending: Ending | None = None,
        **sampling: Unpack[Sampling],
    ) -> AsyncIterator[str]:
        """Yields the pieces of an answer as they are made; `ending` is told how it ended."""
        body = self._body(sampling)
        body |= {"messages": [dict(message) for message in messages], "stream": True}
        if ending is not None:
            body["stream_options"] = {"include_usage": True}
        try:
            async with self._open_session().post(f"{self.url}/v1/chat/completions", json=body) as response:
                if response.status != 200:
                    raise self._refused(response.status, await response.text())
                async for chunk in _server_sent_events(response.content):
                    if "error" in chunk:
                        raise self._refused(500, json.dumps(chunk))
                    if ending is not None:
                        _note_ending(ending, chunk)
                    for choice in chunk.get("choices", ()):
                        if piece := choice["delta"].get("content"):
                            yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error

    async def score(self, prompt_token_ids: Sequence[int], completion_token_ids: Sequence[int]) -> list[float]:
        """Log-probabilities (nats) of each completion token after the prompt and the tokens before it."""
        if not prompt_token_ids:
            raise ValueError("the first token has no probability: give at least one prompt token")
        answer = await self.post(
            "/v1/completions",
            {
                "model": self.model,
                "prompt": [*prompt_token_ids, *completion_token_ids],
                "max_tokens": 1,
                "temperature": 0.0,
                "prompt_logprobs": 0,
            },
        )
        positions = answer["choices"][0].get("prompt_logprobs")
        if not positions:
            raise self._no_logprobs()
        scored = zip(completion_token_ids, positions[len(prompt_token_ids) :], strict=True)
        return [float(position[str(token)]["logprob"]) for token, position in scored]

    async def next_logprobs(self, prompt_token_ids: Sequence[int], candidates: Sequence[int]) -> dict[int, float]:
        """Log-probabilities (nats) of single tokens that could follow the prompt.

        One request per 128 candidates; the server reads the candidates from its softmax over the whole vocabulary, so
        the values are the true ones and don't depend on what else is asked for.
        """
        unique = list(dict.fromkeys(candidates))
        chunks = [unique[i : i + CANDIDATES_PER_REQUEST] for i in range(0, len(unique), CANDIDATES_PER_REQUEST)]
        parts = await asyncio.gather(*(self._candidates(prompt_token_ids, chunk) for chunk in chunks))
        return {token: value for part in parts for token, value in part.items()}

    async def _candidates(self, prompt_token_ids: Sequence[int], candidates: list[int]) -> dict[int, float]:
        answer = await self.post(
            "/v1/completions",
            {
                "model": self.model,
                "prompt": list(prompt_token_ids),
                "max_tokens": 1,
                "temperature": 0.0,
                "logprobs": len(candidates),
                "logprob_token_ids": candidates,
                "return_tokens_as_token_ids": True,
            },
        )
        top = ((answer["choices"][0].get("logprobs") or {}).get("top_logprobs") or [{}])[0]
        found = {int(token.removeprefix("token_id:")): float(value) for token, value in top.items()}
        if missing := set(candidates) - set(found):
            raise self._no_logprobs(f" for the tokens {sorted(missing)[:5]}")
        return {token: found[token] for token in candidates}

    async def models(self) -> list[str]:
        """Names of all models that the server answers for."""
        return [entry["id"] for entry in (await self.get("/v1/models"))["data"]]

    async def get(self, path: str) -> Any:
        """The JSON answer to a GET; errors of the server become ours."""
        return await self._request("GET", path, None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer (or text, where it is none) to a POST; errors of the server become ours."""
        return await self._request("POST", path, body)

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            async with self._open_session().request(method, self.url + path, json=body) as response:
                text = await response.text()
                if response.status != 200:
                    raise self._refused(response.status, text)
                return json.loads(text) if response.content_type == "application/json" else text
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use the endpoint inside `async with`")
        return self._session

    def _body(self, sampling: Sampling) -> dict[str, Any]:
        wishes = {name: list(value) if isinstance(value, tuple) else value for name, value in sampling.items()}
        return {"model": self.model, "temperature": 0.0} | {k: v for k, v in wishes.items() if v not in (None, [])}

    def _refused(self, status: int, text: str) -> VibetuneError:
        reason = _reason(text)
        if status in (401, 403):
            return BadInput(
                "endpoint.unauthorized", f"{self.url} refuses the key.", "Give the key that it was started with."
            )
        if status == 404:
            return BadInput(
                "endpoint.unknown_model", f"{self.url} has no {self.model!r}: {reason}", "Load it, or check the name."
            )
        if status == 400 and "context length" in reason:
            return BadInput(
                "endpoint.too_long", f"{self.model}: {reason}", "Shorten the prompt or ask for fewer tokens."
            )
        if status < 500:
            return BadInput("endpoint.bad_request", f"{self.url} refuses the request ({status}): {reason}")
        return Failed("endpoint.failed", f"{self.url} failed ({status}): {reason}", "See the server's log.")

    def _unreachable(self, error: Exception) -> Failed:
        if isinstance(error, TimeoutError):
            text = f"{self.url} sent nothing for {self._timeout_s:g} s."
            return Failed("endpoint.timeout", text, "Ask for fewer tokens, or see the server's log.")
        text = f"{self.url} doesn't answer: {str(error) or type(error).__name__}."
        return Failed("endpoint.unreachable", text, "Is the server running? See its log.")

    def _no_logprobs(self, which: str = "") -> Failed:
        text = f"{self.url} gives no log-probabilities{which} for {self.model!r}."
        return Failed("endpoint.no_logprobs", text, "Use a vLLM server; other servers can't score given tokens.")


def _key_from(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not (key := os.environ.get(variable)):
        raise BadInput(
            "endpoint.no_key", f"The environment variable {variable} is not set.", f"Set {variable} to the key."
        )
    return key


def _note_ending(ending: Ending, chunk: Mapping[str, Any]) -> None:
    for choice in chunk.get("choices", ()):
        ending.finish_reason = choice.get("finish_reason") or ending.finish_reason
    if usage := chunk.get("usage"):
        ending.completion_tokens = usage.get("completion_tokens", 0)


def _completion(
    choice: Mapping[str, Any], text: str, logprobs: Sequence[float], answer: Mapping[str, Any]
) -> Completion:
    usage = answer.get("usage") or {}
    return Completion(
        text=text,
        token_ids=choice.get("token_ids") or [],
        logprobs=list(logprobs),
        finish_reason=choice.get("finish_reason"),
        prompt_tokens=usage.get("prompt_tokens", 0),
        completion_tokens=usage.get("completion_tokens", 0),
    )


async def _server_sent_events(stream: aiohttp.StreamReader) -> AsyncIterator[dict[str, Any]]:
    async for line in stream:
        content = line.decode().strip().removeprefix("data:").strip()
        if content and content != "[DONE]" and not content.startswith(":"):
            yield json.loads(content)


def _reason(text: str) -> str:
    """The server's own words, out of the shapes that servers put them in."""
    try:
        answer = json.loads(text)
    except ValueError:
        return text.strip()[:500]
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    return str(error.get("message", error) if isinstance(error, dict) else error)[:500]
