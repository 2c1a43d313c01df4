"""How much of the kernel do the tests hold? Change it in one place, and see whether a test fails.

    python tests/mutate_kernel.py [--sample 400] [--seed 1] [--jobs 2] [--survivors]

Every place where an operator, a comparison, a number, a word or a statement can be changed is a
mutant. Each runs in a process of its own, first against the tables, then, if they do not notice,
against the laws. A mutant is killed when a test fails, when it raises, or when it does not end.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

HERE = Path(__file__).resolve().parent
KERNEL = HERE.parent / "src" / "tagih" / "ledger" / "kernel.py"
TABLES = [
    "test_ledger_kernel.py",
    "test_late_charges.py",
    "test_allocation.py",
    "test_ledger.py",
    "conformance/test_fineract.py",
]
LAWS = [
    "properties/test_ledger_reference.py",
    "properties/test_ledger_late_charges.py",
    "properties/test_ledger.py",
]

ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
COMPARISON = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
WORDS = {"min": "max", "max": "min"}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of the kernel: its constants and table headings are not changed."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What a node may become."""
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield "operator", ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield "operator", ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        yield "statement", ast.Pass()
    elif isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            ops = list(node.ops)
            ops[i] = COMPARISON[type(op)]()
            yield "comparison", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or", ast.BoolOp(other, node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "number", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Name) and node.id in WORDS and isinstance(node.ctx, ast.Load):
        yield "word", ast.Name(WORDS[node.id], ast.Load())
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(
        node, (ast.Continue, ast.Break)
    ):
        yield "statement", ast.Pass()


class Mutant(NamedTuple):
    """One change."""

    name: str  # where, and what becomes of what
    source: str  # the changed function
    lines: range  # the lines of the statement that it is in


def mutants(source: str) -> list[Mutant]:
    """Every mutant of the kernel."""
    made = []
    for function in functions(ast.parse(source)):
        for statement, node in places(function):
            for kind, other in changes(node):
                line = getattr(node, "lineno", function.lineno)
                was, now = ast.unparse(node), ast.unparse(other)
                made.append(
                    Mutant(
                        f"{line} {function.name}: {kind}: {was} -> {now}",
                        replaced(function, node, other),
                        range(statement.lineno, (node.end_lineno or line) + 1),
                    )
                )
    return made


def places(
    node: ast.AST, statement: ast.stmt | None = None
) -> Iterator[tuple[ast.stmt, ast.expr | ast.stmt]]:
    """Every part of a function with the statement that it is in."""
    for child in ast.iter_child_nodes(node):
        inside = child if isinstance(child, ast.stmt) else statement
        if inside is not None and isinstance(child, (ast.expr, ast.stmt)):
            yield inside, child
        yield from places(child, inside)


def replaced(function: ast.FunctionDef, node: ast.AST, other: ast.AST) -> str:
    """The function's source with one node changed."""

    class Swap(ast.NodeTransformer):
        def visit(self, found: ast.AST) -> ast.AST:
            if found is node:
                return ast.copy_location(copy.copy(other), node)
            return self.generic_visit(found)

    copied = copy.deepcopy(function, {id(node): node})
    return ast.unparse(ast.fix_missing_locations(Swap().visit(copied)))


class Mutate:
    """A pytest plugin that, instead of running the tests once, runs them against every mutant.

    The tests are collected once. They run once as they are, while it is noted how long each takes
    and which lines of the kernel it goes through; a test that does not go through the statement
    that was changed cannot notice the change, and is left out. Each mutant runs in a fork.
    """

    def __init__(self, chosen: list[Mutant], jobs: int, survivors: bool) -> None:
        self.chosen, self.jobs, self.survivors = chosen, jobs, survivors
        self.lines: dict[str, set[int]] = {}
        self.seconds: dict[str, float] = {}
        self.answers: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Time the tests, then run the mutants."""
        for item in session.items:
            self.time(item)
        session.items.sort(key=lambda item: (turn(item), self.seconds[item.nodeid]))
        with ThreadPoolExecutor(self.jobs) as pool:
            for mutant, answer in zip(
                self.chosen, pool.map(lambda one: self.run(one, session.items), self.chosen), strict=True
            ):
                self.answers.append(answer)
                if answer == "survived" and self.survivors:
                    print(mutant.name, flush=True)
                print(f"{len(self.answers)} of {len(self.chosen)}: {dict(Counter(self.answers))}",
                      file=sys.stderr, flush=True)  # fmt: skip
        return True

    def time(self, item: pytest.Item) -> None:
        """Run a test on the kernel as it is; note how long it takes and where it goes."""
        lines: set[int] = set()

        def trace(frame: FrameType, event: str, _: object) -> object:
            if frame.f_code.co_filename != str(KERNEL):
                return None
            lines.add(frame.f_lineno)
            return trace

        began = time.process_time()
        if not passes(item):
            raise SystemExit(f"{item.nodeid} fails on the kernel as it is")
        self.seconds[item.nodeid] = time.process_time() - began
        if not turn(item):  # the laws go everywhere
            sys.settrace(trace)  # type: ignore[arg-type]
            passes(item)
            sys.settrace(None)
        self.lines[item.nodeid] = lines

    def run(self, mutant: Mutant, items: list[pytest.Item]) -> str:
        """What becomes of a mutant, in a process of its own."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            answer = "raised"
            try:
                answer = self.killed(mutant, items)
            except BaseException:
                answer = "raised"
            finally:
                with contextlib.suppress(OSError):  # whoever asked may be gone
                    os.write(writing, answer.encode())
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read().decode()
        os.waitpid(child, 0)
        return answer or "endless"

    def killed(self, mutant: Mutant, items: list[pytest.Item]) -> str:
        """How the tests answer to a mutant: killed by the tables, by the laws, or not at all."""
        from tagih.ledger import kernel

        exec(compile(mutant.source, str(KERNEL), "exec"), kernel.__dict__)
        for item in items:
            if not turn(item) and self.lines[item.nodeid].isdisjoint(mutant.lines):
                continue
            # processor time, so that a busy machine kills nothing
            signal.setitimer(signal.ITIMER_VIRTUAL, 2 + 5 * self.seconds[item.nodeid])
            if not passes(item):
                return "laws" if turn(item) else "tables"
        return "survived"


def turn(item: pytest.Item) -> int:
    """The tables first, then the laws as they are listed."""
    return next((i + 1 for i, file in enumerate(LAWS) if item.nodeid.startswith(f"tests/{file}")), 0)


def passes(item: pytest.Item) -> bool:
    """Run one test."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def main() -> int:
    """Run a sample and print what became of it."""
    parser = argparse.ArgumentParser(
        description="Change the kernel in one place and see whether a test fails."
    )
    parser.add_argument("--sample", type=int, default=400, help="how many mutants; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--survivors", action="store_true", help="name those that no test noticed")
    parser.add_argument("--only", default="", help="only mutants whose name holds this")
    parser.add_argument("--tables", action="store_true", help="without the laws")
    chosen = parser.parse_args()
    # as in the suite, but what fails is not made smaller first
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, deadline=None, max_examples=100,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )  # fmt: skip
    every = [one for one in mutants(KERNEL.read_text(encoding="utf-8")) if chosen.only in one.name]
    size = min(chosen.sample, len(every)) or len(every)
    plugin = Mutate(random.Random(chosen.seed).sample(every, size), chosen.jobs, chosen.survivors)
    options = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--no-summary",
               "--hypothesis-profile", "mutants", "-W", "ignore"]  # fmt: skip
    files = TABLES if chosen.tables else TABLES + LAWS
    pytest.main([*options, *(str(HERE / file) for file in files)], plugins=[plugin])
    counts = Counter(plugin.answers)
    dead = size - counts["survived"]
    print(f"{len(every)} mutants, {size} run, {dead} killed ({100 * dead / size:.1f} %): {dict(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
