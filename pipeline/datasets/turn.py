"""One turn of a conversation, in whatever form a data set has it, as a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pipeline.bases.chat import NOT_LEARNED, WEIGHT
from pipeline.datasets.cell import cell_text
from pipeline.datasets.problem import excerpt
from pipeline.datasets.row import Message

# source: the speakers of OpenAI's and ShareGPT's formats, and what exports call them
ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "caller": "user",
    "client": "user",
    "visitor": "user",
    "prompter": "user",
    "instruction": "user",
    "question": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "agent": "assistant",
    "support": "assistant",
    "response": "assistant",
    "answer": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "ipython": "tool",
}
_SPOKEN = frozenset(("system", "user", "assistant", "tool"))  # roles that are theirs already
_PLAIN_KEYS = frozenset(("role", "content", "from", "value", "name", "weight"))
_WEIGHTS = {"1": True, "1.0": True, "true": True, "": True, "0": False, "0.0": False, "false": False}
TOOL_ROLES = frozenset(("tool", "function", "observation", "function_call", "ipython"))
# source: the form of Hermes 2 Pro, which Qwen's templates and vLLM's parser `hermes` share
_TOOLS = (
    "You may call one or more functions to assist with the user query.\n\nYou are provided with function signatures "
    "within <tools></tools> XML tags:\n<tools>\n{tools}\n</tools>\n\nFor each function call, return a json object with "
    "function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{{"name": <function-name>, "arguments": <args-json-object>}}\n</tool_call>'
)


class Unusable(ValueError):
    """A row that can't become a canonical one; the code says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def plain_messages(value: Any) -> list[Message] | None:
    """A conversation that is written as ours are, as nearly all of a million rows are; None for any other."""
    if not isinstance(value, list):
        return None
    messages: list[Message] = []
    for turn in value:
        if not isinstance(turn, dict) or len(turn) != 2:
            return None
        role, content = turn.get("role"), turn.get("content")
        if not isinstance(role, str) or role not in _SPOKEN or not isinstance(content, str):
            return None
        messages.append({"role": role, "content": cell_text(content)})
    return messages


def message_of(turn: dict[str, Any]) -> Message:
    """A turn in OpenAI's or ShareGPT's keys; calls of tools become text in the form that open models are trained on.

    Raises:
        Unusable: an unknown speaker, a part that is no text, a call without a name, a weight other than 0 and 1.
    """
    message = _message(turn)
    if message["role"] == "assistant" and (weight := turn.get(WEIGHT)) is not None and not _is_one(weight):
        message[WEIGHT] = NOT_LEARNED
    return message


def _is_one(weight: Any) -> bool:
    text = cell_text(weight).lower()
    if text not in _WEIGHTS:
        raise Unusable("data.bad_weight", f"the weight {excerpt(text, 40)!r} of an answer is neither 0 nor 1.")
    return _WEIGHTS[text]


def _message(turn: dict[str, Any]) -> Message:
    speaker = str(turn.get("role", turn.get("from", ""))).strip()
    role = ROLES.get(speaker.lower())
    if role is None:
        raise Unusable("data.unknown_speaker", f"the speaker {excerpt(speaker, 40)!r} is not known.")
    value = turn.get("content", turn.get("value"))
    if speaker.lower() == "function_call":
        return Message(role=role, content=_calls(value))
    if isinstance(value, str) and turn.keys() <= _PLAIN_KEYS:
        return Message(role=role, content=cell_text(value))
    parts = [_thought(turn.get("reasoning_content")), _content(value)]
    if calls := turn.get("tool_calls") or turn.get("function_call"):
        parts.append(_calls(calls))
    return Message(role=role, content="\n".join(part for part in parts if part))


def calls_tools(turns: Sequence[dict[str, Any]]) -> bool:
    """Whether somebody calls or is a tool in a conversation."""
    return any(
        turn.get("tool_calls") or turn.get("function_call") or str(turn.get("role", turn.get("from"))) in TOOL_ROLES
        for turn in turns
    )


def with_tools(messages: list[Message], tools: Any) -> list[Message]:
    """A conversation whose system message says which tools there are; unchanged where there are none."""
    listed = _parsed(tools) if isinstance(tools, str) else tools
    if not isinstance(listed, list) or not listed:
        return messages
    text = _TOOLS.format(tools="\n".join(json.dumps(tool, ensure_ascii=False) for tool in listed))
    if messages and messages[0]["role"] == "system":
        return [Message(role="system", content=f"{messages[0]['content']}\n\n{text}"), *messages[1:]]
    return [Message(role="system", content=text), *messages]


def _calls(value: Any) -> str:
    calls = _parsed(value) if isinstance(value, str) else value
    listed = calls if isinstance(calls, list) else [calls]
    return "\n".join(f"<tool_call>\n{json.dumps(_call(call), ensure_ascii=False)}\n</tool_call>" for call in listed)


def _call(call: Any) -> dict[str, Any]:
    function = call.get("function", call) if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise Unusable("data.tool_calls", "it calls a tool without a name.")
    arguments = function.get("arguments", {})
    return {"name": function["name"], "arguments": _parsed(arguments) if isinstance(arguments, str) else arguments}


def _parsed(text: str) -> Any:
    """JSON where it is some, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _content(value: Any) -> str:
    """Plain text, or the parts of the list form that OpenAI and others write."""
    if not isinstance(value, list):
        return cell_text(value)
    return "\n".join(text for part in value if (text := _part(part)))


def _part(part: Any) -> str:
    if isinstance(part, str):
        return cell_text(part)
    kind = part.get("type", "text") if isinstance(part, dict) else None
    text = part.get("text", part.get("value")) if isinstance(part, dict) else None
    if kind in ("text", "output_text", "input_text"):
        return cell_text(text)
    if kind == "reasoning":
        return _thought(text)
    if kind in ("tool_call", "tool_calls"):
        return _calls(text)
    raise Unusable("data.not_text", "it has parts that are not text, such as pictures.")


def _thought(value: Any) -> str:
    """What a reasoning base thinks before it answers, between the marks that such bases write."""
    text = cell_text(value)
    return f"<think>\n{text}\n</think>" if text else ""
