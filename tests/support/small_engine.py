"""A process that is an engine to everything that asks: an OpenAI-compatible server that streams words, without vLLM.

`running_engine` registers it as the project's own, so that the workbench finds it as it finds the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence

from aiohttp import web

from pipeline.bases.base import read_base
from pipeline.processes.detached import module_environment, python_module, start, stop
from pipeline.runs.layout import ProjectFolder
from serving.deployments import (
    AdapterEntry,
    Deployment,
    DeploymentFiles,
    DeploymentState,
    write_deployment,
    write_state,
)
from serving.engine.client import is_healthy
from serving.engine.ports import choose_port

KEY = "key-of-a-test"


async def _chat(request: web.Request) -> web.StreamResponse:
    """Says the model's name and the message word by word; a message with `slowly` takes a while."""
    body = await request.json()
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return web.json_response({"message": "no key"}, status=401)
    message = body["messages"][-1]["content"]
    words = f"{body['model']} says <b>{message}</b>".split(" ")[: body["max_tokens"]]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number, word in enumerate(words):
        await asyncio.sleep(0.2 if "slowly" in message else 0)
        await _send(response, {"choices": [{"delta": {"content": word if number == 0 else f" {word}"}}]})
    finish = "length" if len(words) == body["max_tokens"] else "stop"
    await _send(response, {"choices": [{"delta": {}, "finish_reason": finish}]})
    await _send(response, {"choices": [], "usage": {"completion_tokens": len(words)}})
    await response.write(b"data: [DONE]\n\n")
    return response


async def _send(response: web.StreamResponse, chunk: dict[str, object]) -> None:
    await response.write(f"data: {json.dumps(chunk)}\n\n".encode())


async def _health(_request: web.Request) -> web.Response:
    return web.Response()


def _serve(port: int) -> None:
    application = web.Application()
    application.router.add_post("/v1/chat/completions", _chat)
    application.router.add_get("/health", _health)
    web.run_app(application, host="127.0.0.1", port=port, print=None)


@contextlib.contextmanager
def running_engine(project: ProjectFolder, adapters: Sequence[str] = ()) -> Iterator[str]:
    """The project's engine, on its tiny base, answering for these addresses; yields its URL."""
    base = read_base(project.path / "base")
    files = DeploymentFiles(project.state, "local")
    entries = [AdapterEntry(name=name, folder=str(project.adapters / name.replace("@", "/"))) for name in adapters]
    write_deployment(project.state, Deployment.of(base, project.state, adapters=entries))
    port = choose_port(0)
    record = start(
        python_module("tests.support.small_engine", str(port)),
        name=files.process,
        records=files.records,
        log=files.log,
        cwd=project.path,
        environment=module_environment(),
        port=port,
        secret=KEY,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while not is_healthy(port):
            assert time.monotonic() < deadline, files.log.read_text()
            time.sleep(0.02)
        write_state(files, DeploymentState(state="Ready", text="ready", url=url, adapters=list(adapters)))
        yield url
    finally:
        stop(files.records, record)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
