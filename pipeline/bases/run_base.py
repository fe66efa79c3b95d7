"""The base that a run was made for: found again, and the same."""

from __future__ import annotations

from pipeline.bases.base import Base, find_base
from pipeline.errors import BadInput
from pipeline.runs.layout import RunFolder
from pipeline.runs.request import read_request


def run_base(run: RunFolder) -> Base:
    """Finds the base of a run.

    Raises:
        BadInput: `base.changed`: it has other weights by now; what `find_base` and `read_request` raise.
    """
    request = read_request(run)
    base = find_base(request.base_address(run), request.base.revision)
    if base.sha256 != request.base.sha256:
        text = (
            f"The base {request.base.id} at {base.folder} is not what {run.name} was planned with: its weights are "
            f"{base.sha256[:12]}, not {request.base.sha256[:12]}."
        )
        raise BadInput("base.changed", text, "Put the base's files back, or start the run again from its plan.")
    return base
