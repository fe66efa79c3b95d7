"""From a project's adapters to a running engine, and from a running engine to an endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from app.workbench.comparing import BASE_COLUMN, Contestant
from app.workbench.preparing import base_of
from pipeline.bases.base import POCKET, Base, find_base
from pipeline.bases.run_base import run_base
from pipeline.errors import BadInput
from pipeline.jobs.adapters import RegisteredAdapter, find_adapter, list_adapters
from pipeline.plan.document import load_plan
from pipeline.runs.layout import ProjectFolder
from pipeline.runs.manifest import read_manifest
from serving.deployments import AdapterEntry, Deployment, from_project
from serving.engine.engine import Engine, find_engine, silent, start_engine
from serving.engine.progress import OnStage
from serving.engine.settings import EngineSettings

DEFAULT_DEPLOYMENT = "local"
MOST_SLOTS = 8  # adapters in one batch; further ones are swapped in from memory
USUAL_RANK = 64  # the plan's default of serving.max_lora_rank


def deployment(
    project: ProjectFolder,
    base: Base,
    adapters: Sequence[RegisteredAdapter] = (),
    *,
    name: str = DEFAULT_DEPLOYMENT,
    settings: EngineSettings | None = None,
) -> Deployment:
    """A deployment of a base with some of a project's adapters; their ranks and number decide the engine's slots."""
    # Ranks are trimmed to what is loaded, so room for larger ones costs only memory; adapters that come later need it.
    chosen = settings or EngineSettings(
        max_loras=max(1, min(MOST_SLOTS, len(adapters))),
        max_lora_rank=max([USUAL_RANK, *(adapter.entry.r for adapter in adapters)]),
    )
    return Deployment(
        name=name,
        base=base.id,
        base_folder=from_project(project.state, base.folder),
        base_sha256=base.sha256,
        settings=chosen,
        adapters=[
            AdapterEntry(name=adapter.address, folder=from_project(project.state, adapter.folder))
            for adapter in adapters
        ],
    )


def newest_of_each(project: ProjectFolder, base: Base) -> list[RegisteredAdapter]:
    """The candidate (else the newest version) of every adapter that was trained on this base."""
    chosen: dict[str, RegisteredAdapter] = {}
    for adapter in list_adapters(project):
        if adapter.entry.base_sha256 != base.sha256:
            continue
        if adapter.entry.name not in chosen or "candidate" in adapter.aliases:
            chosen[adapter.entry.name] = adapter
    return list(chosen.values())


def running_engine(project: ProjectFolder, name: str = DEFAULT_DEPLOYMENT) -> Engine:
    """The project's engine.

    Raises:
        BadInput: `engine.not_running`.
    """
    engine = find_engine(project.state, name)
    if engine is None:
        raise BadInput(
            "engine.not_running",
            f"No engine of {project.path.name} is running.",
            "Start it in another terminal with `vibetune serve`, or let `vibetune compare --start` do it.",
        )
    return engine


def contestants(engine: Engine, adapters: Sequence[RegisteredAdapter], *, with_base: bool = True) -> list[Contestant]:
    """Columns for a comparison: the base, and each adapter with the prompt that travels with it."""
    columns = [Contestant(BASE_COLUMN, engine.base.id)] if with_base else []
    for adapter in adapters:
        manifest = read_manifest(adapter.folder)
        columns.append(Contestant(adapter.address, adapter.address, manifest.system_prompt, manifest.max_tokens))
    return columns


def start_serving(
    project: ProjectFolder,
    addresses: Sequence[str] = (),
    *,
    base: str | None = None,
    port: int = 0,
    python: str = "",
    on_stage: OnStage = silent,
    name: str = DEFAULT_DEPLOYMENT,
) -> Engine:
    """Starts the project's engine with adapters by address (none given: every adapter's candidate), or joins it.

    Args:
        port: 0 takes a free one.
        python: interpreter that runs the engine; empty: our own.

    Raises:
        BadInput, Failed: see `start_engine`; `adapter.unknown`; `adapter.wrong_base`.
    """
    served = serving_base(project, addresses, base)
    chosen = [find_adapter(project, address) for address in addresses] or newest_of_each(project, served)
    wished = deployment(project, served, chosen, name=name)
    chosen_settings = {**({"port": port} if port else {}), **({"python": python} if python else {})}
    wished = wished.model_copy(update={"settings": wished.settings.model_copy(update=chosen_settings)})
    return start_engine(wished, project.state, on_stage=on_stage)


def serving_base(project: ProjectFolder, addresses: Sequence[str], base: str | None) -> Base:
    """The base to serve: as named, else the adapters' own, else the plan's, else the embedded one."""
    if base is not None:
        return find_base(base)
    for address in addresses:
        adapter = find_adapter(project, address)
        run = project.run(adapter.entry.run)
        return run_base(run) if adapter.entry.run and run.request.is_file() else find_base(adapter.entry.base_id)
    return base_of(project, load_plan(project.plan).plan) if project.plan.is_file() else find_base(POCKET)


def served_adapters(project: ProjectFolder, engine: Engine, addresses: Sequence[str] = ()) -> list[RegisteredAdapter]:
    """The adapters that an engine answers for; wished ones that it doesn't hold yet are loaded (and probed) first.

    Raises:
        BadInput: `adapter.*`: unknown, or refused by the engine.
    """
    loaded = engine.adapters()
    if not addresses:
        return [adapter for adapter in list_adapters(project) if adapter.address in loaded]
    wished = [find_adapter(project, address) for address in addresses]
    for adapter in wished:
        if adapter.address not in loaded:
            engine.load(adapter.folder, adapter.address)
    return wished
