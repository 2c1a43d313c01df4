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
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNEL = HERE.parent / "src" / "tagih" / "ledger" / "kernel.py"
TABLES = [
    "test_ledger_kernel.py",
    "test_late_charges.py",
    "test_allocation.py",
    "test_ledger.py",
    "conformance/test_fineract.py",
]
LAWS = ["properties/test_ledger.py", "properties/test_ledger_late_charges.py"]
SECONDS = {"tables": 40, "laws": 120}

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


def mutants(source: str) -> list[tuple[str, str]]:
    """Every mutant as (where and what, the changed function)."""
    tree = ast.parse(source)
    made = []
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.FunctionDef):
                continue
            for kind, other in changes(node):
                changed = replaced(function, node, other)
                line = getattr(node, "lineno", function.lineno)
                was, now = ast.unparse(node), ast.unparse(other)
                made.append((f"{line} {function.name}: {kind}: {was} -> {now}", changed))
    return made


def replaced(function: ast.FunctionDef, node: ast.AST, other: ast.AST) -> str:
    """The function's source with one node changed."""

    class Swap(ast.NodeTransformer):
        def visit(self, found: ast.AST) -> ast.AST:
            if found is node:
                return ast.copy_location(copy.copy(other), node)
            return self.generic_visit(found)

    copied = copy.deepcopy(function, {id(node): node})
    return ast.unparse(ast.fix_missing_locations(Swap().visit(copied)))


def killed(source: str) -> str:
    """How the tests answer to this kernel: killed by the tables, by the laws, or not at all."""
    import pytest

    from tagih.ledger import kernel

    with (
        open(os.devnull, "w") as silence,
        contextlib.redirect_stdout(silence),
        contextlib.redirect_stderr(silence),
    ):
        exec(compile(source, str(KERNEL), "exec"), kernel.__dict__)
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "-W", "ignore"]
        for name, files in (("tables", TABLES), ("laws", LAWS)):
            signal.alarm(SECONDS[name])  # one that does not end is killed
            if pytest.main([*options, *(str(HERE / file) for file in files)]) != 0:
                return name
    return "survived"


def run(source: str) -> str:
    """The same in a process of its own; one that does not end, or dies, is killed as well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = "raised"
        try:
            answer = killed(source)
        except BaseException:
            answer = "raised"
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer or "endless"


def main() -> int:
    """Run a sample and print what became of it."""
    parser = argparse.ArgumentParser(
        description="Change the kernel in one place and see whether a test fails."
    )
    parser.add_argument("--sample", type=int, default=400, help="how many mutants; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--survivors", action="store_true", help="name those that no test noticed")
    chosen = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    import hypothesis  # noqa: F401 - loaded once for every process
    import pytest  # noqa: F401

    import tagih.ledger.serialise  # noqa: F401

    every = mutants(KERNEL.read_text(encoding="utf-8"))
    sample = (
        random.Random(chosen.seed).sample(every, min(chosen.sample, len(every))) if chosen.sample else every
    )
    from concurrent.futures import ThreadPoolExecutor

    answers = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for answer in pool.map(lambda mutant: run(mutant[1]), sample):
            answers.append(answer)
            if answer == "survived" and chosen.survivors:
                print(sample[len(answers) - 1][0], flush=True)
            print(f"{len(answers)} of {len(sample)}: {dict(Counter(answers))}", file=sys.stderr, flush=True)
    counts = Counter(answers)
    dead = len(sample) - counts["survived"]
    share = 100 * dead / len(sample)
    print(f"{len(every)} mutants, {len(sample)} run, {dead} killed ({share:.1f} %): {dict(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
