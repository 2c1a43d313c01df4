"""Run the shell transcripts of the docs and compare what they print.

    ```console
    $ tagih age buku --as-of 2026-03-31
    ...
    Total   Rp1.250.000
    ```

``$ tagih …`` runs inside the test process; a line with a pipe, and commands that only read (`cat`, `ls`),
run in a shell. Spaces at line ends do not count; ``...`` stands for anything; a last line ``[1]`` means
exit code 1.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click.testing
from sybil import Document, Example, Region
from sybil.parsers.markdown import CodeBlockParser

READERS = (
    "cat",
    "column",
    "cut",
    "diff",
    "echo",
    "find",
    "grep",
    "head",
    "ls",
    "printf",
    "sort",
    "tail",
    "wc",
)
WRITERS = ("cp", "mkdir", "mv", "rm", "sed", "touch")  # within the page's own folder
ENVIRONMENT = {"COLUMNS": "100", "LANG": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb", "TAGIH_LANG": "id"}


class Command(NamedTuple):
    line: str
    expected: str
    exit_code: int


class TranscriptFailure(AssertionError):
    """What came out differs from what the page shows."""


def commands(block: str) -> list[Command]:
    """The commands of a transcript, each with the output under it and its exit code.

    >>> commands("$ tagih age buku\\nTotal 3\\n$ tagih age none\\nno folder 'none'\\n[1]\\n")[1]
    Command(line='tagih age none', expected="no folder 'none'\\n", exit_code=1)
    """
    if not block.startswith("$ "):
        raise TranscriptFailure(f"a console block starts with '$ ', not with {block.splitlines()[:1]}")
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, expected = re.sub(r" *\\\n(> )?", " ", part).partition("\n")
        code = re.search(r"^\[(\d+)\]\n*\Z", expected, flags=re.MULTILINE)
        found.append(
            Command(line, expected[: code.start()] if code else expected, int(code[1]) if code else 0)
        )
    return found


def run(line: str) -> tuple[str, int]:
    """What ``line`` prints, both streams as on a terminal, and its exit code."""
    if re.search(r"[|<>&;$`*]", line) or not line.startswith("tagih "):
        return run_in_shell(line)
    from tagih.cli import main

    runner, arguments = click.testing.CliRunner(env=ENVIRONMENT), shlex.split(line)[1:]
    # `obj` is where messages look for --lang in place of sys.argv.
    result = runner.invoke(main, arguments, prog_name="tagih", obj=arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output, result.exit_code


def run_in_shell(line: str) -> tuple[str, int]:
    name = line.split(maxsplit=1)[0]
    if name != "tagih" and name not in READERS + WRITERS:
        raise TranscriptFailure(
            f"`{name}` is not run by the tests; fence what is only shown as sh, not as console"
        )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["bash", "-c", line],
        env=os.environ | ENVIRONMENT | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.stdout, done.returncode


def same(expected: str, got: str) -> bool:
    """Whether ``got`` is what is expected, but for spaces at line ends and what ``...`` stands for.

    >>> same("Total ...\\n", "Total 3  \\n\\n"), same("a  b", "a b")
    (True, False)
    """
    want, have = (
        re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip("\n") + "\n" for text in (expected, got)
    )
    return doctest.OutputChecker().check_output(want, have, doctest.ELLIPSIS | doctest.DONT_ACCEPT_BLANKLINE)


def check(command: Command) -> None:
    got, exit_code = run(command.line)
    if exit_code != command.exit_code:
        raise TranscriptFailure(
            f"$ {command.line}\nends with exit code {exit_code}, the page says {command.exit_code};"
            f" it printed:\n{got}"
        )
    if not same(command.expected, got):
        raise TranscriptFailure(
            f"$ {command.line}\n--- the page says\n{command.expected}\n--- it printed\n{got}"
        )


def evaluate(example: Example) -> None:
    for command in commands(example.parsed):
        check(command)


class TranscriptParser:
    """Sybil's parser of fenced ``console`` blocks."""

    def __init__(self) -> None:
        self.blocks = CodeBlockParser("console", evaluate)

    def __call__(self, document: Document) -> Iterator[Region]:
        yield from self.blocks(document)
