"""The colours by role, for the dark and the light theme; a test checks the contrast of text on its ground."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """Colours by what they are for, as #rrggbb.

    `faint` never stands on `bg3` or `sel`; `dis` is for what is disabled only; `border` is never
    the only sign of a control.
    """

    bg: str
    bg1: str
    bg2: str
    bg3: str
    hover: str
    line: str
    border: str
    border2: str
    edge: str
    strong: str
    text: str
    muted: str
    faint: str
    dis: str
    accent: str
    accentfg: str
    accentbg: str
    sel: str
    good: str
    addbg: str
    bad: str
    delbg: str
    warn: str
    warnbg: str
    key: str
    str_: str
    num: str
    kw: str
    cyan: str


DARK = Tokens(
    bg="#16181d",
    bg1="#1b1e24",
    bg2="#21252c",
    bg3="#2a2f38",
    hover="#262b33",
    line="#20242b",
    border="#2b3039",
    border2="#3a414d",
    edge="#6a7484",
    strong="#eef1f6",
    text="#d6dae2",
    muted="#9aa3b2",
    faint="#8b94a3",
    dis="#5c6472",
    accent="#7c9cff",
    accentfg="#0e1117",
    accentbg="#222b47",
    sel="#283557",
    good="#5fd3a0",
    addbg="#17332a",
    bad="#ff7b86",
    delbg="#3a1f27",
    warn="#f0c674",
    warnbg="#352d1c",
    key="#8ab4ff",
    str_="#9ed29a",
    num="#f2b482",
    kw="#d6a0ff",
    cyan="#5cc8d7",
)

LIGHT = Tokens(
    bg="#f3f4f7",
    bg1="#ffffff",
    bg2="#f7f8fa",
    bg3="#e9ebf0",
    hover="#eceef3",
    line="#f3f5fa",
    border="#dfe2e8",
    border2="#c6cbd5",
    edge="#868d9a",
    strong="#0f131b",
    text="#1f2430",
    muted="#555d6b",
    faint="#636b79",
    dis="#9aa1ad",
    accent="#3a5bd9",
    accentfg="#ffffff",
    accentbg="#e8edff",
    sel="#d5deff",
    good="#0f7a50",
    addbg="#e2f6ec",
    bad="#c02d3d",
    delbg="#fde7ea",
    warn="#8a5c00",
    warnbg="#fdf3dc",
    key="#1d4fc4",
    str_="#1a7445",
    num="#a34f00",
    kw="#7a34e0",
    cyan="#0b7285",
)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, definition of relative luminance."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, definition of contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def blend(over: str, under: str, alpha: float) -> str:
    """The opaque colour that `over` gives on `under`."""
    mixed = (alpha * int(over[at : at + 2], 16) + (1 - alpha) * int(under[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def readable_on(ground: str, tokens: Tokens) -> str:
    """The darker or the lighter text colour, whichever stands out more on `ground`."""
    return max((DARK.accentfg, "#ffffff", tokens.text), key=lambda colour: contrast(colour, ground))
