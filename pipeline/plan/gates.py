"""Gates: what an adapter must reach before it may be promoted, as `METRIC: "OP VALUE"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

Operator = Literal[">", ">=", "<", "<="]

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_GATE = re.compile(
    rf"\s*(?P<operator>>=|<=|>|<)\s*(?:(?P<number>{_NUMBER})|(?P<model>base\+prompt|base|[\w.-]+@[\w.-]+)(?:\s*\+\s*(?P<margin>{_NUMBER}))?)\s*"
)


@dataclass(frozen=True)
class Gate:
    """One rule on one metric.

    Attributes:
        operator: `>` against a model means that the interval of the difference excludes zero.
        against: a fixed value, or `base`, `base+prompt`, or an adapter's address.
        margin: added to what `against` reaches.
    """

    metric: str
    operator: Operator
    against: float | str
    margin: float = 0.0

    def __str__(self) -> str:
        margin = f" + {self.margin:g}" if self.margin else ""
        value = self.against if isinstance(self.against, str) else f"{self.against:g}"
        return f"{self.operator} {value}{margin}"


def parse_gate(metric: str, text: str) -> Gate:
    """Reads a rule such as `> base`, `>= 0.9`, `>= base+prompt + 0.05`, `<= 0.02`, `> tone@stable`.

    Raises:
        ValueError: the text is no rule; its argument says what a rule looks like.
    """
    found = _GATE.fullmatch(text)
    if found is None:
        operators = " ".join(get_args(Operator))
        raise ValueError(
            f"a rule is one of {operators} and a number, `base`, `base+prompt` or name@version, then maybe `+ NUMBER`"
        )
    against = float(found["number"]) if found["number"] else found["model"]
    return Gate(metric, cast("Operator", found["operator"]), against, float(found["margin"] or 0))
