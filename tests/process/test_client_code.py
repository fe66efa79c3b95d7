"""The code that the playground hands out runs as it is, against a server of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.workbench.client_code import KEY_VARIABLE, Request, client_code
from tests.support.scripted_endpoint import ScriptedEndpoint, running
from tests.support.tiny_model import make_tiny_base

MESSAGE = 'Where is my "parcel"?\nIt\'s late – 3 days ☕ $HOME'
RUNNERS = {"Python": [sys.executable, "-P", "-"], "curl": ["bash", "-s"], "JavaScript": ["node", "--input-type=module"]}


@pytest.mark.heavy
@pytest.mark.parametrize("language", list(RUNNERS))
def test_the_code_for_the_users_program_runs_and_sends_what_was_typed(language: str, tmp_path: Path) -> None:
    program = {"curl": "curl"}.get(language, RUNNERS[language][0])
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    with running(ScriptedEndpoint(make_tiny_base(tmp_path / "base"), {"tone@v1": lambda _asked: "soon"})) as endpoint:
        request = Request(endpoint.url, "tone@v1", MESSAGE, "Be kind.", max_tokens=8, seed=3)
        done = subprocess.run(
            RUNNERS[language],
            input=client_code(language, request),
            env={**os.environ, KEY_VARIABLE: "not-a-secret", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "soon" in done.stdout
    (asked,) = endpoint.requests
    assert asked["messages"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": MESSAGE}]
    assert (asked["model"], asked["max_tokens"], asked["seed"]) == ("tone@v1", 8, 3)
