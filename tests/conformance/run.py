"""Check tagih against figures that other people published.

    python tests/conformance/run.py [--cases DIR] [--json FILE] [--markdown]

Every ``*.json`` file of the format ``tagih-cases/1`` in the folder is read. One line per file
is printed: its name, cases, passed, failed and unsupported, separated by spaces; then why each
case that does not pass does not. Unsupported counts as not passed. A case that asserts no
figure is uncheckable: neither passed nor counted.

Each family of cases has an adapter in ``adapters/``: a module with ``claims(case, document)``
and ``check(case, document)``, which answers an `Outcome` or a list of differences. A case goes
to the adapter that claims what is in it; the names of files and cases do not matter.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # so that `conformance` is a package wherever we run

from attrs import field, frozen  # noqa: E402

from conformance import adapters as adapter_package  # noqa: E402
from conformance.outcome import Case, Outcome, failed, judged, unsupported  # noqa: E402

COUNTED = ("passed", "failed", "unsupported")


@frozen
class Result:
    """One case and what became of it."""

    id: str
    outcome: Outcome


@frozen
class Report:
    """One file and its results, in the file's order."""

    name: str
    results: tuple[Result, ...] = field(converter=tuple)

    def count(self, kind: str) -> int:
        """How many cases came out as ``kind``."""
        return Counter(result.outcome.kind for result in self.results)[kind]

    @property
    def cases(self) -> int:
        """How many cases assert something."""
        return sum(self.count(kind) for kind in COUNTED)

    @property
    def line(self) -> str:
        """name cases passed failed unsupported."""
        return " ".join([self.name, str(self.cases), *(str(self.count(kind)) for kind in COUNTED)])

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        counts = {kind: self.count(kind) for kind in (*COUNTED, "uncheckable")}
        results = [
            {"id": result.id, "outcome": result.outcome.kind, "reasons": list(result.outcome.reasons)}
            for result in self.results
        ]
        return {"name": self.name, "cases": self.cases, **counts, "results": results}


def load_adapters() -> list[ModuleType]:
    """Every module in ``adapters/``, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(adapter_package.__path__))
    return [importlib.import_module(f"conformance.adapters.{name}") for name in names]


def check(case: Case, document: Case, adapters: list[ModuleType]) -> Outcome:
    """What the adapter that claims the case says; an error of ours is a failure."""
    try:
        for adapter in adapters:
            if adapter.claims(case, document):
                outcome: Outcome | list[str] = adapter.check(case, document)
                return outcome if isinstance(outcome, Outcome) else judged(outcome)
    except Exception as error:
        return failed(f"{type(error).__name__}: {error}")
    return unsupported("no adapter claims a case with the fields " + ", ".join(sorted(case)))


def run_file(path: Path, adapters: list[ModuleType]) -> Report | None:
    """The report on one file, or None if it is not a file of cases."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except ValueError as problem:
        print(f"{path}: not JSON: {problem}", file=sys.stderr)
        return None
    if not isinstance(document, dict) or not isinstance(document.get("cases"), list):
        return None
    results = [
        Result(str(case.get("id", number)), check(case, document, adapters))
        for number, case in enumerate(document["cases"], start=1)
        if isinstance(case, dict)
    ]
    return Report(path.stem, results)


def run(folder: Path) -> Iterator[Report]:
    """A report on every file of cases in ``folder``, by name."""
    adapters = load_adapters()
    for path in sorted(folder.glob("*.json")):
        report = run_file(path, adapters)
        if report is not None:
            yield report


def reasons(report: Report) -> Iterator[str]:
    """A line for each case that does not pass, and each that asserts nothing."""
    for result in report.results:
        if result.outcome.kind != "passed":
            why = "; ".join(result.outcome.reasons)
            yield f"{report.name} {result.id} {result.outcome.kind}: {why}"


def markdown(reports: list[Report]) -> Iterator[str]:
    """The table and the list of what does not pass, for docs/conformance.md."""
    yield "| file | cases | passed | failed | unsupported |"
    yield "|---|---:|---:|---:|---:|"
    for report in reports:
        yield f"| {report.line.replace(' ', ' | ')} |"
    for report in reports:
        lines = [line.removeprefix(f"{report.name} ") for line in reasons(report)]
        if lines:
            yield from ("", f"### {report.name}", "")
            yield from (f"- {line}" for line in lines)


def main(arguments: list[str] | None = None) -> int:
    """Run and print; 1 if the folder holds no cases."""
    parser = argparse.ArgumentParser(description="Check tagih against published figures.")
    parser.add_argument("--cases", type=Path, default=HERE / "cases", help="folder with the files of cases")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--markdown", action="store_true", help="print a table and a list instead")
    options = parser.parse_args(arguments)

    reports = []
    for report in run(options.cases):
        reports.append(report)
        if not options.markdown:
            print(report.line, flush=True)
    lines = markdown(reports) if options.markdown else (line for one in reports for line in reasons(one))
    for line in lines:
        print(line)
    if options.json:
        everything = {"schema": 1, "files": [report.to_dict() for report in reports]}
        options.json.write_text(json.dumps(everything, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if not reports:
        print(f"{options.cases}: no files of cases", file=sys.stderr)
    return 0 if reports else 1


if __name__ == "__main__":
    sys.exit(main())
