"""Nothing in the docs looks like an example and is not run; and a wrong example fails."""

import re
from pathlib import Path

import pytest
from tests.transcripts import Command, TranscriptFailure, check, commands

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def unrun_examples(page: str) -> list[str]:
    """Lines that look like an example and stand outside the fences that are run."""
    unfenced = re.sub(r"^(`{3,})(python|console)\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^ *(?:>>> .*|\$ tagih.*)$", unfenced, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_on_a_page_is_run(page: Path) -> None:
    assert unrun_examples(page.read_text(encoding="utf-8")) == []


def test_an_example_outside_the_fences_that_are_run_is_found() -> None:
    page = "```python\n>>> 1\n1\n```\n\n>>> 2\n\n```sh\n$ tagih age\n```\n\n```console\n$ tagih --help\n```\n"
    assert unrun_examples(page) == [">>> 2", "$ tagih age"]


def test_a_transcript_that_shows_what_is_printed_passes() -> None:
    for command in commands("$ printf 'one \\ntwo\\n'\none\n...\n$ ls nowhere\nls: ...\n[2]\n"):
        check(command)


WRONG = [
    (Command("echo three", "two\n", 0), r"the page says\ntwo\n\n--- it printed\nthree"),
    (Command("cat nowhere", "...\n", 0), "exit code 1, the page says 0"),
    (Command("echo yes", "yes\n", 1), "exit code 0, the page says 1"),
    (Command("make demo", "...\n", 0), "fence what is only shown as sh"),
]


@pytest.mark.parametrize(("command", "complaint"), WRONG)
def test_a_transcript_that_shows_something_else_fails(command: Command, complaint: str) -> None:
    with pytest.raises(TranscriptFailure, match=complaint):
        check(command)


def test_a_console_block_begins_with_a_command() -> None:
    with pytest.raises(TranscriptFailure, match="starts with"):
        commands("tagih age\n")
