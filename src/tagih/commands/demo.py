"""`tagih demo`: the main job from end to end, on an example book, under out/."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import click

from tagih.commands.output import lang_option, say
from tagih.errors import InputError

AS_OF = "2026-10-31"
MARK = ".tagih-demo"
"""A file that says the folder is the demo's own, so that it may be made anew."""

WHERE = {
    "id": "\nLihat:\n  {out}/umur-piutang.html   laporan umur piutang (juga .pdf dan .xlsx)\n"
    "  {out}/surat/              surat peringatan dan manifest.csv\n"
    "  {out}/buku/               buku contoh; README.md di dalamnya menjelaskan isinya\n\n"
    "Coba juga:\n  tagih explain {out}/buku {contract} --as-of {as_of} --component late_charge",
    "en": "\nLook at:\n  {out}/umur-piutang.html   the aging report (also .pdf and .xlsx)\n"
    "  {out}/surat/              warning letters and manifest.csv\n"
    "  {out}/buku/               the example book; its README.md says what is in it\n\n"
    "Then try:\n  tagih explain {out}/buku {contract} --as-of {as_of} --component late_charge",
}


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    help="Where everything goes (default: out).",
)
@lang_option
@click.pass_context
def command(ctx: click.Context, out: Path, lang: str | None) -> None:
    """Write an example book, check it, age it, and print its report and its letters under OUT."""
    from tagih.commands import age, check, init, letters
    from tagih.files import read_book
    from tagih.portfolio.book import positions

    spoken = lang or "id"
    _clear(out)
    book = out / "buku"
    _step(f"tagih init {book} --lender mf")
    ctx.invoke(init.command, folder=book, lender="mf")
    _step(f"tagih check {book}")
    _checked(ctx, check.command, book, spoken)
    as_of = date.fromisoformat(AS_OF)
    _step(f"tagih age {book} --as-of {AS_OF}")
    asked = {"book": book, "as_of": as_of, "lang": spoken, "form": "table"}
    ctx.invoke(age.command, **asked)
    for ending in ("html", "pdf", "xlsx"):
        file = out / f"umur-piutang.{ending}"
        _step(f"tagih age {book} --as-of {AS_OF} --by branch --output {file}")
        ctx.invoke(age.command, **{**asked, "by": "branch", "output": file})
    _step(f"tagih letters run {book} --as-of {AS_OF} --out {out / 'surat'}")
    ctx.invoke(letters.run_command, book=book, as_of=as_of, out=out / "surat", lang=spoken)
    worst = max(positions(read_book(book), as_of), key=lambda position: position.late_charges_run_up)
    click.echo(WHERE[spoken].format(out=out, as_of=AS_OF, contract=worst.contract.id))


def _step(line: str) -> None:
    click.echo(f"\n$ {line}")


def _checked(ctx: click.Context, check: click.Command, book: Path, lang: str) -> None:
    """Run `tagih check`, which ends the process by itself when it is done."""
    try:
        ctx.invoke(check, book=book, form="table", rejected=None, lang=lang)
    except click.exceptions.Exit as end:
        if end.exit_code:
            raise


def _clear(out: Path) -> None:
    """Make room: an earlier demo is made anew, anything else is left alone.

    Raises:
        InputError: If the folder holds something that the demo did not make.
    """
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise InputError(
                "demo.folder",
                "folder '{folder}' is not empty and not an earlier demo; name another with --out",
                folder=str(out),
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).write_text("made by tagih demo\n", encoding="utf-8")
    say(f"demo → {out}/")
