"""A request of the playground as code for the user's own program; the key comes from the environment."""

from __future__ import annotations

import json
from dataclasses import dataclass

LANGUAGES = ("Python", "curl", "JavaScript")
KEY_VARIABLE = "VIBETUNE_KEY"


@dataclass(frozen=True)
class Request:
    """What the code asks for."""

    url: str  # of the server, without /v1
    model: str
    message: str = ""
    system_prompt: str | None = None
    max_tokens: int = 128
    temperature: float = 0.0
    seed: int | None = None
    note: str = ""  # said beside the model's name

    @property
    def messages(self) -> list[dict[str, str]]:
        """The conversation."""
        system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        return [*system, {"role": "user", "content": self.message}]

    @property
    def settings(self) -> dict[str, object]:
        """Sampling, as the API names it."""
        chosen: dict[str, object] = {"max_tokens": self.max_tokens, "temperature": self.temperature}
        return chosen if self.seed is None else chosen | {"seed": self.seed}


def client_code(language: str, request: Request) -> str:
    """The request as a program that can be run as it is.

    Raises:
        KeyError: not one of `LANGUAGES`.
    """
    return {"Python": _python, "curl": _curl, "JavaScript": _javascript}[language](request)


def _python(request: Request) -> str:
    turns = "".join(
        f'        {{"role": "{turn["role"]}", "content": {_python_text(turn["content"])}}},\n'
        for turn in request.messages
    )
    settings = "".join(f"    {name}={value!r},\n" for name, value in request.settings.items())
    note = f"  # {request.note}" if request.note else ""
    return (
        "import os\n"
        "from openai import OpenAI\n\n"
        "client = OpenAI(\n"
        f"    base_url={_python_text(request.url + '/v1')},\n"
        f'    api_key=os.environ["{KEY_VARIABLE}"],\n'
        ")\n"
        "answer = client.chat.completions.create(\n"
        f"    model={_python_text(request.model)},{note}\n"
        f"    messages=[\n{turns}    ],\n"
        f"{settings}"
        ")\n"
        "print(answer.choices[0].message.content)\n"
    )


def _curl(request: Request) -> str:
    body = json.dumps(
        {"model": request.model, "messages": request.messages, **request.settings}, ensure_ascii=False, indent=2
    )
    quoted = body.replace("'", "'\\''")
    return (
        f"curl {request.url}/v1/chat/completions \\\n"
        f'  -H "Authorization: Bearer ${KEY_VARIABLE}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{quoted}'\n"
    )


def _javascript(request: Request) -> str:
    turns = "".join(f"      {json.dumps(turn, ensure_ascii=False)},\n" for turn in request.messages)
    settings = "".join(f"    {name}: {json.dumps(value)},\n" for name, value in request.settings.items())
    note = f" // {request.note}" if request.note else ""
    return (
        f'const response = await fetch("{request.url}/v1/chat/completions", {{\n'
        '  method: "POST",\n'
        "  headers: {\n"
        '    "Content-Type": "application/json",\n'
        f"    Authorization: `Bearer ${{process.env.{KEY_VARIABLE}}}`,\n"
        "  },\n"
        "  body: JSON.stringify({\n"
        f"    model: {json.dumps(request.model)},{note}\n"
        f"    messages: [\n{turns}    ],\n"
        f"{settings}"
        "  }),\n"
        "});\n"
        "const answer = await response.json();\n"
        "console.log(answer.choices[0].message.content);\n"
    )


def _python_text(text: str) -> str:
    # JSON's escapes are Python's, but for characters outside the first plane, which stay as they are here.
    return json.dumps(text, ensure_ascii=False)
