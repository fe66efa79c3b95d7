"""`vibetune serve`: one engine with the project's adapters, in the foreground."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened
from app.workbench.quantities import duration

if TYPE_CHECKING:
    from serving.engine.engine import Engine
    from serving.engine.progress import StageEvent


def command(
    adapters: Annotated[
        list[str] | None, typer.Argument(help="Addresses: name, name@v2, name@alias.", show_default="all candidates")
    ] = None,
    project: ProjectOption = HERE,
    base: Annotated[str | None, typer.Option(help="Base to serve.", show_default="the plan's, else pocket")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 0,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it answers; it goes on.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the running server.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Serve the base and adapters as an OpenAI-compatible server on this machine, until Ctrl+C.

    Each adapter's first load is probed: one that does not answer as it was trained is refused.

    Example:  vibetune serve support-queues house-tone@v2 --port 8000
    """
    from app.workbench.deploying import running_engine
    from serving.engine.engine import supervise

    folder = opened(project)
    if stop:
        engine = running_engine(folder)
        engine.stop()
        _say_stopped(as_json=as_json)
        return
    from app.workbench.deploying import start_serving

    engine = start_serving(folder, adapters or [], base=base, port=port, on_stage=_show_stage)
    _say_ready(engine, as_json=as_json)
    if detach:
        return
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        supervise(engine, ended.is_set, on_stage=_show_stage)
    finally:
        engine.stop()
        typer.echo("stopped", err=True)


def _show_stage(event: StageEvent) -> None:
    count = f" ({event.done} of {event.total})" if event.total else ""
    typer.echo(f"{duration(event.seconds):>6}  {event.text}{count}", err=True)


def _say_ready(engine: Engine, *, as_json: bool) -> None:
    from serving.engine.engine import status

    models = [engine.base.id, *engine.adapters()]
    if as_json:
        state = status(engine.state_folder, engine.deployment.name)
        print_json({"url": f"{engine.url}/v1", "state": state.state, "models": models, "key_file": _key_file(engine)})
        return
    out = people()
    out.print(f"Ready: {engine.url}/v1  (OpenAI-compatible)", markup=False)
    out.print(f"Models: {', '.join(models)}", markup=False)
    out.print(f"Key: in {_key_file(engine)} as `secret`, made anew at each start, readable only by you", markup=False)
    out.print('Compare: vibetune compare "a message"', markup=False)


def _key_file(engine: Engine) -> str:
    from pipeline.processes.record import record_path

    return str(record_path(engine.files.records, engine.files.process))


def _say_stopped(*, as_json: bool) -> None:
    if as_json:
        print_json({"state": "Stopped"})
        return
    typer.echo("stopped")
