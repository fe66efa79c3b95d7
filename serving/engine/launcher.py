"""The engine's process: vLLM's OpenAI server, started fast and with its base rows guarded.

    python -P -m serving.engine.launcher --model FOLDER --port 8000 ...      (vLLM's own arguments)

vLLM on the CPU imports everything three times, because it insists on `spawn` for its two child processes: 42 s from
start to ready on two cores. Here everything is imported once, with the garbage collector off, and the children are
forked from that: 5 to 12 s. On machines with a GPU vLLM is started as it is.

Environment variables that must be there before the first import come from `serving.engine.command`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from serving.engine.machine import engine_device

# Needed by the children; without this list each of them would import them for itself after the fork.
PRELOADED = (
    "vllm.v1.engine.async_llm",
    "vllm.v1.engine.core",
    "vllm.v1.executor.multiproc_executor",
    "vllm.v1.worker.cpu_worker",
    "vllm.model_executor.models.llama",
    "vllm.model_executor.model_loader.default_loader",
    "vllm.lora.worker_manager",
)
# Optional for vLLM and transformers. SciPy's import takes a second and starts threads, which a fork does not survive.
HIDDEN = ("scipy", "sklearn")
PR_SET_PDEATHSIG = 1  # source: linux/prctl.h


def main() -> None:
    """Runs the engine until it is told to stop."""
    say("importing vLLM")
    if engine_device() == "cuda":
        from vllm.entrypoints.launchers.api_server.entry import main as stock_main

        stock_main()
        return
    fork_instead_of_spawn()
    with hidden_modules(), no_garbage_collection():
        entry = import_everything()
        guard_base_rows()
    inspect_models_in_process()
    say("vLLM is imported")
    serve(entry)


def say(text: str) -> None:
    """A line for the log that `serving.engine.progress` understands."""
    sys.stderr.write(f"vibetune: {text}\n")
    sys.stderr.flush()


def fork_instead_of_spawn() -> None:
    """Must come before anything imports `get_mp_context` from vLLM."""
    import vllm.utils.system_utils as system

    system.get_mp_context = lambda: multiprocessing.get_context("fork")
    os.register_at_fork(after_in_child=_after_fork)


@contextlib.contextmanager
def hidden_modules() -> Iterator[None]:
    """Makes optional libraries look absent while others decide whether to use them."""
    absent = [name for name in HIDDEN if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None stands for "can't be imported"
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Imports allocate much and free nothing: collecting meanwhile costs a second, and after a fork it copies pages."""
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def import_everything() -> Any:
    """Imports the server and what its children need; returns vLLM's entry module."""
    entry = import_module("vllm.entrypoints.launchers.api_server.entry")
    for name in PRELOADED:
        import_module(name)
    return entry


def guard_base_rows() -> None:
    """See `serving.engine.base_rows`; in a function, so that a test can start the engine without it."""
    from serving.engine.base_rows import install

    install()


def inspect_models_in_process() -> None:
    """vLLM looks at a model's class in another process, to keep CUDA out of this one: 8 s, for nothing on a CPU."""
    from vllm.model_executor.models import registry

    registry._run_in_subprocess = lambda inspect: inspect()


def serve(entry: Any) -> None:
    """Parses vLLM's arguments and serves, as vLLM's own `main` does, with a socket that the children don't keep."""
    import uvloop
    from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
    from vllm.logger import configure_logging_from_args
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    args = make_arg_parser(FlexibleArgumentParser(prog="serving.engine.launcher")).parse_args()
    configure_logging_from_args(args)
    validate_parsed_serve_args(args)
    uvloop.run(_serve(entry, args))


async def _serve(entry: Any, args: Namespace) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    address, listener = entry.setup_server(args, reuse_port=False)
    os.register_at_fork(after_in_child=listener.close)
    await entry.run_server_worker(address, listener, args)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt("terminated")


def _after_fork() -> None:
    # The event loop's signal pipe is shared with the parent, which would take the child's signals for its own.
    signal.set_wakeup_fd(-1)
    if sys.platform == "linux":
        # However the server ends, its children end too, even if nobody is left to stop them.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
