"""A million chat rows made by script: import, exact checks, version, open, page, filter, near duplicates, and others'.

    python benchmarks/data.py [--rows 1000000] [--near-rows 20000] [--truth-rows 20000] [--json] [--quick]

Every step runs in a process of its own, so that its peak memory is its own; the first three are one step of ours and
one of Hugging Face datasets, which hashes rows, keeps the first of equal ones, splits and saves. `open` and `page` are
the pipeline's; `window_open_ms` is the reader of the window's table, imports left out, and the filter is its own, too.
Near duplicates (Jaccard similarity of 3-grams of 0.7 or more) are compared with datasketch's MinHash and LSH over the
same 3-grams, shingling included, where datasketch is installed (it is no dependency of ours), and all pairs with brute
force, on texts with rewordings on both sides of the threshold. Wall seconds suffer from whatever else the machine does;
CPU-seconds are printed beside. `--quick` makes 20,000 rows: that shows that it runs, not how fast.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GOALS = {
    "import_s": 30.0,
    "import_gib": 1.0,
    "near_ratio": 5.0,
    "near_gib": 3.0,
    "recall": 0.98,
    "precision": 0.98,
    "open_ms": 100.0,
    "page_ms": 5.0,
}
THRESHOLD = 0.7  # Jaccard similarity of 3-grams
PAGE = 100
COPIES, REWORDED = 0.02, 0.01


def make_rows(path: Path, count: int) -> None:
    """Conversations of a question and an answer, some of them copies, some reworded."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(3, 9))) for _ in range(5_000)]
    earlier: list[list[str]] = []
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            draw = chance.random()
            if earlier and draw < COPIES:
                question, answer = chance.choice(earlier)
            elif earlier and draw < COPIES + REWORDED:
                question, answer = chance.choice(earlier)
                question = f"{question} {chance.choice(words)}"
            else:
                question = " ".join(chance.choices(words, k=chance.randint(8, 25)))
                answer = " ".join(chance.choices(words, k=chance.randint(5, 30)))
            if number % 20 == 0:
                earlier.append([question, answer])
            turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            file.write(json.dumps({"messages": turns}) + "\n")


def questions(folder: Path, count: int) -> list[str]:
    with (folder / "rows.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["messages"][0]["content"] for line, _ in zip(file, range(count), strict=False)]


# Steps; each gets the folder and the number of rows, and returns what it has to say.


def our_import(folder: Path, rows: int) -> dict[str, Any]:
    from pipeline.datasets.versions.build import build_version
    from pipeline.plan.model import Plan

    off = dict.fromkeys(("personal_data", "injection", "refusals", "boilerplate", "offensive", "extremes"), "off")
    checks = {"duplicates": "exact", "leakage": "off", **off}
    values = {"sources": [{"path": "rows.jsonl"}], "columns": {"messages": ["messages"]}, "checks": checks}
    plan = Plan.model_validate({"name": "chat", "task": "chat", "dataset": values})
    version = build_version(plan, folder)
    return {"version": str(version.folder), "aside": version.counts.quarantined, "rows": rows}


def their_import(folder: Path, rows: int) -> dict[str, Any]:
    import datasets

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset("json", data_files=str(folder / "rows.jsonl"), cache_dir=str(folder / "hf"))["train"]
    hashed = loaded.map(
        lambda row: {"id": hashlib.sha256(json.dumps(row["messages"]).encode()).hexdigest()[:32]}, num_proc=1
    )
    seen: set[str] = set()
    keep = [i for i, one in enumerate(hashed["id"]) if not (one in seen or seen.add(one))]  # type: ignore[func-returns-value]
    split = hashed.select(keep).train_test_split(0.2, seed=42)
    split.save_to_disk(str(folder / "saved"))
    return {"aside": rows - len(keep)}


def our_pages(folder: Path, _rows: int) -> dict[str, Any]:
    from app.workbench.data_rows import Query
    from app.workbench.version_reader import VersionReader
    from pipeline.datasets.versions.row_table import RowTable
    from pipeline.datasets.versions.version import SPLITS, load_version

    place = next((folder / ".vibetune/datasets/chat").glob("*/manifest.json")).parent

    def opened() -> RowTable:
        load_version(place)
        return RowTable(place, SPLITS)

    reader, rows = VersionReader(place), opened()  # what is imported on the way is paid once a session
    rows.slice(0, 1).to_pylist()
    open_ms = median_ms(lambda _: opened(), rows.num_rows)
    page_ms = median_ms(lambda start: rows.slice(start, PAGE).to_pylist(), rows.num_rows)
    window_open_ms = median_ms(lambda _: VersionReader(place), rows.num_rows, times=3)
    began = time.perf_counter()
    found = len(reader.matching(Query(text=a_word(folder))))
    filter_s = time.perf_counter() - began
    figures = {"open_ms": open_ms, "page_ms": page_ms, "window_open_ms": window_open_ms, "filter_s": filter_s}
    return {**{name: round(value, 3) for name, value in figures.items()}, "found": found}


def their_pages(folder: Path, _rows: int) -> dict[str, Any]:
    import datasets

    datasets.disable_progress_bars()
    datasets.load_from_disk(str(folder / "saved"))
    began = time.perf_counter()
    rows = datasets.load_from_disk(str(folder / "saved"))["train"]
    opened = time.perf_counter() - began
    page_ms = median_ms(lambda start: rows[start : start + PAGE], len(rows))
    began, word = time.perf_counter(), a_word(folder)
    found = len(rows.filter(lambda row: any(word in turn["content"] for turn in row["messages"])))
    return {"open_ms": opened * 1e3, "page_ms": page_ms, "filter_s": time.perf_counter() - began, "found": found}


def a_word(folder: Path) -> str:
    return max(questions(folder, 1)[0].split(), key=len)


def median_ms(read: Callable[[int], Any], total: int, times: int = 51) -> float:
    chance, taken = random.Random(1), []
    for _ in range(times):
        start = chance.randrange(max(1, total - PAGE))
        began = time.perf_counter()
        read(start)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[times // 2] * 1e3


def our_near(folder: Path, rows: int) -> dict[str, Any]:
    from pipeline.datasets.cell import folded
    from pipeline.datasets.checks.near import near_pairs

    texts = list(dict.fromkeys(map(folded, questions(folder, rows))))
    later = {second for _, second, _ in near_pairs(texts, THRESHOLD)}
    return {"grouped": rows - len(texts) + len(later), "rows": rows}


def their_near(folder: Path, rows: int) -> dict[str, Any]:
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found]

    index, grouped = MinHashLSH(threshold=THRESHOLD, num_perm=128), 0
    for number, text in enumerate(questions(folder, rows)):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([text[i : i + 3].encode() for i in range(max(1, len(text) - 2))])
        grouped += bool(index.query(sketch))
        index.insert(number, sketch)
    return {"grouped": grouped, "rows": rows}


def reworded_texts(count: int) -> list[str]:
    """Sentences, each with rewordings that share more and less than the threshold: the hard ones lie around it."""
    chance = random.Random(11)
    words = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(3, 9))) for _ in range(5_000)]
    texts: list[str] = []
    while len(texts) < count:
        sentence = chance.choices(words, k=chance.randint(8, 25))
        texts.append(" ".join(sentence))
        for _ in range(chance.choice((0, 0, 1, 3))):
            other = sentence.copy()
            for at in chance.sample(range(len(other)), chance.randint(1, len(other) // 3)):
                other[at] = chance.choice(words)
            texts.append(" ".join(other))
    return texts[:count]


def truth(_folder: Path, rows: int) -> dict[str, Any]:
    """Recall and precision of our pairs against the exact similarity of all pairs."""
    import numpy as np
    from scipy.sparse import csr_array

    from pipeline.datasets.checks.near import near_pairs

    texts = list(dict.fromkeys(reworded_texts(rows)))
    found = {(first, second) for first, second, _ in near_pairs(texts, THRESHOLD)}
    grams = [{f" {text} "[i : i + 3] for i in range(len(text))} for text in texts]
    number = {gram: at for at, gram in enumerate({gram for one in grams for gram in one})}
    sizes = np.array([len(one) for one in grams])
    columns = np.array([number[gram] for one in grams for gram in one])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    has = csr_array((np.ones(len(columns), dtype=np.int32), columns, ends), shape=(len(texts), len(number)))
    alike: set[tuple[int, int]] = set()
    near_misses = 0
    for start in range(0, len(texts), 500):
        shared = (has[start : start + 500] @ has.T).tocoo()
        first, second = shared.coords[0] + start, shared.coords[1]
        similarity = shared.data / (sizes[first] + sizes[second] - shared.data)
        is_pair = first < second
        above = is_pair & (similarity >= THRESHOLD)
        alike.update(zip(first[above].tolist(), second[above].tolist(), strict=True))
        near_misses += int(np.count_nonzero(is_pair & (similarity < THRESHOLD) & (similarity >= THRESHOLD - 0.1)))
    both = len(alike & found)
    return {
        "pairs": len(alike),
        "pairs_just_below": near_misses,
        "recall": round(both / max(1, len(alike)), 4),
        "precision": round(both / max(1, len(found)), 4),
    }


STEPS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "our_import": our_import,
    "their_import": their_import,
    "our_pages": our_pages,
    "their_pages": their_pages,
    "our_near": our_near,
    "their_near": their_near,
    "truth": truth,
}


def measured(step: str, folder: Path, rows: int) -> dict[str, Any]:
    """Runs a step in a process of its own; adds wall and CPU seconds and peak memory."""
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--step",
        step,
        "--folder",
        str(folder),
        "--rows",
        str(rows),
    ]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def run_step(step: str, folder: Path, rows: int) -> None:
    began = time.perf_counter()
    answer = STEPS[step](folder, rows)
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "wall_s": round(time.perf_counter() - began, 3),
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "peak_gib": round(used.ru_maxrss / 2**20, 3),
    }
    print(json.dumps({**answer, **figures}))


def compared(rows: int, near_rows: int, truth_rows: int) -> dict[str, Any]:
    has_datasketch = importlib.util.find_spec("datasketch") is not None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_rows(folder / "rows.jsonl", rows)
        result: dict[str, Any] = {"rows": rows, "mib": round((folder / "rows.jsonl").stat().st_size / 2**20, 1)}
        for step in ("our_import", "their_import", "our_pages", "their_pages"):
            result[step] = measured(step, folder, rows)
        result["our_near"] = measured("our_near", folder, near_rows)
        result["our_near_all"] = measured("our_near", folder, rows)
        result["their_near"] = (
            measured("their_near", folder, near_rows) if has_datasketch else "datasketch is not installed"
        )
        result["truth"] = measured("truth", folder, truth_rows)
    result["ratios"] = ratios(result)
    return result


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """How many times faster ours is, in CPU-seconds, imports of libraries included."""
    pairs = {"import": ("our_import", "their_import"), "near": ("our_near", "their_near")}
    return {
        name: round(result[theirs]["cpu_s"] / result[ours]["cpu_s"], 2)
        for name, (ours, theirs) in pairs.items()
        if isinstance(result[theirs], dict)
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--near-rows", type=int, default=20_000)
    parser.add_argument("--truth-rows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        run_step(options.step, options.folder, options.rows)
        return 0
    sizes = [options.rows, options.near_rows, options.truth_rows]
    result = compared(*[20_000, 2_000, 2_000] if options.quick else [min(options.rows, size) for size in sizes])
    if options.json:
        print(json.dumps(result))
        return 0
    for name, value in result.items():
        print(f"{name}: {value}")
    print("goals for 1,000,000 rows:", GOALS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
