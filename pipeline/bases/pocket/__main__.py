"""Builds the pocket base: `python -m pipeline.bases.pocket VERB`; the verbs are listed in their order."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.bases.pocket.recipe import FOLDER, read_recipe
from pipeline.errors import VibetuneError

BUILD = Path("build/pocket")


def _tokenizer(_args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.tokenizer import save_tokenizer, train_tokenizer

    recipe = read_recipe()
    save_tokenizer(train_tokenizer(recipe.seed, recipe.shape["vocabulary"]), FOLDER)


def _generate(args: argparse.Namespace) -> None:
    from tokenizers import Tokenizer

    from pipeline.bases.pocket.shards import make_shard, shard_path

    recipe = read_recipe()
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    count = -(-(args.tokens or recipe.phases[-1].until) // recipe.shard_tokens) + 2
    for number in range(count):
        if not shard_path(args.folder / "shards", number).is_file():
            make_shard(recipe, tokenizer, args.folder / "shards", number)


def _pretrain(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.pretrain import pretrain, read_weights, ship

    recipe = read_recipe()
    pretrain(recipe, args.folder, workers=args.workers, is_resuming=args.resume, total=args.tokens)
    ship(read_weights(recipe, args.folder / "checkpoint.pt", is_average=False), recipe, FOLDER)


def _snapshot(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.pretrain import new_model, read_weights, ship

    recipe = read_recipe()
    checkpoint = args.folder / "checkpoint.pt"
    model = read_weights(recipe, checkpoint, is_average=True) if checkpoint.is_file() else new_model(recipe)
    ship(model, recipe, FOLDER)


def _probe(args: argparse.Namespace) -> None:
    from tokenizers import Tokenizer

    from pipeline.bases.pocket.corpus import TASKS
    from pipeline.bases.pocket.pretrain import read_weights
    from pipeline.bases.pocket.probe import probe

    model = read_weights(read_recipe(), args.folder / "checkpoint.pt", is_average=False).eval()
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    print(json.dumps(probe(model, tokenizer, args.count, list(TASKS))))


def _evaluate(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.evaluate import evaluate

    evaluate(FOLDER, count=args.count, with_lora=not args.no_lora, target=args.out)


def _card(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.card import write_card

    write_card(FOLDER, args.folder)


def _fingerprint(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.contamination import write_fingerprint

    print(write_fingerprint(args.folder / "shards", FOLDER), "sentences")


def _check_samples(args: argparse.Namespace) -> None:
    from pipeline.bases.pocket.contamination import found_rows

    found = found_rows(args.samples, FOLDER)
    print(json.dumps([vars(f) for f in found], indent=2, ensure_ascii=False))
    if found:
        sys.exit(1)


VERBS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "tokenizer": (_tokenizer, "train the tokenizer"),
    "generate": (_generate, "write the tokenized shards"),
    "pretrain": (_pretrain, "train, and ship the weights"),
    "snapshot": (_snapshot, "ship the averaged weights of the last checkpoint, random ones before the first"),
    "probe": (_probe, "measure whole answers of the last checkpoint, quickly"),
    "evaluate": (_evaluate, "measure the shipped weights on fresh tasks"),
    "fingerprint": (_fingerprint, "write the fingerprint of all natural sentences in the text"),
    "check-samples": (_check_samples, "look for sample rows in the text"),
    "card": (_card, "write the model card"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.bases.pocket", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, (_, said) in VERBS.items():
        verb = verbs.add_parser(name, help=said, description=said)
        verb.add_argument("--folder", type=Path, default=BUILD, help="where shards, checkpoint and log go")
        if name in {"generate", "pretrain"}:
            verb.add_argument("--tokens", type=int, help="end there instead of where the recipe says")
        if name == "pretrain":
            verb.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
            verb.add_argument("--workers", type=int, default=2, help="processes, one thread each")
        if name in {"probe", "evaluate"}:
            verb.add_argument("--count", type=int, default=200 if name == "evaluate" else 40, help="tasks per family")
        if name == "evaluate":
            verb.add_argument("--no-lora", action="store_true", help="leave out the comparison after LoRA")
            verb.add_argument("--out", type=Path, default=FOLDER / "evaluation.json")
        if name == "check-samples":
            verb.add_argument("--samples", type=Path, default=FOLDER.parent / "samples")
    return parser


if __name__ == "__main__":
    arguments = _parser().parse_args()
    try:
        VERBS[arguments.verb][0](arguments)
    except VibetuneError as error:
        print(f"error[{error.code}]: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
