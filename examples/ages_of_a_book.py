"""A lender's workbooks, messy as they come: read, aged, and what could not be read.

python examples/ages_of_a_book.py
"""

from collections import Counter
from datetime import date
from pathlib import Path

from tagih import aging
from tagih.files import read_book
from tagih.portfolio.book import positions

book = read_book(Path(__file__).parent / "buku-berantakan")
for complaint in book.complaints:
    print(complaint.error)

classes = Counter(aging.age(position).bucket.name for position in positions(book, date(2026, 10, 31)))
for name, count in classes.items():
    print(f"{name:<26}{count:>4}")
