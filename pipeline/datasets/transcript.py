"""Conversations written into one text: ChatML, Llama's headers, `### Human:`, `User:`/`Bot:`."""

from __future__ import annotations

import re
from typing import Literal

Turn = dict[str, str]  # `role` as the text has it, and `content`
Style = Literal["ChatML", "Llama 3", "### markers", "Human:/Assistant:", "speaker names"]

_CHATML = re.compile(r"<\|im_start\|>[ \t]*(\w+)[ \t]*\n?(.*?)(?:<\|im_end\|>|(?=<\|im_start\|>)|\Z)", re.DOTALL)
_LLAMA = re.compile(
    r"<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>(.*?)(?:<\|eot_id\|>|(?=<\|start_header_id\|>)|\Z)", re.DOTALL
)
# source: guanaco and Alpaca (`### Human:`, `### Instruction:`), Anthropic's hh-rlhf (`\n\nHuman:`)
_ASKING = "human user instruction input customer caller client question q visitor guest du kunde"
_ANSWERING = "assistant bot ai gpt chatgpt model response agent support answer a operator advisor berater"
_HASHES = re.compile(r"^#{2,4}[ \t]*(\w+)[ \t]*:?[ \t]*", re.MULTILINE)
_NAMES = re.compile(r"^[ \t>*-]{0,4}\**(\w[\w .-]{0,30}?)\**[ \t]?:\**[ \t]?", re.MULTILINE)
_ROLES = {
    **dict.fromkeys(_ASKING.split(), "user"),
    **dict.fromkeys(_ANSWERING.split(), "assistant"),
    "system": "system",
    "context": "user",
}


def transcript_style(text: str) -> Style | None:
    """How a text marks its turns, where a user's and an assistant's are in it; None for other texts."""
    found = _parsed(text)
    return found[0] if found else None


def parse_transcript(text: str) -> list[Turn] | None:
    """The turns of a text that has some marked as a user's and some as an assistant's."""
    found = _parsed(text)
    return found[1] if found else None


def _parsed(text: str) -> tuple[Style, list[Turn]] | None:
    if "<|im_start|>" in text:
        return _if_both("ChatML", _tagged(_CHATML, text))
    if "<|start_header_id|>" in text:
        return _if_both("Llama 3", _tagged(_LLAMA, text))
    if "###" in text and (found := _if_both("### markers", _marked(_HASHES, text))):
        return found
    if ":" not in text:
        return None
    found = _if_both("speaker names", _marked(_NAMES, text))
    if found and re.search(r"^\s*Human:.*^\s*Assistant:", text, re.DOTALL | re.MULTILINE):
        return "Human:/Assistant:", found[1]
    return found


def _tagged(pattern: re.Pattern[str], text: str) -> list[Turn]:
    return [{"role": match[1], "content": match[2].strip()} for match in pattern.finditer(text)]


def _marked(pattern: re.Pattern[str], text: str) -> list[Turn]:
    """Turns after markers whose word is a known speaker; other lines belong to the turn that they stand in."""
    marks = [match for match in pattern.finditer(text) if match[1].strip().lower() in _ROLES]
    if not marks:
        return []
    turns: list[Turn] = []
    if before := text[: marks[0].start()].strip():
        turns.append({"role": "system", "content": before})
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        turns.append({"role": _ROLES[mark[1].strip().lower()], "content": text[mark.end() : end].strip()})
    return _merged(turns)


def _merged(turns: list[Turn]) -> list[Turn]:
    """`### Instruction:` and `### Input:` are one turn: who speaks twice in a row said one thing."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1]["role"] == turn["role"]:
            both = (merged[-1]["content"], turn["content"])
            merged[-1] = {"role": turn["role"], "content": "\n\n".join(part for part in both if part)}
        else:
            merged.append(turn)
    return merged


def _if_both(style: Style, turns: list[Turn]) -> tuple[Style, list[Turn]] | None:
    roles = {_ROLES.get(turn["role"].lower(), turn["role"].lower()) for turn in turns}
    return (style, turns) if {"user", "assistant"} <= roles else None
