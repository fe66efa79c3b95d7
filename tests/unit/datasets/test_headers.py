"""Columns are known by what other languages call them."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import pytest

from pipeline.datasets import column_names as names
from pipeline.datasets.recognise.inspection import inspect
from tests.support.data_files import write_jsonl

# language: instruction, input, output; question, answer; message, label; who handled it
HEADERS = {
    "zh": ("指令", "输入", "输出", "客户问题", "客服回复", "消息内容", "问题类型", "客服"),
    "zh-Hant": ("指令", "輸入", "輸出", "問題", "回覆", "訊息", "類別", "負責人"),
    "ja": ("指示", "入力", "出力", "質問", "回答", "お問い合わせ内容", "カテゴリ", "担当者"),
    "de": ("Anweisung", "Eingabe", "Ausgabe", "Kundenfrage", "Antwort", "Kundennachricht", "Kategorie", "Bearbeiter"),
    "fr": ("Consigne", "Entrée", "Sortie", "Question", "Réponse", "Texte", "Catégorie", "Responsable"),
    "es": ("Instrucción", "Entrada", "Salida", "Pregunta", "Respuesta", "Mensaje", "Categoría", "Responsable"),
}
ANSWERS = ("It was sent on day {}.", "You get {} back.", "Ask at gate {}, please.")


@pytest.mark.parametrize("headers", HEADERS.values(), ids=list(HEADERS))
def test_rows_are_read_by_their_headers(tmp_path: Path, headers: tuple[str, ...]) -> None:
    instruction, given, output, question, answer, text, label, handler = headers
    pairs = [{answer: ANSWERS[n % 3].format(n), question: f"Where is order {n}?"} for n in range(30)]
    found = inspect([write_jsonl(tmp_path / "pairs.jsonl", pairs)])
    assert found.mapping is not None
    assert found.mapping.columns == {"prompt": [question], "completion": [answer]}, "and not by their order"
    assert found.mapping.confidence > 0.75
    rows = [
        {output: f"So it is {n}.", given: f"a text on {n}", instruction: f"Sum up number {n} now."} for n in range(30)
    ]
    alpaca = inspect([write_jsonl(tmp_path / "alpaca.jsonl", rows)]).mapping
    assert alpaca is not None
    assert (alpaca.columns, alpaca.form) == ({"prompt": [instruction, given], "completion": [output]}, "Alpaca")
    assert names.means(text, names.TEXTS) and names.means(label, names.LABELS)
    assert names.may_be_label(label) and not names.may_be_label(handler)


def test_english_names_stay_what_they_are() -> None:
    for name in ("Customer-Query", "customerQuery", "note", "data", "Message", "tag"):
        assert names.normal(name) == name.replace("-Q", "_q").replace("rQ", "r_q").lower()
    assert names.normal("Réponse") == names.normal("Re\u0301ponse") == "answer"
    assert names.means("Bewertung", names.TEXTS) and names.means("Bewertung", names.LABELS)
    assert not names.means("Fragezeichen", names.PROMPTS)


def test_the_table_names_what_the_sets_know() -> None:
    text = (resources.files("resources") / "vocabulary" / "headers.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    known = set().union(
        *(value for name, value in vars(names).items() if name.isupper() and isinstance(value, frozenset)),
        names._OTHERS,
    )
    assert {row["name"] for row in rows} <= known
    assert {"zh", "ja", "de", "fr", "es"} <= {row["language"] for row in rows}
    for row in rows:
        assert all(word.strip() for word in row["words"].split("|")), row
