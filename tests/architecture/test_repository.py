"""The repository's own rules. Every checker is shown a planted violation first: none can pass without looking."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "assistant", "pipeline", "serving", "resources")
TOP_LEVEL = {*PACKAGES, "tests", "docs", "benchmarks", "pyproject.toml", "README.md", "ARCHITECTURE.md", "CHANGELOG.md"}
TOP_LEVEL |= {"CONTRIBUTING.md", "LICENSE", "NOTICE", "Makefile"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home)/[\w.-]+")
PLANTED_PATH = "/home" + "/somebody"  # in two parts, so that it is not found here
LONGEST_FUNCTION = 80  # lines; the habit is 25
LONGEST_FILE = 600  # lines; the habit is 400


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).is_file()]


def machine_paths(text: str) -> list[str]:
    return MACHINE_PATH.findall(text)


def long_functions(source: str) -> list[str]:
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
    ]


def code_in_init(source: str) -> bool:
    body = ast.parse(source).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def shell_calls(source: str) -> Iterable[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield node.value.lineno
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.system", "os.popen"}:
            yield node.lineno


def test_top_level_holds_what_the_map_says() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    tops = {name.partition("/")[0] for name in listed}
    assert {name for name in tops if not name.startswith(".")} <= TOP_LEVEL
    assert set(PACKAGES) <= tops


def test_no_machine_paths() -> None:
    assert machine_paths("see " + PLANTED_PATH + "/x") == [PLANTED_PATH]
    files = tracked(".py", ".md", ".toml", ".yaml", ".yml", ".sh", "Makefile", ".jinja")
    assert len(files) > 50
    assert {str(path): found for path in files if (found := machine_paths(path.read_text()))} == {}


def test_functions_and_files_stay_readable() -> None:
    planted = "def f():\n" + "    x = 1\n" * 90
    assert long_functions(planted) == ["f"]
    files = tracked(".py")
    assert len(files) > 50
    assert {path.name: found for path in files if (found := long_functions(path.read_text()))} == {}
    assert [str(path) for path in files if path.read_text().count("\n") > LONGEST_FILE] == []


def test_packages_run_nothing_when_imported() -> None:
    assert code_in_init("import os\n")
    inits = [path for path in tracked("__init__.py") if path.relative_to(ROOT).parts[0] in PACKAGES]
    assert len(inits) >= 15
    assert [str(path) for path in inits if code_in_init(path.read_text())] == []


def test_no_shell_strings() -> None:
    assert list(shell_calls("import os\nos.system('ls')\n")) == [2]
    files = [path for path in tracked(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]
    assert {str(path): lines for path in files if (lines := list(shell_calls(path.read_text())))} == {}


@pytest.mark.heavy
def test_import_order_is_kept_and_the_checker_sees_a_violation(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "lint-imports")]
    good = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout
    for package in PACKAGES:
        target = tmp_path / package
        for source in (ROOT / package).rglob("*.py"):
            copy = target / source.relative_to(ROOT / package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text())
    (tmp_path / ".importlinter").write_text((ROOT / ".importlinter").read_text())
    with (tmp_path / "pipeline" / "plan" / "model.py").open("a") as file:
        file.write("\nimport app.cli.output\n")
    planted = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    bad = subprocess.run(planted, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "One import order BROKEN" in bad.stdout
