"""The book format as others rely on it: the page, the schema, and both languages say the same."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tagih.commands.messages import indonesian
from tagih.files import BookError
from tagih.files.schema import FILE, book_schema, text
from tagih.files.settings import settings_from
from tagih.files.tables import TABLES
from tagih.samples import LENDERS, book_files

ROOT = Path(__file__).parent.parent
FILES = ROOT / "src" / "tagih" / "files"
PAGE = (ROOT / "docs" / "book.md").read_text(encoding="utf-8")


def full_example() -> dict[str, Any]:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    return tomllib.loads(block)


def test_the_full_example_of_the_page_is_accepted() -> None:
    raw = full_example()
    read = settings_from(raw)
    assert read.lender.name == "PT Contoh Pembiayaan"
    assert read.opening_on == date(2025, 12, 31)
    assert read.letters.units["Bandung"] == "COLL-BDG"
    assert read.table("debtors").columns["address"] == ("ALAMAT1", "ALAMAT2")
    assert read.table("payments").format.number.separators == ("", ".")
    assert read.terms("Motor Baru", "MF-0009")["annual_rate"] < read.terms("Motor Baru", "")["annual_rate"]
    jsonschema.validate(raw, book_schema())


@pytest.mark.parametrize("lender", LENDERS)
def test_the_example_books_keep_to_the_schema(lender: str) -> None:
    raw = tomllib.loads(book_files(lender)["tagih.toml"].decode("utf-8"))
    jsonschema.validate(raw, book_schema())


WRONG = [
    {"lender": {"name": "PT Contoh", "tipe": "mf"}},
    {"lender": {"name": "PT Contoh", "type": "multifinance"}},
    {"lender": {}},
    {"lender": {"name": "PT Contoh"}, "tables": {"payment": {}}},
    {"lender": {"name": "PT Contoh"}, "tables": {"payments": {"columns": {"amout": "JML"}}}},
    {"lender": {"name": "PT Contoh"}, "tables": {"payments": {"negative": "yes"}}},
    {"lender": {"name": "PT Contoh"}, "tables": {"debtors": {"against": {}, "negative": "reversal"}}},
    {"lender": {"name": "PT Contoh"}, "format": {"date": {"order": "hbt"}}},
    {"lender": {"name": "PT Contoh"}, "policies": {"default": [{"daily_rate": "0.005"}]}},
    {"lender": {"name": "PT Contoh"}, "rates": {"default": {"monthly_rate": 0.02}}},
    {"lender": {"name": "PT Contoh"}, "letters": {"template": "templates"}},
    {"lender": {"name": "PT Contoh"}, "letters": {"units": {"Bandung": "COLL/BDG"}}},
    {"lender": {"name": "PT Contoh"}, "letters": {"units": {"Bandung": ""}}},
    {"lender": {"name": "PT Contoh"}, "letters": {"register": 1}},
]


@pytest.mark.parametrize("raw", WRONG)
def test_reader_and_schema_refuse_the_same(raw: dict[str, Any]) -> None:
    with pytest.raises(BookError):
        settings_from(raw)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, book_schema())


def test_the_schema_file_is_what_the_code_says() -> None:
    assert (FILES / "schema" / FILE).read_text(encoding="utf-8") == text()
    jsonschema.Draft202012Validator.check_schema(book_schema())


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_column_stands_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE or f"### {name}" in PAGE
    for column in TABLES[name].columns:
        assert f"`{column.name}`" in PAGE, f"{name}.{column.name}"


def refusals() -> Iterator[tuple[str, str]]:
    """Every code that the reader can refuse with, and its English sentence."""
    for path in sorted(FILES.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or len(call.args) < 2:
                continue
            code, sentence = call.args[0], call.args[1]
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name not in ("InputError", "UnavailableError", "complain") or not isinstance(
                code, ast.Constant
            ):
                continue
            if isinstance(sentence, ast.Constant):
                yield code.value, sentence.value


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("code", "english"), sorted(set(refusals())))
def test_every_refusal_is_said_in_indonesian_from_the_same_fields(code: str, english: str) -> None:
    assert code in indonesian()
    assert fields(indonesian()[code]) <= fields(english)
