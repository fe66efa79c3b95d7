"""The byte-level BPE of the pocket base, its chat template, and the encoding of documents with loss weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.bases.pocket import corpus
from pipeline.bases.pocket.document import END, END_OF_TEXT, START, Document
from pipeline.bases.pocket.labels import styled
from pipeline.bases.pocket.lexicon import load
from pipeline.bases.pocket.scribe import Scribe
from pipeline.files import write_json, write_text

PRE_TOKENIZER = "smollm"  # the name under which llama.cpp knows "single digits, then GPT-2's expression"
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}{{- message['content'] + '<|im_end|>' -}}{%- endgeneration -%}
{{- '\\n' -}}
{%- else -%}
{{- message['content'] + '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def train_tokenizer(seed: int, vocabulary: int, documents: int = 25_000) -> Any:
    """Learns the merges from natural text only, so that random words of the tasks get none of their own.

    No merge begins with a blank: a word is the same tokens in a list, in a text and at the start of an answer.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    smollm = [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(" ", "isolated"), *smollm])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_natural_text(seed, documents), trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(smollm)
    return tokenizer


def _natural_text(seed: int, documents: int) -> Iterator[str]:
    scribe = Scribe(load("train"), random.Random(f"{seed}:tokenizer"))
    families = ["dictionary", "messages", "diary", "reply", "talk", "extract", "choose_intent", "kinds"]
    for number in range(documents):
        scribe.written.clear()
        yield corpus.write(scribe, families[number % len(families)]).text.replace(START, "").replace(END, "")
    for meaning in scribe.lexicon.meanings:
        yield " ".join((meaning.gloss, *meaning.examples))
    words = list(scribe.lexicon.words[:6000])
    yield from (" ".join(styled(scribe, words[at : at + 40])) for at in range(0, len(words), 40))


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Writes tokenizer.json, tokenizer_config.json and chat_template.jinja."""
    write_text(folder / "tokenizer.json", tokenizer.to_str(pretty=False))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 2048,
            "bos_token": END_OF_TEXT,
            "eos_token": END,
            "pad_token": END_OF_TEXT,
            "add_bos_token": False,
            "add_eos_token": False,
            "clean_up_tokenization_spaces": False,
            "additional_special_tokens": [START],
        },
    )
    write_text(folder / "chat_template.jinja", CHAT_TEMPLATE)


def encode(tokenizer: Any, documents: list[Document]) -> list[tuple[NDArray[np.uint16], NDArray[np.uint8]]]:
    """Token ids uint16 [t] and the `Weight` of each token uint8 [t], per document.

    A token that reaches over the border of two stretches belongs to the later one.
    """
    encoded = []
    for document, found in zip(documents, tokenizer.encode_batch([d.text for d in documents]), strict=True):
        ends = np.cumsum([len(text) for text, _ in document.stretches])
        kinds = np.array([int(weight) for _, weight in document.stretches], dtype=np.uint8)
        last = np.array([end for _, end in found.offsets], dtype=np.int64) - 1
        weights = kinds[np.minimum(np.searchsorted(ends, last, side="right"), len(kinds) - 1)]
        encoded.append((np.array(found.ids, dtype=np.uint16), weights))
    return encoded
