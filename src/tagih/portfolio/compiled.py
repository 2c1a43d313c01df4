"""The kernel as machine code, made once and kept.

`ledger/kernel.py` and `batch.py` are compiled together by Numba, without the interpreter's lock.
Numba's own cache does not see an edit in a function that a cached one calls, so what is kept lies
in a folder named by the contents of every file it was made from, and the versions of Numba and
Python. An edit, or another version, makes another folder.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import os
import platform
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tagih.errors import UnavailableError
from tagih.ledger import kernel

MARK: Final = "# --- compiled from here ---"
SOURCES: Final = (
    Path(kernel.__file__),
    Path(__file__).with_name("batch.py"),
    Path(__file__).with_name("native.py"),
)
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}

FIELDS: Final = {
    "ROWS": "rows.due", "CELLS": "cells.plan", "LINES_AT": "lines.kind", "HEADER": "",
    "LATE_AGREED": "late.agreed", "LATE_CAP_AMOUNT": "late.cap_amount", "LOW": "low", "STATE": "state",
    **{f"OPS_{name.upper()}": f"ops.{name}" for name in kernel.Ops._fields},
    **{f"HELD_{name.upper()}": f"held.{name}" for name in kernel.Held._fields},
}  # fmt: skip
"""Words of the header that batch.py writes, by the kernel's fields."""
PLACES: Final = {f"{name.upper()}_": at for at, name in enumerate(kernel.Rows._fields)} | {
    "ROW_COLUMNS": len(kernel.Rows._fields)
}
"""Where each column of the rows lies among them."""

ENTRIES: Final = ("run_batch", "survey_rows", "survey_payments")
"""The functions that Python calls, and that are kept."""

_lock = threading.Lock()
_ready: list[ModuleType] = []


def key(sources: tuple[Path, ...] = SOURCES, version: str = "") -> str:
    """What the compiled code is made from: 16 hexadecimal digits of a SHA-256.

    >>> key() == key(), key() == key(version="0.1")
    (True, False)
    """
    digest = hashlib.sha256((version or _versions()).encode())
    for source in sources:
        digest.update(b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _versions() -> str:
    import numba

    return f"numba {numba.__version__}, python {platform.python_version()}, {platform.machine()}"


def cache_folder() -> Path:
    """Where compiled code is kept: ``tagih/compiled-KEY`` in the user's cache (XDG_CACHE_HOME)."""
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path.home() / ".cache"
    return base / "tagih" / f"compiled-{key()}"


def is_ready() -> bool:
    """Whether the code is loaded, or kept from an earlier run: if not, compiling takes a while."""
    return bool(_ready) or any(cache_folder().glob("**/*.nbc"))


def load() -> ModuleType:
    """The compiled functions: ``run`` and ``room_for`` of batch.py, and the sizes that go with them.

    Takes some ten seconds the first time on a machine, part of a second from then on.

    Raises:
        UnavailableError: If the extra ``portfolio`` is not installed.
    """
    with _lock:
        if not _ready:
            try:
                import numba  # noqa: F401
            except ImportError:
                raise UnavailableError(
                    "portfolio.extra",
                    "whole portfolios need polars, numba and numpy; "
                    "install them with: pip install 'tagih[portfolio]'",
                ) from None
            _ready.append(_compiled())
        return _ready[0]


def _compiled() -> ModuleType:
    from numba.core import config

    folder, before = cache_folder(), config.CACHE_DIR  # type: ignore[attr-defined]
    kept = any(folder.glob("**/*.nbc"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
        return _build(kept, cache=os.access(folder, os.W_OK))
    except OSError:  # nowhere to keep it: compile for this run
        return _build(False, cache=False)
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


def _build(kept: bool, *, cache: bool) -> ModuleType:
    """Numba's functions from both files; none but `ENTRIES` is compiled where they are kept."""
    from numba import njit, types

    from tagih.portfolio import native

    module = ModuleType("tagih.portfolio.machine")
    sys.modules[module.__name__] = module  # Numba finds a kept function's module by its name
    space = vars(module)
    kernel_file, batch_file = SOURCES[:2]
    exec(compile(kernel_file.read_text(encoding="utf-8"), str(kernel_file), "exec", dont_inherit=True), space)
    slots = native.SLOTS["Case"]
    space |= {"Any": Any, "case_at": native.case_at, "batch_at": native.batch_at, "address": native.address}
    space |= {name: slots[path] for name, path in FIELDS.items()} | PLACES
    space["Read"] = "an array that is only read"
    head, _, body = batch_file.read_text(encoding="utf-8").partition(MARK)
    # the same line numbers as in the file, so that a fault points to its place
    exec(compile("\n" * head.count("\n") + body, str(batch_file), "exec", dont_inherit=True), space)

    plain = {
        name: each
        for name, each in space.items()
        if inspect.isfunction(each) and each.__module__ == module.__name__
    }
    array = types.Array(types.int64, 1, "C")
    kinds = {
        space["Read"]: types.Array(types.int64, 1, "C", readonly=True),
        int: types.int64,
        Any: array,
        space["Case"]: native.Part("Case"),
        space["Batch"]: native.Part("Batch"),
    }
    helper = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **OPTIONS}
    done: set[str] = set()

    def make(name: str) -> None:
        """Compile a function after those it calls, for whole numbers as such and not for each constant."""
        if name in done:
            return
        done.add(name)
        code = plain[name].__code__
        for each in dis.get_instructions(code):
            if each.opname == "LOAD_GLOBAL" and each.argval in plain:
                make(each.argval)
        named = plain[name].__annotations__
        given = tuple(kinds.get(named[word]) for word in code.co_varnames[: code.co_argcount])
        if name in ENTRIES:
            space[name] = njit([given], cache=cache, **OPTIONS)(plain[name])
        elif kept or None in given:
            space[name] = njit(**OPTIONS)(plain[name])
        else:
            space[name] = njit([given], **helper)(plain[name])

    for name in plain:
        make(name)
    return module
