"""What every command shares: its options, and how results reach a person or a program.

Results go to stdout, complaints and progress to stderr. A file is written under another name
and renamed when it is whole, so that no half a file is ever left.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from tagih.errors import UnavailableError

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date; a date passes as it is."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a date; write YYYY-MM-DD", param, ctx)


DAY = Day()


def lang_option(command: F) -> F:
    """``--lang id|en``; TAGIH_LANG says it for every command."""
    return click.option(
        "--lang",
        type=click.Choice(["id", "en"]),
        envvar="TAGIH_LANG",
        default=None,
        help="Language of results and messages (default: the book's, else id).",
    )(command)


def as_of_option(command: F) -> F:
    """``--as-of YYYY-MM-DD``: required wherever a date matters."""
    return click.option(
        "--as-of", type=DAY, required=True, help="The day asked for, end of day: YYYY-MM-DD."
    )(command)


def format_option(command: F) -> F:
    """``--format table|csv|json``."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "csv", "json"]),
        default="table",
        help="A table for people; csv or json with plain digits for programs.",
    )(command)


def output_option(command: F) -> F:
    """``--output FILE``."""
    return click.option(
        "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE instead."
    )(command)


def say(text: str) -> None:
    """A complaint or a note, to stderr."""
    click.echo(text, err=True)


def result(text: str, output: Path | None = None) -> None:
    """A result: to stdout, or whole into a file."""
    if output is None:
        click.echo(text)
    else:
        write_file(output, (text if text.endswith("\n") else text + "\n").encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is either whole or not there.

    Raises:
        UnavailableError: If the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tagih-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(name, 0o666 & ~umask)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise UnavailableError(
            "output.folder",
            "folder '{folder}' cannot be written to: {problem}",
            folder=str(path.parent),
            problem=problem.strerror or str(problem),
        ) from None


def progress(items: Iterable[T], label: str, *, length: int | None = None) -> Iterator[T]:
    """Go through ``items`` with a bar on a terminal, shown only after a second's work."""
    if not sys.stderr.isatty():
        yield from items
        return
    listed = list(items) if length is None else items
    count = len(listed) if isinstance(listed, list) else length
    started = time.monotonic()
    bar: Any = None
    for done, item in enumerate(listed):
        if bar is None and time.monotonic() - started > 1:
            bar = click.progressbar(length=count, label=label, file=sys.stderr)
            bar.__enter__()
            bar.update(done)
        yield item
        if bar is not None:
            bar.update(1)
    if bar is not None:
        bar.__exit__(None, None, None)
