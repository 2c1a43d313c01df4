"""The `tagih` command: each subcommand lives in `tagih.commands` and is loaded when it is asked for.

Exit 0 done, 1 the answer is no or the data is bad, 2 misuse. Expected errors are sentences on
stderr; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from tagih import __version__
from tagih.errors import TagihError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "Write an example book, age it, and print its letters."),
    "init": ("init", "Write an example book to start from."),
    "synth": ("synth", "Write a book of any size, for tests and benchmarks."),
    "check": ("check", "Read a book and name every row that cannot be read."),
    "age": ("age", "Age a book: a table by class and bucket."),
    "report": ("report", "Report a month: tables that tie out, as one pack."),
    "position": ("position", "Say what one contract owes, cell by cell."),
    "explain": ("explain", "Say why a contract owes what it owes, line by line."),
    "late-charge": ("late_charge", "Count a late charge, in one way or in every way."),
    "allocate": ("allocate", "Show what a payment would settle."),
    "payments": ("payments", "Show what undoing a payment would change."),
    "audit": ("audit", "Say which convention gives a claimed late charge."),
    "letters": ("letters", "Choose, write and prove letters."),
    "schedule": ("schedule", "Make a contract's instalments from its terms."),
    "rate": ("rate", "Find the true rate of a quoted price."),
    "compare": ("compare", "Compare offers side by side, or find those that can be kept."),
    "restructure": ("restructure", "Propose a new schedule in place of the old."),
    "plan": ("plan", "Propose to pay arrears in parts, beside the instalments."),
    "settle": ("settle", "Propose to end a debt for less than is owed."),
    "payoff": ("payoff", "Quote what settles in full before time, day by day."),
    "prepay": ("prepay", "Show what paying a part early does."),
    "sale": ("sale", "Show where the price of collateral goes."),
    "promises": ("promises", "Judge promises to pay: kept, partial, broken or pending."),
    "policy": ("policy", "List, show, check and compare rules."),
    "contact": ("contact", "Ask whether a debtor may be contacted, or check a log."),
}
"""Every command: the module in `tagih.commands` that has it as ``command``, and its one line."""


class Commands(click.Group):
    """Loads a subcommand only when it is run or its own help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tagih.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, with a suggestion where the name is misspelled."""
        from difflib import get_close_matches

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an expected error becomes a sentence on stderr and exit 1."""
        try:
            return super().invoke(ctx)
        except TagihError as error:
            from tagih.commands.messages import translate

            click.echo(translate(error, language(ctx)), err=True)
            ctx.exit(1)


def language(ctx: click.Context) -> str:
    """The language of messages: --lang as it was typed, TAGIH_LANG, or Indonesian."""
    arguments = sys.argv if not ctx.obj else ctx.obj
    for at, word in enumerate(arguments):
        if word == "--lang" and at + 1 < len(arguments):
            return str(arguments[at + 1])
        if str(word).startswith("--lang="):
            return str(word)[7:]
    return os.environ.get("TAGIH_LANG", "id")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tagih")
def main() -> None:
    """What is owed today and why, how late it is, what can be offered, which letter is due."""


if __name__ == "__main__":
    main()
