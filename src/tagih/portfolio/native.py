"""How compiled code sees the kernel's tables: one pointer to a header.

The kernel is written for `Case`, a NamedTuple of NamedTuples of lists. Given as NumPy arrays, some
eighty of them would be passed to every function, and compiling would take minutes. Here a Case is
the address of a *header*: whole numbers in the order of the kernel's own fields, one word for a
number, two for a column (address and length). ``case.rows.due[r]`` then reads two words, whatever
the case holds, and the kernel's source compiles unchanged.

Memory is the caller's: nothing here owns, counts or checks it.
"""

# Numba's ways to be extended have no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, misc, override"

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, Final, get_type_hints

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
)

from tagih.ledger.kernel import Case
from tagih.portfolio.batch import Batch

WORD: Final = ir.IntType(64)


def leaves(of: type, path: str = "") -> Iterator[tuple[str, bool]]:
    """The fields below a NamedTuple, in order, and whether each is a column.

    >>> list(leaves(Case))[-3:]
    [('kinds', True), ('low', True), ('state', True)]
    """
    for name, kind in get_type_hints(of).items():
        at = f"{path}.{name}" if path else name
        if hasattr(kind, "_fields"):
            yield from leaves(kind, at)
        else:
            yield at, kind is not int


def _slots(of: type) -> dict[str, int]:
    slots, at = {}, 0
    for path, column in leaves(of):
        slots[path] = at
        at += 2 if column else 1
    slots[""] = at
    return slots


SLOTS: Final = {of.__name__: _slots(of) for of in (Case, Batch)}
"""Field (``rows.due``) -> its word in the header; "" -> how many words there are."""
COLUMNS: Final = {
    of.__name__: frozenset(path for path, column in leaves(of) if column) for of in (Case, Batch)
}


class Part(types.Type):
    """A Case or a Batch, or a NamedTuple in it."""

    def __init__(self, root: str, path: str = "") -> None:
        self.root, self.path = root, path
        super().__init__(name=f"tagih.{root}({path})")

    def below(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name


class Column(types.Type):
    """A list of the kernel: its two words are at ``slot``."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        super().__init__(name=f"tagih.Column({slot})")


@register_model(Part)
@register_model(Column)
class _Header(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Part

    def generic_resolve(self, part: Part, name: str) -> types.Type | None:
        path, slots = part.below(name), SLOTS[part.root]
        if path in COLUMNS[part.root]:
            return Column(slots[path])
        if path in slots:
            return types.int64
        return Part(part.root, path) if any(each.startswith(path + ".") for each in slots) else None


def _word(builder: Any, header: Any, slot: int) -> Any:
    return builder.load(builder.gep(header, [ir.Constant(WORD, slot)]))


@lower_getattr_generic(Part)
def _field(context: Any, builder: Any, part: Part, header: Any, name: str) -> Any:
    path, slots = part.below(name), SLOTS[part.root]
    if path in slots and path not in COLUMNS[part.root]:
        return _word(builder, header, slots[path])
    return header


def _cell(context: Any, builder: Any, column: Column, header: Any, index: Any, kind: Any) -> Any:
    at = context.cast(builder, index, kind, types.int64)
    start = builder.inttoptr(_word(builder, header, column.slot), WORD.as_pointer())
    return builder.gep(start, [at])


@infer_global(operator.getitem)
class _Get(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Column) and isinstance(args[1], types.Integer):
            return signature(types.int64, args[0], args[1])
        return None


@infer_global(operator.setitem)
class _Set(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Column) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], args[1], types.int64)
        return None


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.int64, args[0]) if isinstance(args[0], Column) else None


@lower_builtin(operator.getitem, Column, types.Integer)
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.load(_cell(context, builder, sig.args[0], args[0], args[1], sig.args[1]))


@lower_builtin(operator.setitem, Column, types.Integer, types.Integer)
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], _cell(context, builder, sig.args[0], args[0], args[1], sig.args[1]))
    return context.get_dummy_value()


@lower_builtin(len, Column)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _word(builder, args[0], sig.args[0].slot + 1)


def _at(root: str) -> Any:
    @intrinsic
    def at(typing: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], WORD.as_pointer())

        return signature(Part(root), types.int64), code

    return at


case_at: Final = _at("Case")
"""The Case whose header lies at an address."""
batch_at: Final = _at("Batch")
"""The Batch whose header lies at an address."""


@intrinsic
def address(typing: Any, column: Any, index: Any) -> Any:
    """The address of a cell of a column."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(_cell(context, builder, sig.args[0], args[0], args[1], sig.args[1]), WORD)

    return signature(types.int64, column, types.int64), code
