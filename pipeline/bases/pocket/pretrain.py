"""The pretraining loop: warm-up, constant rate, cooldown; resumable, and it says how it goes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812, the name that everybody uses
from numpy.typing import NDArray

from pipeline.bases.pocket.attention import attend_over_short_texts
from pipeline.bases.pocket.card import parameters
from pipeline.bases.pocket.circuits import start_circuits
from pipeline.bases.pocket.document import Weight
from pipeline.bases.pocket.probe import probe, whole_finds
from pipeline.bases.pocket.recipe import FOLDER, Recipe, model_config, phase_at
from pipeline.bases.pocket.shards import batches, read_shard, shard_path
from pipeline.errors import BadInput, Failed

SAVE_EVERY, SAY_EVERY, FINDS_EVERY, PROBE_EVERY = 400, 20, 200, 600  # steps
PROBED = ["copy", "look_up", "choose_named", "choose_by_keyword", "choose_intent", "few_shot_known", "extract", "dense"]


@dataclass
class Progress:
    """Where the run stands; travels in the checkpoint."""

    step: int = 0
    tokens: int = 0
    shard: int = 0
    batch: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass
class Run:
    """Model, optimizers and the moving average of the weights."""

    model: Any
    optimizers: list[torch.optim.Optimizer]
    average: dict[str, torch.Tensor]
    progress: Progress = field(default_factory=Progress)


def new_model(recipe: Recipe, seed: int | None = None) -> Any:
    """A model with random float32 weights; same seed, same weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(recipe.seed if seed is None else seed)
    config = LlamaConfig(
        **{k: v for k, v in model_config(recipe).items() if k not in {"architectures", "dtype", "model_type"}}
    )
    model = LlamaForCausalLM(config).float()
    torch.nn.init.normal_(model.model.embed_tokens.weight, std=recipe.embedding_std)
    return model


class Workers:
    """What the workers of a run hand to each other, in shared memory.

    They meet twice a step, and so need two buffers: a worker writes into one only after all have passed the meeting
    that follows the reading of the other.

    Args:
        count: how many.
        recipe: tells how many weights there are; the matrices that are shared are most of them.
    """

    def __init__(self, count: int, recipe: Recipe) -> None:
        size = parameters(recipe.shape)
        self.count = count
        self.gradients_wn = torch.empty(count, size).share_memory_()
        self.weights_n = torch.empty(size).share_memory_()
        self.limit = torch.zeros(1, dtype=torch.int64).share_memory_()
        self.barrier = get_context("spawn").Barrier(count)

    def average_gradients(self, model: Any, rank: int) -> None:
        """Replaces each worker's gradients by their mean."""
        gradients = [p.grad for p in model.parameters()]
        torch.cat([g.flatten() for g in gradients], out=self.gradients_wn[rank])
        self.barrier.wait()
        mean_n = self.gradients_wn.mean(0)
        for gradient, part in zip(gradients, mean_n.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def share_matrices(self, model: Any, rank: int) -> None:
        """Gives every worker the matrices that the others have updated."""
        mine, at = {id(p) for p in matrices(model, rank, self.count)}, 0
        places = []
        for parameter in matrices(model, 0, 1):
            places.append((parameter, self.weights_n[at : at + parameter.numel()].view_as(parameter)))
            at += parameter.numel()
        for parameter, place in places:
            if id(parameter) in mine:
                place.copy_(parameter.data)
        self.barrier.wait()
        for parameter, place in places:
            if id(parameter) not in mine:
                parameter.data.copy_(place)


def matrices(model: Any, rank: int, workers: int) -> list[torch.nn.Parameter]:
    """The matrices whose updates worker `rank` computes."""
    return [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n][rank::workers]


def new_run(recipe: Recipe, rank: int = 0, workers: int = 1) -> Run:
    """Random weights; the worker's share of the matrices under Muon, embeddings and norms under AdamW."""
    model = new_model(recipe)
    start_circuits(model, recipe)
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    muon = torch.optim.Muon(
        matrices(model, rank, workers),
        lr=recipe.muon["lr"],
        weight_decay=recipe.muon["weight_decay"],
        momentum=recipe.muon["momentum"],
        nesterov=True,
    )
    adamw = torch.optim.AdamW(
        others, lr=recipe.adamw["lr"], betas=(0.9, recipe.adamw["beta2"]), weight_decay=0.0, foreach=False
    )
    average = {n: p.detach().clone() for n, p in model.named_parameters()}
    return Run(model, [muon, adamw], average)


def rate(recipe: Recipe, progress: Progress, total: int) -> float:
    """Share of the full learning rate: linear warm-up, the phase's share, linear cooldown to 2 percent of it."""
    left = (total - progress.tokens) / (recipe.cooldown_share * total)
    phase = phase_at(recipe, progress.shard * recipe.shard_tokens)
    return phase.rate * max(0.02, min(1.0, (progress.step + 1) / recipe.warmup_steps, left))


def batch_loss(
    model: Any, ids_bt: torch.Tensor, kinds_bt: torch.Tensor, recipe: Recipe
) -> tuple[torch.Tensor, dict[str, float]]:
    """Weighted cross entropy over the positions that count; the head is computed for those only.

    Returns:
        the loss, and sums for the log: loss and count per kind, right answers.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden_btd = model.model(ids_bt, use_cache=False).last_hidden_state
        kinds_n = kinds_bt[:, 1:]
        counts = (kinds_n > 0).contiguous()
        extra = int(-counts.sum()) % 64  # few distinct shapes: the CPU library compiles each one
        counts.view(-1)[(~counts).view(-1).nonzero()[:extra, 0]] = True
        hidden_nd, targets_n, kinds_n = hidden_btd[:, :-1][counts], ids_bt[:, 1:][counts], kinds_n[counts].long()
        logits_nv = model.lm_head(hidden_nd)
    logits_nv = logits_nv.float()
    losses_n = F.cross_entropy(logits_nv, targets_n, reduction="none")
    weights_n = torch.tensor(recipe.loss_weights)[kinds_n]
    floor = 0.1 * recipe.step_tokens  # a batch with few counted tokens must not shout
    norm_n = logits_nv.logsumexp(-1)
    loss = ((losses_n + recipe.z_loss * norm_n.square()) * weights_n).sum() / weights_n.sum().clamp(min=floor)
    return loss, _sums(losses_n.detach(), logits_nv.detach(), targets_n, kinds_n)


def _sums(
    losses_n: torch.Tensor, logits_nv: torch.Tensor, targets_n: torch.Tensor, kinds_n: torch.Tensor
) -> dict[str, float]:
    found: dict[str, float] = {}
    right_n = logits_nv.argmax(-1) == targets_n
    for kind in Weight:
        mask, name = kinds_n == int(kind), kind.name.lower()
        found[f"{name}_loss"], found[f"{name}_count"] = float(losses_n[mask].sum()), float(mask.sum())
        found[f"{name}_right"] = float(right_n[mask].sum())
    return found


def train_step(
    run: Run,
    recipe: Recipe,
    ids: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    total: int,
    workers: Workers,
    rank: int,
) -> dict[str, float]:
    """One update of the weights and of their average, together with the other workers."""
    share = rate(recipe, run.progress, total)
    for optimizer, full in zip(run.optimizers, (recipe.muon["lr"], recipe.adamw["lr"]), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = full * share
    loss, sums = batch_loss(run.model, torch.from_numpy(ids), torch.from_numpy(kinds), recipe)
    if not torch.isfinite(loss):
        raise Failed(
            "pocket.diverged",
            f"The loss is {loss.item()} at step {run.progress.step}.",
            "Lower the learning rates in recipe.yaml.",
        )
    loss.backward()
    workers.average_gradients(run.model, rank)
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    for optimizer in run.optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    run.model.zero_grad(set_to_none=True)
    workers.share_matrices(run.model, rank)
    with torch.no_grad():
        for name, parameter in run.model.named_parameters():
            run.average[name].lerp_(parameter, 1 - recipe.average_decay)
    run.progress.step += 1
    return sums


def pretrain(
    recipe: Recipe, folder: Path, *, workers: int, is_resuming: bool = False, total: int | None = None
) -> None:
    """Trains from the shards under `folder` until `total` tokens (the recipe's, unless given), saving as it goes.

    Each worker is a process with one thread and half of a step's documents: unlike threads, which meet in every
    operation, they meet once a step, so that other work on the machine costs its share and no more.
    A file `folder`/total holding a number changes the total of a run under way: the cooldown then ends there.

    Raises:
        BadInput: a shard that is needed isn't there.
        Failed: the loss is no longer finite.
    """
    if not is_resuming:
        (folder / "checkpoint.pt").unlink(missing_ok=True)
    together = Workers(workers, recipe)
    torch.multiprocessing.spawn(_work, (together, recipe, folder, total or recipe.tokens), nprocs=workers)


def _work(rank: int, workers: Workers, recipe: Recipe, folder: Path, limit: int) -> None:
    torch.set_num_threads(1)
    run = new_run(recipe, rank, workers.count)
    attend_over_short_texts(run.model)
    if (folder / "checkpoint.pt").is_file():
        _load(run, folder, rank)
    _train(run, recipe, folder, limit, rank, workers)
    _save(run, folder, rank, workers)


def _train(run: Run, recipe: Recipe, folder: Path, limit: int, rank: int, workers: Workers) -> None:
    p, log, count = run.progress, list[dict[str, float]](), workers.count
    wall, cpu = time.monotonic() - p.wall_s, time.process_time() - p.cpu_s / count
    while p.tokens < limit:
        if not shard_path(folder / "shards", p.shard).is_file():
            raise BadInput(
                "pocket.shard_missing",
                f"Shard {p.shard} isn't in {folder}.",
                "Run: python -m pipeline.bases.pocket generate",
            )
        shard = read_shard(folder / "shards", p.shard)
        everything = list(batches(shard, recipe.step_tokens // count, f"{recipe.seed}:{p.shard}"))
        rounds = [everything[at : at + count] for at in range(0, len(everything) - count + 1, count)]
        for number in range(p.batch, len(rounds)):
            log.append(train_step(run, recipe, *rounds[number][rank], limit, workers, rank))
            p.tokens += sum(int((ids != 0).sum()) for ids, _ in rounds[number])
            p.batch = number + 1
            p.wall_s, p.cpu_s = time.monotonic() - wall, (time.process_time() - cpu) * count
            if p.step % SAY_EVERY == 0:
                limit = _changed_total(folder, limit, rank, workers)
                if rank == 0:
                    _say(run, log, folder, rate(recipe, p, limit))
                log.clear()
            if p.step % FINDS_EVERY == 0 and rank == 0:
                _examine(run, recipe, folder)
            if p.step % SAVE_EVERY == 0:
                _save(run, folder, rank, workers)
            if p.tokens >= limit:
                return
        p.shard, p.batch = p.shard + 1, 0


def _examine(run: Run, recipe: Recipe, folder: Path) -> None:
    """Adds a line of whole answers to probes.jsonl: of random tokens as the phase has them, now and then of tasks."""
    from tokenizers import Tokenizer

    p, tokenizer = run.progress, Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    right = whole_finds(run.model, tokenizer, phase_at(recipe, p.shard * recipe.shard_tokens))
    if p.step % PROBE_EVERY == 0:
        right |= probe(run.model, tokenizer, 25, PROBED)
    with (folder / "probes.jsonl").open("a") as file:
        file.write(json.dumps({"step": p.step, "tokens": p.tokens, "wall_s": round(p.wall_s), **right}) + "\n")


def _changed_total(folder: Path, limit: int, rank: int, workers: Workers) -> int:
    if rank == 0:  # one reads: all workers must stop at the same step
        path = folder / "total"
        workers.limit[0] = int(path.read_text()) if path.is_file() else limit
    workers.barrier.wait()
    return int(workers.limit[0])


def _say(run: Run, log: list[dict[str, float]], folder: Path, share: float) -> None:
    total = {key: sum(entry[key] for entry in log) for key in log[0]}
    p = run.progress
    line = {
        "step": p.step,
        "tokens": p.tokens,
        "wall_s": round(p.wall_s),
        "cpu_s": round(p.cpu_s),
        "tokens_per_s": round(p.tokens / p.wall_s),
        "rate": round(share, 3),
        **{
            k: round(total[f"{k}_loss"] / max(1, total[f"{k}_count"]), 3)
            for k in ("prompt", "prose", "answer", "short")
        },
        **{f"{k}_right": round(total[f"{k}_right"] / max(1, total[f"{k}_count"]), 3) for k in ("answer", "short")},
    }
    with (folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _save(run: Run, folder: Path, rank: int, workers: Workers) -> None:
    """Every worker its optimizers, the first one the weights too; the names hold the step: they fit together."""
    step = run.progress.step
    _write({"optimizers": [o.state_dict() for o in run.optimizers]}, folder / f"optimizers-{rank}-{step}.pt")
    workers.barrier.wait()
    if rank == 0:
        weights = {"model": run.model.state_dict(), "average": run.average, "progress": vars(run.progress)}
        _write(weights, folder / "checkpoint.pt")
        for path in folder.glob("optimizers-*.pt"):
            if not path.name.endswith(f"-{step}.pt"):
                path.unlink()


def _write(state: dict[str, Any], path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def _load(run: Run, folder: Path, rank: int) -> None:
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    run.model.load_state_dict(state["model"])
    run.average = state["average"]
    run.progress = Progress(**state["progress"])
    saved = torch.load(folder / f"optimizers-{rank}-{run.progress.step}.pt", weights_only=True)
    for optimizer, content in zip(run.optimizers, saved["optimizers"], strict=True):
        optimizer.load_state_dict(content)


def read_weights(recipe: Recipe, checkpoint: Path, *, is_average: bool) -> Any:
    """The model of a checkpoint, its last weights or their moving average, rounded through float16 as shipped."""
    model = new_model(recipe)
    state = torch.load(checkpoint, weights_only=True)
    weights = state["average"] if is_average else state["model"]
    model.load_state_dict({k: v.half().float() for k, v in weights.items()}, strict=False)
    return model


def ship(model: Any, recipe: Recipe, folder: Path) -> None:
    """Writes model.safetensors (float16, without the tied head), config.json and generation_config.json."""
    from safetensors.torch import save

    from pipeline.files import write_bytes, write_json

    weights = {n: p.detach().half().contiguous() for n, p in model.named_parameters()}
    if not all(torch.isfinite(w).all() for w in weights.values()):
        raise Failed("pocket.range", "A weight doesn't fit float16.", "Lower the learning rates in recipe.yaml.")
    write_json(folder / "config.json", model_config(recipe))
    write_json(
        folder / "generation_config.json",
        {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 0, "do_sample": False, "max_new_tokens": 128},
    )
    write_bytes(folder / "model.safetensors", save(weights, metadata={"format": "pt"}))
