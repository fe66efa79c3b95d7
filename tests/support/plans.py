"""Plans for tests: one that is complete and short, and hypothesis strategies for any valid one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pipeline.plan.model import BENCHMARKS, METRICS, TASKS, Plan

# What YAML is known to trip over, in front of whatever hypothesis finds.
TRAPS = [
    "no",
    "off",
    "yes",
    "null",
    "~",
    "1e-4",
    "12e4567",
    "0o17",
    "1_000",
    "2026-01-01",
    ".inf",
    "=",
    "<<",
    "- x",
    "a: b",
]
TRAPS += [
    "a #b",
    "#b",
    " lead",
    "trail ",
    "'q'",
    '"q"',
    "{x}",
    "[x]",
    "*a",
    "&a",
    "!t",
    "%x",
    "@x",
    "`x`",
    "|",
    ">",
    "?",
    ":",
]
TRAPS += [
    "a\nb",
    "a\n\n  b\n",
    "tab\there",
    "\u2028",
    "\x85",
    "ü€",
    "🙂",
    "x" * 150,
    "word " * 40 + "end",
    "",
    "a:",
    "---",
    "...",
]

texts = st.one_of(st.sampled_from(TRAPS), st.text(max_size=40))
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
columns = st.lists(texts.filter(bool), min_size=1, max_size=3, unique=True)
rates = st.one_of(st.just("auto"), st.floats(1e-9, 1.0))
counts = st.one_of(st.just("auto"), st.integers(8, 4096))


def _paths() -> st.SearchStrategy[str]:
    return st.from_regex(r"data/[a-z0-9][a-z0-9 _.-]{0,12}", fullmatch=True).filter(lambda path: ".." not in path)


def _dataset() -> st.SearchStrategy[dict[str, Any]]:
    source = st.fixed_dictionaries(
        {"path": _paths()}, optional={"split": st.sampled_from(["train", "validation", "test"])}
    )
    mapping = columns.flatmap(
        lambda prompt: st.fixed_dictionaries(
            {"prompt": st.just(prompt), "completion": columns.filter(lambda other: not set(other) & set(prompt))}
        )
    )
    split = {"validation": st.floats(0, 0.4), "test": st.floats(0, 0.4), "seed": st.integers(0, 10**9)}
    optional = {
        "columns": mapping,
        "system_prompt": st.one_of(st.none(), texts),
        "labels": st.one_of(st.none(), st.lists(texts, min_size=2, max_size=5, unique=True)),
        "split": st.fixed_dictionaries({}, optional={**split, "stratify": st.one_of(st.none(), texts)}),
        "rehearsal": st.one_of(st.none(), st.fixed_dictionaries({"source": _paths(), "fraction": st.floats(0, 0.5)})),
    }
    return st.fixed_dictionaries({"sources": st.lists(source, min_size=1, max_size=3)}, optional=optional)


def _training() -> st.SearchStrategy[dict[str, Any]]:
    adapter = {
        "r": st.one_of(st.just("auto"), st.integers(1, 512)),
        "lora_alpha": st.one_of(st.just("auto"), st.floats(0.1, 1024)),
        "target_modules": st.one_of(st.just("all-linear"), st.lists(names, min_size=1, max_size=3)),
        "use_dora": st.booleans(),
        "init_lora_weights": st.sampled_from([True, False, "gaussian", "pissa"]),
    }
    optional = {
        "adapter": st.fixed_dictionaries({}, optional=adapter),
        "learning_rate": rates,
        "num_train_epochs": st.one_of(st.just("auto"), st.floats(0.1, 100)),
        "max_length": counts,
        "warmup_steps": st.floats(0, 1e4),
    }
    return st.fixed_dictionaries({}, optional=optional)


def _evaluation() -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "metrics": st.lists(st.sampled_from(METRICS), max_size=3, unique=True),
        "benchmarks": st.lists(st.sampled_from(BENCHMARKS), max_size=2, unique=True),
        "judge": st.one_of(st.none(), st.fixed_dictionaries({"model": texts, "criteria": texts})),
        "gates": st.dictionaries(
            st.just("forgetting"), st.sampled_from(["<= 0.02", "> base", ">= base+prompt + 0.05"])
        ),
    }
    return st.fixed_dictionaries({}, optional=optional)


def plans() -> st.SearchStrategy[Plan]:
    """Any plan that breaks no rule."""
    required = {"name": names, "task": st.sampled_from([task for task in TASKS if task != "preference"])}
    optional = {
        "goal": texts,
        "model": st.fixed_dictionaries(
            {}, optional={"base": texts.filter(lambda base: base[:1] not in "~/"), "revision": texts}
        ),
        "training": _training(),
        "evaluation": _evaluation(),
        "serving": st.fixed_dictionaries({}, optional={"alias": names, "max_loras": st.integers(1, 64)}),
        "compute": st.fixed_dictionaries({}, optional={"max_cost_usd": st.one_of(st.none(), st.floats(0, 1e6))}),
    }
    return st.fixed_dictionaries({**required, "dataset": _dataset()}, optional=optional).map(Plan.model_validate)


def small_plan(**changes: Any) -> Plan:
    """A short, complete plan for classification."""
    values = {
        "name": "support-triage",
        "goal": "Sort messages into queues.",
        "task": "classification",
        "dataset": {
            "sources": [{"path": "data/tickets.csv"}],
            "columns": {"prompt": ["text"], "completion": ["queue"]},
        },
        "evaluation": {"metrics": ["accuracy", "macro_f1"], "gates": {"accuracy": "> base"}},
    }
    return Plan.model_validate(values | changes)
