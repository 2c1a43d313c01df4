"""From the files of a table to rows of values, keeping every row's place for complaints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from tagih.contracts import Component
from tagih.errors import InputError, TagihError
from tagih.files.cells import Reader, reader, shown
from tagih.files.complaints import Complaint, unknown
from tagih.files.settings import NAME, Settings, TableSettings
from tagih.files.sheets import SUFFIXES, Cells, Sheet, read_sheet
from tagih.files.tables import FAMILIAR, TABLES, WRITE, Table

REASONS: Final = ("tagih_file", "tagih_row", "tagih_field", "tagih_reason")
"""What a file of rejected rows adds to the lender's own columns."""

MENDED: Final = "mended"
_AGAINST_KINDS: Final = {"days_past_due": "count", "class": "text", "bucket": "text"}


class Row:
    """One row: where it stands, its cells as found, and our values."""

    __slots__ = ("cells", "extras", "number", "sheet", "values")

    def __init__(self, sheet: LoadedSheet, number: int, cells: Cells) -> None:
        self.sheet = sheet
        self.number = number
        self.cells = cells
        self.values: dict[str, Any] = {}
        self.extras: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        """Our value, or ``default`` where the cell was empty."""
        return self.values.get(name, default)

    @property
    def where(self) -> str:
        """``file:row``."""
        return f"{self.sheet.sheet.file}:{self.number}"

    def found(self, name: str) -> str:
        """What the file holds under our name."""
        return " ".join(shown(self.cells[index]) for index in self.sheet.indices.get(name, ()))


@frozen
class LoadedSheet:
    """A sheet, and under which of its columns each of our names stands."""

    table: str
    sheet: Sheet
    indices: Mapping[str, tuple[int, ...]]
    components: tuple[tuple[str, Component], ...] = ()

    def column(self, name: str) -> str:
        """The lender's own name for our column."""
        indices = self.indices.get(name, ())
        return " ".join(self.sheet.header[index] for index in indices) or name


class Draft:
    """What is being read: complaints, rejected rows, and counts. Private to one reading."""

    def __init__(self) -> None:
        self.structural: list[Complaint] = []
        self.rejected: dict[str, dict[tuple[str, int], tuple[Row, list[Complaint]]]] = {}
        self.read: dict[tuple[str, str], int] = {}
        self.ignored: dict[tuple[str, str], int] = {}
        self.replaced: dict[tuple[str, str], int] = {}

    def refuse(self, error: TagihError, file: str, field: str = "") -> None:
        """Refuse a whole file, or the settings that name it."""
        self.structural.append(Complaint.of(error, file, field=field))

    def reject(self, row: Row, error: TagihError, name: str = "") -> None:
        """Reject one row; ``name`` is our column that is at fault."""
        sheet = row.sheet
        field = sheet.column(name) if name else ""
        complaint = Complaint.of(error, sheet.sheet.file, row.number, field)
        rejected = self.rejected.setdefault(sheet.table, {})
        rejected.setdefault((sheet.sheet.file, row.number), (row, []))[1].append(complaint)

    def is_rejected(self, row: Row) -> bool:
        """Whether the row has been rejected."""
        return (row.sheet.sheet.file, row.number) in self.rejected.get(row.sheet.table, ())

    def ignore(self, row: Row) -> None:
        """Leave out a row that was declared to be left out."""
        key = row.sheet.table, row.sheet.sheet.file
        self.ignored[key] = self.ignored.get(key, 0) + 1


def load(folder: Path, name: str, settings: Settings, draft: Draft) -> list[Row] | None:
    """The readable rows of a table, in file order; None if the book has no such table."""
    own = settings.table(name)
    sheets = []
    for path in files_of(folder, name, own, draft):
        file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        mended = path.parent.name == MENDED
        try:
            sheet = read_sheet(path, file, name, _as_mended(own) if mended else own)
        except InputError as error:
            draft.refuse(error, file)
            continue
        sheets.append(sheet)
    return rows_of(sheets, name, settings, draft) if sheets else None


def rows_of(sheets: Sequence[Sheet], name: str, settings: Settings, draft: Draft) -> list[Row]:
    """The readable rows of a table's sheets, in their order."""
    table, own = TABLES[name], settings.table(name)
    replaced = {place for sheet in sheets for place in _stood_in_for(sheet)}
    return [row for sheet in sheets for row in _rows(sheet, table, own, replaced, draft)]


def files_of(folder: Path, name: str, own: TableSettings, draft: Draft) -> list[Path]:
    """The files of a table, those of mended rows last; complains of what is declared and not there."""
    found: list[Path] = []
    for pattern in own.files:
        matches = sorted(folder.glob(pattern)) if "*" in pattern else [folder / pattern]
        if not matches or not matches[0].is_file():
            error = InputError(
                "file.missing",
                "file '{found}' is not in the book; declare file names in tagih.toml [tables.{table}]",
                found=pattern,
                table=name,
            )
            draft.refuse(error, NAME, f"[tables.{name}]")
            continue
        found += [path for path in matches if path not in found]
    if not own.files:
        found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").is_file()]
        if len(found) > 1:
            error = InputError(
                "file.two",
                "table {table} has the files {found}; say which in tagih.toml [tables.{table}]",
                table=name,
                found=", ".join(path.name for path in found),
            )
            draft.refuse(error, NAME)
            found = []
    return found + sorted((folder / MENDED).glob(f"{name}*.csv")) if found else []


def _as_mended(own: TableSettings) -> TableSettings:
    """Mended rows come back in the file that tagih wrote: UTF-8, header first."""
    return evolve(own, header_row=1, format=evolve(own.format, encoding="utf-8", delimiter=""))


def _stood_in_for(sheet: Sheet) -> Iterable[tuple[str, int]]:
    if REASONS[0] not in sheet.header or REASONS[1] not in sheet.header:
        return
    file, row = sheet.header.index(REASONS[0]), sheet.header.index(REASONS[1])
    for number, cells in sheet.rows:
        if number not in sheet.refused and cells[file] != sheet.file and str(cells[row]).isdigit():
            yield cells[file], int(cells[row])


Step = tuple[str, int, Reader, bool, str]


def _rows(
    sheet: Sheet, table: Table, own: TableSettings, replaced: set[tuple[str, int]], draft: Draft
) -> Iterable[Row]:
    plan = Plan(sheet, table, own, draft)
    if not plan.sound:
        return []
    named = (*plan.indices, *plan.constants)
    parts = [(name, Component.parse(name)) for name in named if name.partition(":")[0] in table.components]
    loaded = LoadedSheet(table.name, sheet, plan.indices, tuple(parts))
    key = table.name, sheet.file
    rows: list[Row] = []
    draft.read[key] = len(sheet.rows)
    stood_in = {number for file, number in replaced if file == sheet.file}
    draft.replaced[key] = len(stood_in & {number for number, _ in sheet.rows})
    for number, cells in sheet.rows:
        if number in stood_in:
            continue
        row = Row(loaded, number, cells)
        if number in sheet.refused:
            draft.reject(row, sheet.refused[number])
            continue
        if plan.ignores and plan.ignored(cells):
            draft.ignore(row)
            continue
        plan.read(row, draft)
        rows.append(row)
    return rows


class Plan:
    """How each column of one sheet is read."""

    def __init__(self, sheet: Sheet, table: Table, own: TableSettings, draft: Draft) -> None:
        self.sheet, self.table, self.own, self.draft = sheet, table, own, draft
        self.sound = True
        self.places = {name: index for index, name in reversed(list(enumerate(sheet.header)))}
        self.indices: dict[str, tuple[int, ...]] = {}
        self.steps: list[Step] = []
        self.joins: list[tuple[str, tuple[int, ...], Reader, bool, str]] = []
        self.constants: dict[str, Any] = {}
        self.extras: list[tuple[str, int, Reader]] = []
        self.used: set[int] = set()
        self._columns()
        self._labels()
        self._ignores()

    def complain(self, code: str, message: str, **fields: Any) -> None:
        self.refuse(InputError(code, message, **fields))

    def refuse(self, error: TagihError) -> None:
        self.sound = False
        self.draft.refuse(error, self.sheet.file)

    def reader(self, name: str, kind: str) -> Reader:
        return reader(kind, self.own.format, self.own.values.get(name))

    def index(self, theirs: str, ours: str, section: str) -> int | None:
        index = self.places.get(theirs)
        if index is None:
            what = "no column '{found}', named as {ours} in tagih.toml [tables.{table}.{section}]"
            place = {"ours": ours, "table": self.table.name, "section": section}
            self.refuse(unknown("column.mapped", what, theirs, self.sheet.header, **place))
        elif self.sheet.header.count(theirs) > 1:
            self.complain(
                "column.twice", "column '{found}' stands twice in the header; rename one", found=theirs
            )
        else:
            self.used.add(index)
        return index

    def _columns(self) -> None:
        for name, theirs in self._mapped().items():
            column = self.table.column(name)
            found = [self.index(" ".join(word.split()), name, "columns") for word in theirs]
            indices = tuple(index for index in found if index is not None)
            if column is None or len(indices) < len(theirs):
                continue
            self.indices[name] = indices
            read = self.reader(name, column.kind)
            if column.many:
                self.joins.append((name, indices, read, column.required, column.kind))
            else:
                self.steps.append((name, indices[0], read, column.required, column.kind))
        for name, text in self.own.constants.items():
            constant = self.table.column(name)
            try:
                self.constants[name] = self.reader(name, constant.kind if constant else "text")(text)
            except InputError as error:
                self.sound = False
                self.draft.refuse(error, NAME, f"[tables.{self.table.name}.columns]")
        for column in self.table.columns:
            if column.required and column.name not in (*self._mapped(), *self.own.constants):
                self._missing(column.name)

    def _mapped(self) -> dict[str, tuple[str, ...]]:
        """Declared columns, and those that carry our own names."""
        mapped = dict(self.own.columns)
        spoken_for = {*mapped, *self.own.constants, *self.own.ignore_columns}
        for name in self.sheet.header:
            if name not in spoken_for and self.table.column(name) and not self._taken(name):
                mapped[name] = (name,)
        return mapped

    def _taken(self, name: str) -> bool:
        declared = [
            *self.own.columns.values(),
            tuple(self.own.tags.values()),
            tuple(self.own.against.values()),
        ]
        return any(name in theirs for theirs in declared)

    def _missing(self, name: str) -> None:
        familiar = next((word for word in FAMILIAR.get(name, "").split() if word in self.places), "")
        hint = familiar or "YOUR_COLUMN"
        self.complain(
            "column.missing",
            "no column '{ours}'; found {columns}; "
            "write {ours} = '{hint}' in tagih.toml [tables.{table}.columns]",
            ours=name,
            columns=", ".join(filter(None, self.sheet.header)),
            hint=hint,
            table=self.table.name,
        )

    def _labels(self) -> None:
        for section, labels in (("tags", self.own.tags), ("against", self.own.against)):
            for label, theirs in labels.items():
                index = self.index(" ".join(theirs.split()), label, section)
                if index is None:
                    continue
                if section == "against":
                    name = f"against {label}"
                    self.indices[name] = (index,)
                    read = self.reader(label, _AGAINST_KINDS.get(label, "money"))
                    self.steps.append((name, index, read, False, ""))
                else:
                    self.extras.append((label, index, self.reader(label, "text")))
        if self.table.extras:
            left_out = {*self.own.ignore_columns, *REASONS, ""}
            for index, name in enumerate(self.sheet.header):
                if index not in self.used and name not in left_out:
                    self.extras.append((name, index, self.reader(name, "text")))
        self.indices.update({f"tag {label}": (index,) for label, index, _ in self.extras})
        if self.table.extras == "facts":
            self.extras.sort(key=lambda extra: extra[1])
        for name in self.own.values:
            known = {
                *self.indices,
                *self.own.constants,
                *(label for label, _, _ in self.extras),
                *self.own.against,
            }
            if name not in known:
                what = "values are declared for '{found}', which is no column of the table"
                self.refuse(unknown("values.column", what, name, sorted(known)))

    def _ignores(self) -> None:
        self.ignores: list[tuple[int, frozenset[str]]] = []
        for theirs, words in self.own.ignore.items():
            index = self.index(" ".join(theirs.split()), "ignored", "ignore")
            if index is not None:
                self.ignores.append((index, frozenset(words)))

    def ignored(self, cells: Cells) -> bool:
        return any(shown(cells[index]) in words for index, words in self.ignores)

    def read(self, row: Row, draft: Draft) -> None:
        values, cells = row.values, row.cells
        if self.constants:
            values.update(self.constants)
        for name, index, read, required, kind in self.steps:
            try:
                value = read(cells[index])
            except InputError as error:
                draft.reject(row, error, name)
                continue
            if value is not None:
                values[name] = value
            elif required:
                draft.reject(row, _empty(kind), name)
        for name, indices, read, required, kind in self.joins:
            try:
                parts = [part for index in indices if (part := read(cells[index])) is not None]
            except InputError as error:
                draft.reject(row, error, name)
                continue
            if parts:
                values[name] = tuple(parts) if kind == "text" else "-".join(parts)
            elif required:
                draft.reject(row, _empty(kind), name)
        if self.extras:
            row.extras = self._extras(row, draft)

    def _extras(self, row: Row, draft: Draft) -> tuple[tuple[str, str], ...]:
        found = []
        for label, index, read in self.extras:
            try:
                value = read(row.cells[index])
            except InputError as error:
                draft.reject(row, error, f"tag {label}")
                continue
            if value:
                found.append((label, value))
        return tuple(found)


def _empty(kind: str) -> InputError:
    if kind in WRITE:
        return InputError(f"cell.empty.{kind}", f"is empty; write {WRITE[kind]}")
    return InputError("cell.empty", "is empty; it must hold a value")
