"""`import tagih` and `tagih --help` stay light: what is heavy is imported where it is used."""

import subprocess
import sys

HEAVY = {
    "cattrs",
    "click",
    "jinja2",
    "numba",
    "numpy",
    "polars",
    "segno",
    "vl_convert",
    "weasyprint",
    "xlsxwriter",
}


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after ``statement``."""
    report = "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    script = (
        f"import sys\ntry:\n    {statement}\nexcept SystemExit as done:\n    assert not done.code\n{report}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert "tagih" in (loaded := modules_after("import tagih"))
    assert loaded & HEAVY == set()


def test_help_of_the_command_loads_little_more_than_click() -> None:
    loaded = modules_after("from tagih.cli import main; main(['--help'], prog_name='tagih')")
    assert loaded & HEAVY == {"click"}


def test_what_is_heavy_would_be_noticed() -> None:
    assert modules_after("import jinja2") & HEAVY == {"jinja2"}
