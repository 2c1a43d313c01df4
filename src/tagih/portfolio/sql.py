"""Tables of a portfolio out of a database: SQLite and PostgreSQL through a URL, a piece at a time.

Cells come as text, so that amounts stay the decimals they are in the database. All tables of one
URL are read in one transaction: what is written meanwhile is in all of them or in none.

>>> book = Query("sqlite:///book.db", "select no_kontrak as contract from jadwal")
>>> book.statement("contract")
'SELECT * FROM (select no_kontrak as contract from jadwal) AS q ORDER BY "contract"'
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
from attrs import field, frozen

from tagih.errors import InputError, UnavailableError
from tagih.portfolio.names import ROW, is_money

ROWS: Final = 200_000
"""Rows in memory at a time."""
FLOATS: Final = {700, 701}
"""PostgreSQL's type numbers of real and double precision."""


def _known(instance: Query, attribute: Any, url: str) -> None:
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise InputError(
            "portfolio.url",
            "database '{url}' is unknown; write sqlite:///FILE or postgresql://USER@HOST/DATABASE",
            url=url.partition("@")[2] or url,  # a password is not repeated
        )


@frozen
class Query:
    """One table: the URL of its database, and its name there or a SELECT that gives our column names.

    ``floats`` says what amounts in floats mean: they are refused, or stand for the ``shortest``
    decimal that reads back as the same float (400.1 is 400.1).
    """

    url: str = field(validator=_known, repr=False)
    table: str
    floats: Literal["refuse", "shortest"] = "refuse"

    def statement(self, key: str) -> str:
        """The SELECT that is sent: all rows, in the order of contracts."""
        bare = self.table.strip().rstrip(";")
        source = f"({bare})" if bare.lower().startswith(("select", "with")) else _quoted(bare)
        binary = "" if self.url.startswith("sqlite") else ' COLLATE "C"'
        return f'SELECT * FROM {source} AS q ORDER BY "{key}"{binary}'


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def write(queries: Mapping[str, Query], folder: Path) -> dict[str, str]:
    """Every query's rows as Parquet files in ``folder``, cells as text; returns the paths by name.

    Raises:
        InputError: If the database or the table cannot be read, or amounts are floats.
        UnavailableError: If the extra ``postgres`` is not installed.
    """
    paths = {}
    for url in dict.fromkeys(query.url for query in queries.values()):
        with _transaction(url) as read:
            for name, query in queries.items():
                if query.url != url:
                    continue
                own = folder / name
                own.mkdir(parents=True)
                count = 0
                for nth, frame in enumerate(read(query, "id" if name == "contracts" else "contract")):
                    numbered = frame.with_row_index(ROW, offset=count)
                    numbered.write_parquet(own / f"{nth:06}.parquet")
                    count += frame.height
                paths[name] = str(own / "*.parquet")
    return paths


def _transaction(url: str) -> AbstractContextManager[Any]:
    return _sqlite(url) if url.startswith("sqlite") else _postgres(url)


def _frame(names: list[str], rows: list[Any]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [pl.Series(name, cells, pl.String) for name, cells in zip(names, columns, strict=True)]
    )


# --- SQLite -----------------------------------------------------------------------------------------


@contextmanager
def _sqlite(url: str) -> Iterator[Any]:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        raise InputError("portfolio.database", "database file '{file}' is not there", file=str(path))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("BEGIN")
            yield lambda query, key: _sqlite_rows(connection, query, key)
    except sqlite3.Error as error:
        raise _failed(url, error) from None


def _sqlite_rows(connection: sqlite3.Connection, query: Query, key: str) -> Iterator[pl.DataFrame]:
    cursor = connection.execute(query.statement(key))
    names = [column[0] for column in cursor.description]
    texts = [_text_of(name, query.floats) for name in names]
    first = True
    while rows := cursor.fetchmany(ROWS):
        first = False
        yield _frame(
            names, [tuple(text(cell) for text, cell in zip(texts, row, strict=True)) for row in rows]
        )
    if first:
        yield _frame(names, [])


def _text_of(name: str, floats: str) -> Any:
    def text(cell: Any) -> str | None:
        if cell is None or type(cell) is str:
            return cell
        if isinstance(cell, float) and is_money(name):
            if floats == "refuse":
                raise _float(name)
            return f"{cell:.0f}" if cell.is_integer() else repr(cell)
        return str(cell)

    return text


# --- PostgreSQL -------------------------------------------------------------------------------------


@contextmanager
def _postgres(url: str) -> Iterator[Any]:
    try:
        import psycopg
    except ImportError:
        raise UnavailableError(
            "portfolio.postgres",
            "PostgreSQL needs a package that is not installed; run: pip install 'tagih[postgres]'",
        ) from None
    try:
        with psycopg.connect(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET LOCAL datestyle TO ISO, YMD")
            connection.execute("SET LOCAL extra_float_digits TO 1")  # floats as their shortest decimal
            yield lambda query, key: _postgres_rows(connection, query, key)
    except psycopg.Error as error:
        raise _failed(url, error) from None


def _postgres_rows(connection: Any, query: Query, key: str) -> Iterator[pl.DataFrame]:
    """By COPY: the server writes each row as a line of CSV, and no cell becomes an object of its own."""
    statement = query.statement(key)
    described = connection.execute(f"SELECT * FROM ({statement}) AS q LIMIT 0").description
    names = [column.name for column in described]
    for column in described:
        if column.type_code in FLOATS and is_money(column.name) and query.floats == "refuse":
            raise _float(column.name)
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        lines: list[bytes] = []
        first = True
        for line in copy:
            lines.append(bytes(line))
            if len(lines) >= ROWS:
                yield _of_csv(names, lines)
                lines, first = [], False
        if lines or first:
            yield _of_csv(names, lines)


def _of_csv(names: list[str], lines: list[bytes]) -> pl.DataFrame:
    if not lines:
        return _frame(names, [])
    return pl.read_csv(b"".join(lines), has_header=False, infer_schema=False, new_columns=names)


# --- complaints -------------------------------------------------------------------------------------


def _float(name: str) -> InputError:
    return InputError(
        "portfolio.float",
        "column '{name}' holds floats; amounts are decimals, whole numbers or text",
        name=name,
    )


def _failed(url: str, error: Exception) -> InputError:
    scheme, _, rest = url.partition("://")
    place = f"{scheme}://{rest.rpartition('@')[2]}"  # without the password
    return InputError(
        "portfolio.database", "{place}: {problem}", place=place, problem=" ".join(str(error).split())
    )
