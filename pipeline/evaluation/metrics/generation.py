"""Metrics of free text. Per row, so that intervals of paired differences work."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import numpy as np

from pipeline.evaluation.metrics.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana and Chinese characters: no spaces between
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Words:
    """Splits text for ROUGE as rouge-score does, and keeps what that drops: letters beyond a to z."""

    def tokenize(self, text: str) -> list[str]:
        """Lower-case runs of letters and digits; each Chinese or Japanese character by itself."""
        return _WORD.findall(text.lower())


def rouge_l(answers: Answers) -> Floats:
    """F-measure of the longest common subsequence of words, without stemming, [n].

    Source:
        Lin, ROUGE (2004), as computed by Google's rouge-score.
    """
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], tokenizer=Words())
    pairs = zip(answers.expected, answers.given, strict=True)
    return np.array([scorer.score(expected, given)["rougeL"].fmeasure for expected, given in pairs], dtype=np.float64)


def exact_match(answers: Answers) -> Floats:
    """1 where both texts are equal after `normalise`, [n]."""
    pairs = zip(answers.given, answers.expected, strict=True)
    return np.array([normalise(given) == normalise(expected) for given, expected in pairs], dtype=np.float64)


def exact_match_strict(answers: Answers) -> Floats:
    """1 where both texts are equal but for white space around them, [n]."""
    pairs = zip(answers.given, answers.expected, strict=True)
    return np.array([given.strip() == expected.strip() for given, expected in pairs], dtype=np.float64)


def normalise(text: str) -> str:
    """Lower case, without punctuation, English articles and extra spaces.

    Source:
        Rajpurkar et al., SQuAD (2016), evaluate-v1.1.py, `normalize_answer`.
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())
