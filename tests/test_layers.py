"""The layers: a module imports only from modules written before it in LAYERS, wherever the import stands.

Only the command line prints, ends the process, and reads the clock; nothing reaches for the network.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "tagih"

LAYERS = """
errors money dates words daycounts rates
contracts parties policies classes
schedules
ledger
aging receivables promises conduct quality bridge outlook slik
offers arrangements
files samples
portfolio
letters reports
values
cli commands
"""

ORDER = LAYERS.split()
COMMAND_LINE = {"cli", "commands", "__main__"}  # these join everything, each other too

PRINTS = {"print", "pprint", "input", "click.echo", "click.secho", "click.echo_via_pager", "sys.stdout.write"}
PRINTS |= {"sys.stderr.write", "click.prompt", "click.confirm"}
ENDS = {"exit", "quit", "SystemExit", "sys.exit", "os._exit", "click.exceptions.Exit"}
CLOCKS = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"}
CLOCK_METHODS = {"today", "now", "utcnow"}
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "urllib.request", "urllib3"}


def complaints(source: Path) -> list[str]:
    """Everything under ``source`` (the folder of the package) that breaks a rule, as 'file:line: what'."""
    found = []
    for file in sorted(source.rglob("*.py")):
        path = file.relative_to(source)
        unit = path.parts[0].removesuffix(".py")
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
        checks = [imports_from_above(path, unit, tree, source), network(tree)]
        if unit not in COMMAND_LINE:
            checks.append(acts_of_the_command_line(tree))
        found += [f"{path}:{line}: {what}" for check in checks for line, what in check]
    return found


def imported(path: Path, tree: ast.Module, source: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, in functions and under TYPE_CHECKING too."""
    package = ["tagih", *path.parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module.split(".") if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and name_of(node.func).endswith("import_module"):
            yield from (
                (node.lineno, str(first.value)) for first in node.args[:1] if isinstance(first, ast.Constant)
            )


def imports_from_above(path: Path, unit: str, tree: ast.Module, source: Path) -> Iterator[tuple[int, str]]:
    if unit not in ORDER and unit not in COMMAND_LINE and unit != "__init__":
        yield 1, f"'{unit}' has no layer; give it its place in tests/test_layers.py"
        return
    for line, name in imported(path, tree, source):
        first, _, rest = name.partition(".")
        if first != "tagih" or unit in COMMAND_LINE or unit == "__init__":
            continue
        target = rest.split(".")[0]
        if path.as_posix() == "ledger/kernel.py":
            yield line, f"the kernel imports nothing of tagih, and this is {name}"
        elif target == unit:
            continue
        elif target in COMMAND_LINE:
            yield line, f"{unit} imports {target}, which is below it"
        elif target not in ORDER:
            yield line, f"{unit} imports {target or 'tagih'} from the package itself; name its module"
        elif ORDER.index(target) > ORDER.index(unit):
            yield line, f"{unit} imports {target}, which is below it"


def acts_of_the_command_line(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = name_of(node.func)
            if name in PRINTS:
                yield node.lineno, f"{name}: only the command line prints"
            elif name in ENDS:
                yield node.lineno, f"{name}: only the command line ends the process"
            elif name in CLOCKS or name.rpartition(".")[2] in CLOCK_METHODS:
                yield node.lineno, f"{name}: nothing but the command line reads the clock; pass the date in"
        elif isinstance(node, ast.Raise) and node.exc is not None and name_of(node.exc) in ENDS:
            yield node.lineno, f"{name_of(node.exc)}: only the command line ends the process"
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in CLOCKS | ENDS | PRINTS:
                    yield node.lineno, f"{node.module}.{alias.name}: this belongs to the command line"


def network(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, name in imported(Path("x.py"), tree, SOURCE):
        if any(f"{name}.".startswith(f"{banned}.") for banned in NETWORK):
            yield line, f"{name}: tagih does not reach for the network"


def name_of(node: ast.expr) -> str:
    """``a.b.c`` as written; the last part alone where what stands before it is not a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}".lstrip(".")
    return ""


def test_every_module_keeps_to_its_layer() -> None:
    found = complaints(SOURCE)
    assert not found, "\n".join(found)


VIOLATIONS = [
    # file, text, what is said about it
    (
        "money.py",
        "from tagih.contracts import Contract\n",
        "money.py:1: money imports contracts, which is below it",
    ),
    ("money.py", "import tagih.ledger.kernel\n", "money.py:1: money imports ledger, which is below it"),
    ("money.py", "from tagih import aging\n", "money.py:1: money imports aging, which is below it"),
    ("errors.py", "from . import money\n", "errors.py:1: errors imports money, which is below it"),
    (
        "ledger/__init__.py",
        "from ..letters import x\n",
        "ledger/__init__.py:1: ledger imports letters, which is below it",
    ),
    (
        "aging.py",
        "def f():\n    import tagih.reports\n",
        "aging.py:2: aging imports reports, which is below it",
    ),
    (
        "dates.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tagih.aging import x\n",
        "dates.py:3: dates imports aging, which is below it",
    ),
    ("reports/a.py", "import tagih.cli\n", "reports/a.py:1: reports imports cli, which is below it"),
    (
        "aging.py",
        "from importlib import import_module\nimport_module('tagih.letters')\n",
        "aging.py:2: aging imports letters, which is below it",
    ),
    (
        "aging.py",
        "from tagih import Contract\n",
        "aging.py:1: aging imports Contract from the package itself; name its module",
    ),
    (
        "ledger/kernel.py",
        "from tagih.money import split\n",
        "ledger/kernel.py:1: the kernel imports nothing of tagih, and this is tagih.money.split",
    ),
    ("novel.py", "", "novel.py:1: 'novel' has no layer; give it its place in tests/test_layers.py"),
    ("money.py", "print(1)\n", "money.py:1: print: only the command line prints"),
    (
        "files/a.py",
        "import click\nclick.echo('')\n",
        "files/a.py:2: click.echo: only the command line prints",
    ),
    ("money.py", "import sys\nsys.exit(1)\n", "money.py:2: sys.exit: only the command line ends the process"),
    ("money.py", "raise SystemExit\n", "money.py:1: SystemExit: only the command line ends the process"),
    (
        "dates.py",
        "import datetime\ndatetime.date.today()\n",
        "dates.py:2: datetime.date.today: nothing but the command line reads the clock; pass the date in",
    ),
    (
        "letters/register.py",
        "from datetime import UTC, datetime\nx = [datetime.now(UTC)]\n",
        "letters/register.py:2: datetime.now: nothing but the command line reads the clock; pass the date in",
    ),
    ("dates.py", "from time import time\n", "dates.py:1: time.time: this belongs to the command line"),
    (
        "dates.py",
        "import urllib.request\n",
        "dates.py:1: urllib.request: tagih does not reach for the network",
    ),
    ("cli.py", "import requests\n", "cli.py:1: requests: tagih does not reach for the network"),
]


@pytest.mark.parametrize(("file", "text", "complaint"), VIOLATIONS)
def test_a_module_that_breaks_a_rule_is_named(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert complaints(tmp_path) == [complaint]


ALLOWED = [
    ("contracts.py", "from tagih.money import split\nfrom urllib.parse import quote\n"),
    ("policies/read.py", "from tagih.policies.about import About\nfrom . import about\n"),
    ("reports/a.py", "from tagih import letters, aging\n"),
    (
        "cli.py",
        "from tagih import commands\nprint(1)\nimport sys\nsys.exit(1)\nimport time\ntime.time()\n",
    ),
    ("commands/age.py", "import tagih\nfrom tagih.cli import main\nimport click\nclick.echo('')\n"),
    ("__init__.py", "from tagih.aging import aging\n"),
]


@pytest.mark.parametrize(("file", "text"), ALLOWED)
def test_a_module_that_keeps_the_rules_is_left_alone(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert complaints(tmp_path) == []
