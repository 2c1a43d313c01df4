"""A lender's files: rows to nouns, and complaints that name file, row and field.

A *book* is one lender: a folder with tagih.toml and tables as CSV, XLSX, JSONL or Parquet.
`read_book` reads all of it, and says of every row that it cannot read where, what and what instead.
"""

from tagih.files.book import Book, Rejected, TableCount
from tagih.files.complaints import BookError, Complaint
from tagih.files.days import DateFormat, read_day, read_moment
from tagih.files.numbers import NumberFormat, read_number
from tagih.files.reading import read_book
from tagih.files.records import (
    ArrangementRow,
    Assignment,
    ContactRow,
    Hold,
    PromiseRow,
    SentLetter,
)
from tagih.files.rejects import write_rejected, written_whole
from tagih.files.settings import Settings, TableSettings, read_settings

__all__ = [
    "ArrangementRow",
    "Assignment",
    "Book",
    "BookError",
    "Complaint",
    "ContactRow",
    "DateFormat",
    "Hold",
    "NumberFormat",
    "PromiseRow",
    "Rejected",
    "SentLetter",
    "Settings",
    "TableCount",
    "TableSettings",
    "read_book",
    "read_day",
    "read_moment",
    "read_number",
    "read_settings",
    "write_rejected",
    "written_whole",
]
