"""A base model as its files describe it: found by name, without loading it. No torch, no transformers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from pipeline.bases.weights import count_params, weight_files, weights_sha256
from pipeline.errors import BadInput

POCKET = "pocket"  # the embedded base
SPECIAL_TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token")  # what chat templates may refer to
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")
_LICENCE = re.compile(r"^licen[sc]e:\s*['\"]?([^'\"\n]+)", re.MULTILINE)


@dataclass(frozen=True)
class Base:
    """What is known about a base.

    Attributes:
        id: `pocket`, a hub id, or the folder's name.
        folder: with config.json, weights and the tokenizer's files.
        revision: commit in the hub; None for what has no history.
        sha256: identity of the weights (`pipeline.bases.weights`).
        params: number of weights.
        context: tokens that the base was made for.
        head_dim: width of an attention head.
        architecture: class in transformers, e.g. LlamaForCausalLM.
        chat_template: Jinja text; empty where the base has none.
        stop_tokens: that end an answer, the usual one first.
        special_tokens: by their name in templates, e.g. bos_token.
        licence: as the model card says; empty where it doesn't.
        dtype: that the weights are stored in, e.g. float16.
    """

    id: str
    folder: Path
    revision: str | None
    sha256: str
    params: int
    context: int
    vocab_size: int
    hidden_size: int
    num_layers: int
    head_dim: int
    architecture: str
    chat_template: str
    stop_tokens: list[str]
    special_tokens: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    dtype: str = "float32"


def find_base(base: str, revision: str | None = None) -> Base:
    """Finds a base on this machine; nothing is downloaded.

    Args:
        base: `pocket`, a folder, or a hub id whose files are in the Hugging Face cache.
        revision: branch, tag or commit in the hub.

    Raises:
        BadInput: `base.not_found`, `base.broken`, `base.no_weights`, `base.pickle`, `base.no_tokenizer`.
    """
    if base == POCKET:
        return read_base(Path(str(resources.files("resources"))) / "pocket", id=POCKET)
    folder = Path(base).expanduser()
    if folder.is_dir():
        return read_base(folder)
    snapshot = _cached_snapshot(base, revision) if _HUB_ID.fullmatch(base) else None
    if snapshot is None:
        raise _not_found(base, revision)
    return read_base(snapshot, id=base, revision=snapshot.name)


def find_base_in(project: Path, base: str, revision: str | None = None) -> Base:
    """Finds the base of a plan, whose folder may be given relative to the project.

    Raises:
        BadInput: see `find_base`.
    """
    inside = project / base
    if base != POCKET and not Path(base).expanduser().is_dir() and inside.is_dir():
        return find_base(str(inside))
    return find_base(base, revision)


def _not_found(base: str, revision: str | None) -> BadInput:
    at = f" at revision {revision}" if revision else ""
    text = f"The base `{base}`{at} is not on this machine: no such folder, and not in the Hugging Face cache."
    hint = "Use `pocket`, the embedded base, or name a folder that holds the base's files."
    if _HUB_ID.fullmatch(base):
        pinned = f" --revision {revision}" if revision else ""
        hint = f"Download it: hf download {base}{pinned}. Or use `pocket`, the embedded base."
    return BadInput("base.not_found", text, hint, base=base)


def _cached_snapshot(base: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(base, "config.json", revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def read_base(folder: Path, *, id: str | None = None, revision: str | None = None) -> Base:
    """Reads what a folder says about the base in it.

    Raises:
        BadInput: `base.broken`, `base.no_weights`, `base.pickle`, `base.no_tokenizer`.
    """
    config = _config(folder)
    tokenizer, settings = _tokenizer(folder), _json(folder / "tokenizer_config.json")
    files = weight_files(folder)
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    special = {name: text for name in SPECIAL_TOKENS if (text := _token_text(settings.get(name)))}
    return Base(
        id=id or folder.resolve().name,
        folder=folder.resolve(),
        revision=revision,
        sha256=weights_sha256(files),
        params=count_params(files),
        context=int(config.get("max_position_embeddings", 2048)),
        vocab_size=int(config["vocab_size"]),
        hidden_size=hidden,
        num_layers=int(config["num_hidden_layers"]),
        head_dim=int(config.get("head_dim") or hidden // heads),
        architecture=str((config.get("architectures") or [""])[0]),
        chat_template=_chat_template(folder, settings),
        stop_tokens=_stop_tokens(folder, config, tokenizer, special),
        special_tokens=special,
        licence=_licence(folder),
        dtype=str(config.get("dtype") or config.get("torch_dtype") or "float32"),
    )


def _config(folder: Path) -> dict[str, Any]:
    """`config.json`; of a model with several parts, that of the language model."""
    path = folder / "config.json"
    if not path.is_file():
        text = f"{folder} holds no model: it has no config.json."
        raise BadInput("base.not_found", text, "Name the folder with the base's files.")
    outer = _json(path)
    config = {**outer, **(outer.get("text_config") or {})}
    sizes = ("hidden_size", "num_attention_heads", "num_hidden_layers", "vocab_size")
    missing = [name for name in sizes if not isinstance(config.get(name), int)]
    if missing:
        text = f"{path} does not say {', '.join(missing)}: this is no language model that can be trained here."
        raise BadInput("base.broken", text, "Choose a causal language model, such as `pocket`.")
    return config


def _tokenizer(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer.json"
    if not path.is_file():
        text = f"{folder} has no tokenizer.json."
        hint = "Write it once: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) in transformers."
        raise BadInput("base.no_tokenizer", text, hint)
    return _json(path)


def _json(path: Path) -> dict[str, Any]:
    """An object from a JSON file; empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput("base.broken", f"{path} can't be read: {error}.", "Download the base again.") from error
    if not isinstance(content, dict):
        raise BadInput("base.broken", f"{path} holds no JSON object.", "Download the base again.")
    return content


def _token_text(token: Any) -> str:
    text = token.get("content") if isinstance(token, dict) else token
    return text if isinstance(text, str) else ""


def _chat_template(folder: Path, settings: dict[str, Any]) -> str:
    """Where transformers looks for it, in its order; of several named ones, the default."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template = settings.get("chat_template") or _json(folder / "chat_template.json").get("chat_template")
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template") for entry in template if isinstance(entry, dict)}
        template = named.get("default")
    return template if isinstance(template, str) else ""


def _stop_tokens(folder: Path, config: dict[str, Any], tokenizer: dict[str, Any], special: dict[str, str]) -> list[str]:
    """The tokenizer's end token, and whatever else generation stops at."""
    ids = _json(folder / "generation_config.json").get("eos_token_id", config.get("eos_token_id"))
    wanted = set(ids if isinstance(ids, list) else [ids])
    added = {entry["id"]: entry["content"] for entry in tokenizer.get("added_tokens", ())}
    vocabulary = (tokenizer.get("model") or {}).get("vocab")
    plain = vocabulary.items() if isinstance(vocabulary, dict) and wanted - set(added) - {None} else ()
    texts = {**{number: text for text, number in plain if number in wanted}, **added}
    found = [special["eos_token"]] if special.get("eos_token") else []
    return list(dict.fromkeys([*found, *(texts[number] for number in sorted(wanted & set(texts)))]))


def _licence(folder: Path) -> str:
    """The licence in the front matter of the model card."""
    card = folder / "README.md"
    parts = card.read_text(encoding="utf-8", errors="replace").split("---", 2) if card.is_file() else []
    found = _LICENCE.search(parts[1]) if len(parts) == 3 and not parts[0].strip() else None
    return found[1].strip() if found else ""
