"""What only the engine's owner asks of it: load and unload adapters, list them, health."""

from __future__ import annotations

import http.client
from pathlib import Path

from pipeline.errors import BadInput, VibetuneError
from pipeline.providers.endpoint import Endpoint
from serving.engine.command import HOST


class EngineClient(Endpoint):
    """An engine as an endpoint, with its adapters' life."""

    async def load(self, name: str, folder: Path) -> None:
        """Makes an adapter answer under `name`; fine if it does already.

        Raises:
            BadInput: `adapter.refused`, in vLLM's words.
        """
        try:
            await self.post("/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(folder)})
        except VibetuneError as error:
            if "has already been loaded" in error.message:
                return
            if error.code in ("endpoint.bad_request", "endpoint.unknown_model", "endpoint.failed"):
                text = f"vLLM refuses the adapter {name}: {error.message}"
                raise BadInput("adapter.refused", text, "See the engine's log for the reason.") from error
            raise

    async def unload(self, name: str) -> None:
        """Takes an adapter out; fine if it isn't loaded. Requests that are being answered are finished."""
        try:
            await self.post("/v1/unload_lora_adapter", {"lora_name": name})
        except VibetuneError as error:
            if error.code != "endpoint.unknown_model":
                raise

    async def adapters(self) -> dict[str, Path]:
        """Adapters that answer: name → path that each was loaded from."""
        entries = (await self.get("/v1/models"))["data"]
        return {entry["id"]: Path(entry["root"]) for entry in entries if entry.get("parent")}


def is_healthy(port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether an engine on this machine answers, and its computing processes live."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
