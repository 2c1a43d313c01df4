"""`tagih synth`: a portfolio of any size, for tests and benchmarks."""

from __future__ import annotations

from pathlib import Path

import click

from tagih.commands.output import say
from tagih.errors import InputError, UnavailableError


@click.command()
@click.option("--contracts", type=click.IntRange(1, 100_000_000), required=True, help="How many contracts.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same book."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="An empty folder, or a new one.",
)
def command(contracts: int, seed: int, out: Path) -> None:
    """Write a book of made-up contracts in Parquet, with realistic payments, under OUT."""
    try:
        from tagih.portfolio import synth
    except ImportError:
        raise UnavailableError(
            "portfolio.extra",
            "whole portfolios need polars, numba and numpy; "
            "install them with: pip install 'tagih[portfolio]'",
        ) from None
    if out.exists() and any(out.iterdir()):
        raise InputError("synth.folder", "folder '{folder}' is not empty; name another", folder=str(out))
    total = synth.Counts()
    for total in synth.write(out, contracts, seed):
        if contracts > synth.PART:
            say(f"{total.contracts:,} / {contracts:,}")
    say(
        f"{out}: {total.contracts:,} contracts, {total.instalments:,} instalments, "
        f"{total.payments:,} payments, {total.events:,} events; ask as of {synth.END.isoformat()}"
    )
