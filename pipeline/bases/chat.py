"""Conversations as the text that a base reads: one function for training, evaluation, probes and requests.

Renders the base's own chat template as transformers does, without importing it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.bases.base import Base
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from jinja2 import Template

Messages = Sequence[Mapping[str, str]]
WEIGHT, NOT_LEARNED = "weight", "0"  # source: OpenAI's fine-tuning files, where 0 leaves a message out of the loss


def is_learned(message: Mapping[str, str]) -> bool:
    """Whether an answer is to be learned: a message whose weight is 0 is only read."""
    return message.get(WEIGHT) != NOT_LEARNED


def render(base: Base, messages: Messages, system_prompt: str | None = None) -> str:
    """A conversation as text; where its last message is not the assistant's, it is ready to be answered.

    Args:
        base: whose chat template is used.
        messages: role and content each, at least one.
        system_prompt: goes first, unless the conversation has a system message of its own.

    Raises:
        BadInput: `base.no_chat_template`, `base.template_refuses`.
    """
    from jinja2 import TemplateError

    turns = with_system_prompt(messages, system_prompt)
    try:
        return _template(_chat_template(base)).render(
            messages=turns,
            tools=None,
            documents=None,
            add_generation_prompt=turns[-1]["role"] != "assistant",
            **base.special_tokens,
        )
    except TemplateError as error:
        roles = ", ".join(turn["role"] for turn in turns[:6])
        text = f"The chat template of {base.id} refuses a conversation of {roles}: {error}"
        raise BadInput(
            "base.template_refuses", text, "Change the roles of the rows, or choose another base."
        ) from error


def with_system_prompt(messages: Messages, system_prompt: str | None) -> list[dict[str, str]]:
    """The messages with the prompt in front, unless they have a system message of their own."""
    turns = [{"role": message["role"], "content": message["content"]} for message in messages]
    if system_prompt and not any(turn["role"] == "system" for turn in turns):
        return [{"role": "system", "content": system_prompt}, *turns]
    return turns


def answer_text(base: Base, messages: Messages, system_prompt: str | None = None) -> str | None:
    """What the base has to write to give a conversation's last message: its text up to the end token.

    Args:
        base: whose chat template is used.
        messages: the last one is the assistant's, and not the only one.
        system_prompt: as in `render`.

    Returns:
        None where the template renders the earlier messages differently once the answer follows them.

    Raises:
        BadInput: `base.no_chat_template`, `base.template_refuses`, `base.template_without_end`.
    """
    prompt, whole = render(base, messages[:-1], system_prompt), render(base, messages, system_prompt)
    if not whole.startswith(prompt):
        return None
    return _through_end(base, whole[len(prompt) :], messages[-1]["content"])


def _through_end(base: Base, text: str, content: str) -> str:
    # The last one counts, since the content itself may name a stop token; it must not be all that there is.
    ends = [start + len(token) for token in base.stop_tokens if (start := text.rfind(token)) >= 0]
    end, spoken = max(ends, default=0), content.strip()
    if end < max(1, text.find(spoken) + len(spoken)):
        stops = ", ".join(base.stop_tokens) or "none is known"
        message = f"The chat template of {base.id} ends no answer with a stop token ({stops}): it would never stop."
        raise BadInput("base.template_without_end", message, "Choose a chat model, such as `pocket`.")
    return text[:end]


def require_chat(base: Base) -> None:
    """Refuses a base that can't be trained on conversations, before anything else is done.

    Raises:
        BadInput: `base.no_chat_template`, `base.no_stop_token`, `base.template_without_end`,
            `base.template_rewrites`, `base.template_refuses`.
    """
    _chat_template(base)
    if not base.stop_tokens:
        text = f"{base.id} names no token that ends an answer: it would never stop."
        hint = "Set eos_token in its tokenizer_config.json, or choose a chat model such as `pocket`."
        raise BadInput("base.no_stop_token", text, hint)
    if answer_text(base, [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]) is None:
        text = f"The chat template of {base.id} writes a question differently once it has been answered."
        raise BadInput("base.template_rewrites", text, "Choose another base: what is trained would not be served.")


def _chat_template(base: Base) -> str:
    if not base.chat_template:
        text = f"{base.id} has no chat template: it was not made for conversations."
        raise BadInput("base.no_chat_template", text, "Choose a chat (instruct) model, such as `pocket`.")
    return base.chat_template


@functools.lru_cache(maxsize=16)
def _template(text: str) -> Template:
    """Compiles a template in the environment that transformers gives it.

    Source: transformers 5.19, utils/chat_template_utils.py, `_cached_compile_jinja_template`.
    """
    from jinja2 import TemplateError, nodes
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """Lets `{% generation %}` through: it only marks what the assistant wrote."""

        tags = {"generation"}  # noqa: RUF012  # jinja2's own protocol

        def parse(self, parser: Any) -> list[nodes.Node]:
            next(parser.stream)
            body: list[nodes.Node] = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return body

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    def to_json(value: Any, ensure_ascii: bool = False, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, **options)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = to_json
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment.from_string(text)
