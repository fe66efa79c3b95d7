"""Loading an adapter into a running engine: checked before, probed after, taken out again when it fails."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.errors import BadInput, VibetuneError
from serving.adapters.check import CONFIG_FILE, WEIGHTS_FILE, require_servable
from serving.adapters.parity import ProbeResult, probe_adapter
from serving.engine.base import ServedBase
from serving.engine.client import EngineClient


async def load_adapter(
    client: EngineClient,
    folder: Path,
    name: str,
    *,
    base: ServedBase,
    max_lora_rank: int,
    served: Path,
    probe: bool = True,
) -> ProbeResult | None:
    """Makes an adapter answer under a name, or raises and leaves the engine as it was.

    Args:
        client: of the engine, open.
        folder: of the adapter.
        name: that clients use, unique per version: name@version.
        base: that the engine serves.
        max_lora_rank: largest rank that the engine takes.
        served: folder for the links to what is loaded.
        probe: compare what is served with what was trained.

    Raises:
        BadInput: what `check_servable`, vLLM or the probe have against it, or `adapter.name_taken`.
    """
    if name == base.id:
        raise BadInput("adapter.name_taken", f"{name!r} is the base's own name.", "Give the adapter another name.")
    require_servable(folder, base=base, max_lora_rank=max_lora_rank)
    link = content_link(folder, served)
    loaded = (await client.adapters()).get(name)
    if loaded not in (None, link):
        text = f"{name} is loaded already, with other content."
        raise BadInput("adapter.name_taken", text, "Give each version a name of its own, or unload that one first.")
    await client.load(name, link)
    if not probe:
        return None
    try:
        return await probe_adapter(client.with_model(base.id), client.with_model(name), folder, base)
    except VibetuneError:
        await client.unload(name)
        raise


def content_link(folder: Path, served: Path) -> Path:
    """A path to the adapter that no other content ever had.

    vLLM's prefix cache knows an adapter by name and path, and would answer for changed files with what it computed from
    the old ones.
    """
    digest = hashlib.sha256()
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        digest.update((folder / name).read_bytes())
    link = served.resolve() / digest.hexdigest()[:16]
    if link.resolve() != folder.resolve():
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f".{link.name}.{id(digest):x}")
        fresh.symlink_to(folder.resolve(), target_is_directory=True)
        fresh.replace(link)
    return link
