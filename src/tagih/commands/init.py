"""`tagih init`: an example book to look at, and to start one's own from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from tagih.errors import InputError, UnavailableError
from tagih.samples import LENDERS, book_files


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--lender", type=click.Choice(LENDERS), default="mf", show_default=True, help="Which lender.")
def command(folder: Path, lender: str) -> None:
    """Write an example book of 200 invented contracts into DIR.

    DIR is made, or may be there and empty. Nothing is ever written over.
    """
    files = book_files(lender)
    write_folder(folder, files)
    click.echo(f"{folder}: {len(files)} files; next: tagih check {folder}")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` into ``folder``, all of them or none.

    Raises:
        InputError: If the folder has something in it.
        UnavailableError: If it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(
            "init.not_empty",
            "{folder} is not empty; name a new folder, or empty this one first",
            folder=str(folder),
        )
    target = folder.resolve()
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        for name, content in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        os.chmod(beside, 0o777 & ~_umask())
        if target.exists():
            target.rmdir()
        os.rename(beside, target)
    except OSError as problem:
        raise UnavailableError(
            "init.cannot_write",
            "{folder} cannot be written: {problem}; name a folder in a place you may write to",
            folder=str(folder),
            problem=problem.strerror or str(problem),
        ) from problem
    finally:
        if beside is not None and beside.exists():
            shutil.rmtree(beside)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
