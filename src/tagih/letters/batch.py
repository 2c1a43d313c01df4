"""From a plan to numbered letters in a folder: once each, whole, and able to go on after any stop.

A run takes numbers and stores finished HTML in the register, prints what has no PDF yet, and
writes the manifest. Every PDF appears under its name when it is whole. The same run again
issues nothing new: it prints only what is missing, and the manifest comes out the same.
"""

from __future__ import annotations

import atexit
import csv
import gc
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

from tagih.errors import InputError, TagihError, UnavailableError
from tagih.letters.catalogue import Letter, Verification
from tagih.letters.delivery import postal_order, rounds
from tagih.letters.figures import Figures, differences
from tagih.letters.ladder import Choice
from tagih.letters.planning import Draft, Plan
from tagih.letters.register import Entry, Made, Refused, Register, Wish
from tagih.letters.rendering import Renderer, Sheet, Variant

CHUNK: Final = 50
"""Letters numbered in one transaction."""

HANDFUL: Final = 4
"""Letters given to a process at a time."""

Seal = Callable[[Letter], Verification]
"""Makes what proves a letter genuine, from the letter without it."""

Say = Callable[[TagihError], str]
"""Writes an error as a sentence."""

COLUMNS: Final = (
    "contract",
    "debtor",
    "name",
    "days_past_due",
    "arrears",
    "outcome",
    "letter",
    "number",
    "dated",
    "pay_by",
    "reason",
    "until",
    "detail",
    "file",
    "sha256",
    "print_file",
    "print_place",
)


@frozen(kw_only=True)
class Job:
    """Where and how a run's letters are made.

    With ``print_file`` there are also print-001.pdf and so on: all letters in postal order; with
    ``delivery`` the folder delivery, with a list and slips for each route. ``at`` is the moment of
    issue, as text; ``options`` is what a resumed run needs, as JSON. ``say`` writes errors for the
    manifest, in the reader's language.
    """

    out: Path
    at: str
    templates: Path | None = None
    variant: Variant = "pdf"
    workers: int = 1
    seal: Seal | None = None
    print_file: bool = False
    delivery: bool = False
    options: str = "{}"
    say: Say = str
    progress: Callable[[int, int], None] = field(default=lambda done, of: None)


@frozen
class Result:
    """What a run came to: the plan with what failed in it, and the entries that stand.

    ``beside`` are letters issued for that day that the plan no longer holds, because the book
    has changed since: made ones are out, pending ones keep their number and are not printed.
    """

    plan: Plan
    entries: Mapping[str, Entry]
    files: Mapping[str, str]
    beside: tuple[Entry, ...] = ()
    printed: Mapping[str, tuple[str, int]] = field(factory=dict)
    delivery: tuple[str, ...] = ()


def run(plan: Plan, register: Register, job: Job) -> Result:
    """Issue and print every letter of ``plan`` into ``job.out``, and write its manifest.

    Raises:
        UnavailableError: If the folder or the register cannot be written, or a process was
            killed; what was numbered stays in the register and is finished by the same run again.
        InputError: If the lender's own template of a list or slip fails; the letters stand.
    """
    _ready(job.out)
    folder = str(job.out.resolve())
    register.started(plan.as_of, folder, job.options, at=job.at)
    entries, faults = _issued(plan, register, job)
    waiting, files = [], {}
    for id, entry in entries.items():
        files[id] = file_name(entry)
        path = job.out / files[id]
        if entry.state == "made" and path.is_file() and _sha256(path.read_bytes()) == entry.pdf:
            continue
        waiting.append((entry.id, _sheet(entry), str(path)))
    problems = _printed(waiting, register, job)
    by_id = {entry.id: id for id, entry in entries.items()}
    faults |= {
        by_id[at]: InputError("letter.pdf", "{problem}", problem=text) for at, text in problems.items()
    }
    known = register.of_day(plan.as_of)
    wanted = {(id, draft.kind): id for id, draft in plan.drafts.items()}
    finished = {id: known[key] for key, id in wanted.items() if key in known and id not in faults}
    beside = tuple(entry for key, entry in known.items() if key not in wanted)
    printed = _bundled(plan, finished, job) if job.print_file else {}
    names = {id: files[id] for id in finished}
    result = Result(plan.failing(faults), finished, names, beside, printed)
    write_manifest(result, job.out, job.say)
    if job.delivery:
        result = evolve(result, delivery=_delivery(plan, finished, job))
    if not problems:
        register.finished(plan.as_of, folder)
    return result


# --- numbers and HTML ---------------------------------------------------------------------------


def _issued(plan: Plan, register: Register, job: Job) -> tuple[dict[str, Entry], dict[str, TagihError]]:
    renderer = Renderer(job.templates)
    entries: dict[str, Entry] = {}
    faults: dict[str, TagihError] = {}
    make = partial(_made, plan.drafts, renderer, job.seal)
    drafts = iter(plan.drafts.items())
    while chunk := list(islice(drafts, CHUNK)):
        wishes = [_wish(id, draft) for id, draft in chunk]
        for wish, answer in zip(wishes, register.issue(wishes, make, at=job.at), strict=True):
            if isinstance(answer, Refused):
                faults[wish.contract] = answer.error
                continue
            problem = stale(answer, plan.drafts[wish.contract].figures)
            if problem and not _stands(answer, job.out):
                faults[wish.contract] = problem
            else:
                entries[wish.contract] = answer
    return entries, faults


def stale(entry: Entry, now: Figures) -> InputError | None:
    """Why a letter of the register may not be printed any more: what changed since; or None.

    A letter that already stands as a file has gone out and is left as it is.
    """
    if entry.fingerprint == now.fingerprint:
        return None
    changed = differences(Figures.from_dict(json.loads(entry.figures)), now)
    if not changed:
        return None
    changed = tuple(sorted(changed, key=lambda line: ".total" not in line))  # sums say most
    shown = "; ".join(changed[:3]) + ("; …" if len(changed) > 3 else "")
    return InputError(
        "letter.stale",
        "letter {number} was written from figures that the book no longer gives: {changed}",
        number=entry.number,
        changed=shown,
    )


def _stands(entry: Entry, out: Path) -> bool:
    path = out / file_name(entry)
    return entry.state == "made" and path.is_file() and _sha256(path.read_bytes()) == entry.pdf


def _wish(id: str, draft: Draft) -> Wish:
    return Wish(id, draft.debtor.id, draft.kind, draft.lender.unit, draft.dated, draft.pay_by)


def _made(
    drafts: Mapping[str, Draft], renderer: Renderer, seal: Seal | None, wish: Wish, number: str
) -> Made:
    draft = drafts[wish.contract]
    letter = draft.numbered(number)
    if seal is not None:
        letter = draft.numbered(number, seal(letter))
    html = renderer.html(letter)
    sheet = Sheet.of(html, letter)
    return Made(
        html=html,
        figures=json.dumps(draft.figures.to_dict(), sort_keys=True),
        fingerprint=draft.figures.fingerprint,
        template=renderer.version(letter),
        about=json.dumps({"about": sheet.about, "attachments": dict(sheet.attachments)}, sort_keys=True),
        short=re.sub(r"[^0-9A-Z]", "", letter.verification.code) if letter.verification else "",
    )


def _sheet(entry: Entry) -> Sheet:
    about = json.loads(entry.about)
    return Sheet(entry.html, entry.dated, about["about"], tuple(about["attachments"].items()))


def file_name(entry: Entry) -> str:
    """The name of a letter's PDF: its number and contract, nothing that could leave the folder.

    >>> from attrs import evolve
    >>> file_name(Entry(1, "../../x", "", "sp1", "0001/SP1/A/I/2026", *[None] * 13))
    '0001-SP1-A-I-2026_x-9cdf6a50.pdf'
    """
    number = entry.number.replace("/", "-", 4)  # a slash in the unit would be a fifth, and is hashed
    return f"{_safe(number)}_{_safe(entry.contract)}.pdf"


def _safe(text: str) -> str:
    """Plain letters, digits and dashes; what had to be taken out is made up for by a hash."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-")[:80]
    if plain == text:
        return text
    return f"{plain[:70]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


# --- paper --------------------------------------------------------------------------------------

Sheets = Sequence[tuple[int, Sheet, str]]

_renderer: Renderer | None = None
_sweeps = False


def _print_some(sheets: Sheets, variant: Variant) -> list[tuple[int, str, str]]:
    """Print some sheets in this process: (id, sha256, '') or (id, '', problem) for each.

    Raises:
        UnavailableError: If a file cannot be written.
    """
    global _renderer
    if _renderer is None:
        _renderer = Renderer()
        atexit.register(_forget)
    results = []
    for id, sheet, path in sheets:
        try:
            content = _renderer.print(sheet, variant=variant)
        except InputError as error:
            results.append((id, "", str(error)))
            continue
        write_whole(Path(path), content)
        results.append((id, _sha256(content), ""))
    if _sweeps:
        gc.collect(1)
    return results


def _settle() -> None:
    """Collect garbage only between handfuls: a letter makes much of it at once, and drops it."""
    global _sweeps
    _sweeps = True
    gc.disable()


def _forget() -> None:
    """Let go of the fonts while the libraries that free them are still there."""
    global _renderer
    _renderer = None


def _printed(waiting: Sheets, register: Register, job: Job) -> dict[int, str]:
    """Print what waits, in several processes, and note each in the register; the problems by id."""
    problems: dict[int, str] = {}
    done = 0
    job.progress(done, len(waiting))
    for results in _batches(waiting, job):
        register.made(results)
        problems |= {id: problem for id, _, problem in results if problem}
        done += len(results)
        job.progress(done, len(waiting))
    return problems


def _batches(waiting: Sheets, job: Job) -> Iterator[list[tuple[int, str, str]]]:
    handfuls = (waiting[at : at + HANDFUL] for at in range(0, len(waiting), HANDFUL))
    workers = min(job.workers, max(len(waiting) // 20, 1))
    if workers <= 1:
        for handful in handfuls:
            yield _print_some(handful, job.variant)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_settle)
    under_way: set[Future[list[tuple[int, str, str]]]] = set()
    try:
        for handful in handfuls:
            under_way.add(pool.submit(_print_some, handful, job.variant))
            if len(under_way) >= 2 * workers:
                finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        while under_way:
            finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool:
        raise UnavailableError(
            "letters.process",
            "a printing process was stopped from outside; run `tagih letters resume` to go on",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


PART: Final = 200
"""Letters in one print file: about 150 MB while it is made."""


def _bundled(plan: Plan, entries: Mapping[str, Entry], job: Job) -> dict[str, tuple[str, int]]:
    renderer = Renderer(job.templates)
    order = [id for id in postal_order(plan.drafts) if id in entries]
    places: dict[str, tuple[str, int]] = {}
    parts = [order[at : at + PART] for at in range(0, len(order), PART)]
    for number, part in enumerate(parts, 1):
        name = f"print-{number:03}.pdf"
        write_whole(job.out / name, renderer.bundle([_sheet(entries[id]) for id in part]))
        places |= {id: (name, place) for place, id in enumerate(part, 1)}
    for stale_part in job.out.glob("print-*.pdf"):
        if stale_part.name not in {name for name, _ in places.values()}:
            stale_part.unlink()
    return places


def _delivery(plan: Plan, entries: Mapping[str, Entry], job: Job) -> tuple[str, ...]:
    """A list and the slips of each route, in the folder delivery; their names."""
    renderer = Renderer(job.templates)
    folder = job.out / "delivery"
    _ready(folder)
    made: list[str] = []
    for each in rounds(plan.drafts, entries):
        name = _safe(each.route) or "-"
        for what, papers in (("list", (each.list,)), ("slips", each.slips)):
            sheets = [Sheet.of(renderer.html(paper), paper) for paper in papers]
            for part, at in enumerate(range(0, len(sheets), PART), 1):
                made.append(f"{what}-{name}{f'-{part:03}' if len(sheets) > PART else ''}.pdf")
                write_whole(folder / made[-1], renderer.bundle(sheets[at : at + PART]))
    for old in (*folder.glob("list-*.pdf"), *folder.glob("slips-*.pdf")):
        if old.name not in made:
            old.unlink()
    return tuple(made)


# --- files --------------------------------------------------------------------------------------


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears under its name when it is whole, or not at all.

    Raises:
        UnavailableError: If it cannot be written.
    """
    part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        try:
            part.write_bytes(content)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise _unwritable(path.parent, problem) from None


def _unwritable(folder: Path, problem: OSError) -> UnavailableError:
    return UnavailableError(
        "output.folder",
        "folder '{folder}' cannot be written to: {problem}",
        folder=str(folder),
        problem=problem.strerror or str(problem),
    )


def _ready(out: Path) -> None:
    """The folder is there and can be written, before any number is taken; no dead run's parts in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part in out.glob(".*.part"):
            owner = part.name.split(".")[-2]
            if owner.isdigit() and not _alive(int(owner)):
                part.unlink(missing_ok=True)
    except OSError as problem:
        raise _unwritable(out, problem) from None
    probe = out / ".tagih"
    write_whole(probe, b"")
    probe.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- the manifest -------------------------------------------------------------------------------


def rows(result: Result, say: Say = str) -> list[dict[str, Any]]:
    """One row for every contract of the population, in the order of the book.

    ``say`` writes the column ``detail`` where it is an error's sentence.
    """
    made = []
    for choice in result.plan.choices:
        id = choice.contract_id
        entry = result.entries.get(id) if choice.outcome == "send" else None
        debtor = result.plan.debtors.get(id)
        days, arrears = result.plan.late[id]
        made.append(
            {
                "contract": id,
                "debtor": debtor.id if debtor else "",
                "name": debtor.name if debtor else "",
                "days_past_due": days,
                "arrears": str(arrears),
                "outcome": choice.outcome,
                "letter": choice.letter,
                "number": entry.number if entry else "",
                "dated": entry.dated.isoformat() if entry else "",
                "pay_by": entry.pay_by.isoformat() if entry and entry.pay_by else "",
                "reason": choice.reason,
                "until": choice.until.isoformat() if choice.until else "",
                "detail": _detail(choice, say),
                "file": result.files.get(id, "") if entry else "",
                "sha256": entry.pdf if entry else "",
                "print_file": result.printed[id][0] if id in result.printed else "",
                "print_place": result.printed[id][1] if id in result.printed else "",
            }
        )
    return made


def _detail(choice: Choice, say: Say) -> str:
    return "; ".join(say(choice.error).splitlines()) if choice.error else choice.detail


def to_csv(made: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV that a spreadsheet reads as text: no cell begins a formula."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in made:
        writer.writerow({name: plain_cell(value) for name, value in row.items()})
    return buffer.getvalue()


def plain_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a leading = + - @ or control gets a quote.

    >>> plain_cell("=HYPERLINK(0)"), plain_cell("MF-1"), plain_cell(-3)
    ("'=HYPERLINK(0)", 'MF-1', -3)
    """
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@", "|", "%"):
        return "'" + value
    if isinstance(value, str) and value[:1] in ("\t", "\r", "\n"):
        return "'" + value
    return value


def to_json(result: Result, say: Say = str) -> str:
    """The manifest as JSON: the count first, then every contract; ``say`` as in `rows`."""
    data = {
        "schema": 1,
        "lender": result.plan.lender.name,
        "as_of": result.plan.as_of.isoformat(),
        "tally": result.plan.tally.to_dict(),
        "contracts": rows(result, say),
        "issued_before": [
            {"contract": entry.contract, "letter": entry.kind, "number": entry.number, "state": entry.state}
            for entry in result.beside
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_manifest(result: Result, out: Path, say: Say = str) -> None:
    """manifest.csv (with a byte-order mark, for spreadsheets) and manifest.json."""
    write_whole(out / "manifest.csv", ("\ufeff" + to_csv(rows(result, say))).encode())
    write_whole(out / "manifest.json", to_json(result, say).encode())
