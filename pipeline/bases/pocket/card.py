"""Writes the model card from the recipe, the evaluation and the run's log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.bases.pocket.lexicon import TEXT
from pipeline.bases.pocket.recipe import Recipe, read_recipe
from pipeline.files import sha256, write_text


def write_card(folder: Path, run: Path) -> None:
    """Writes `folder`/README.md; every figure in it comes from evaluation.json and the log in `run`."""
    recipe = read_recipe(folder / "recipe.yaml")
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    last = json.loads((run / "log.jsonl").read_text("utf-8").strip().rpartition("\n")[2])
    write_text(folder / "README.md", card(recipe, evaluation, last, sha256(folder / "model.safetensors")))


def card(recipe: Recipe, evaluation: dict[str, Any], last: dict[str, float], digest: str) -> str:
    """The text of the card."""
    s = recipe.shape
    skills = "\n".join(f"| {name} | {value:.3f} |" for name, value in evaluation["skills"].items())
    listed = evaluation["most_probable_of_listed"]
    families = "\n".join(
        f"| `{name}` | {value:.3f} | {f'{listed[name]:.3f}' if name in listed else ''} |"
        for name, value in evaluation["families"].items()
    )
    texts = "\n".join(
        f"| {name} | {v['perplexity']} | {v['bits_per_byte']} |" for name, v in evaluation["held_out_text"].items()
    )
    lora = evaluation["after_lora"]
    return (
        (TEXT / "card.md")
        .read_text("utf-8")
        .format(
            **s,
            s_tokens=f"{last['tokens']:,}",
            wall_minutes=round(last["wall_s"] / 60),
            tokens_per_s=last["tokens_per_s"],
            cpu_s=f"{last['cpu_s']:,}",
            parameters=f"{parameters(s):,}",
            seed=recipe.seed,
            count=evaluation["questions_per_family"],
            skills=skills,
            families=families,
            texts=texts,
            digest=digest,
            limits=limits(evaluation),
            lora_labels=lora["labels"],
            lora_rows=lora["train_rows"],
            lora_test=lora["test_rows"],
            lora_settings=json.dumps(lora["settings"]),
            before=lora["pocket_before"],
            after=lora["pocket_after"],
            random_after=lora["random_weights_after"],
        )
    )


def parameters(shape: dict[str, int]) -> int:
    """Number of weights of a Llama of this shape with tied embeddings and heads of 64."""
    hidden, kv = shape["hidden"], 64 * shape["key_value_heads"]
    layer = 2 * hidden * 64 * shape["heads"] + 2 * hidden * kv + 3 * hidden * shape["feed_forward"] + 2 * hidden
    return shape["vocabulary"] * hidden + shape["layers"] * layer + hidden


def limits(evaluation: dict[str, Any], goal: float = 0.9) -> str:
    """The skills that stay under the goal, in one sentence."""
    weak = [f"{name} ({value:.2f})" for name, value in evaluation["skills"].items() if value < goal]
    return f"Under 0.9 on fresh tasks: {', '.join(weak)}." if weak else "All measured skills reach 0.9 on fresh tasks."
