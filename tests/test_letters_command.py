"""tagih letters as a user types it, and the proof that a letter is genuine."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner, Result
from tests.letters_book import AS_OF, write

from tagih.cli import main
from tagih.errors import InputError, UnavailableError
from tagih.letters import proof
from tagih.letters.specimens import specimen

DAY = AS_OF.isoformat()


def tagih(*arguments: object) -> Result:
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, words, obj=words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "book", [0, 3, 10, 20])


def test_the_dry_run_prints_what_the_run_prints(folder, tmp_path):
    dry = tagih("letters", "plan", folder, "--as-of", DAY)
    assert not (folder / "register.sqlite").exists()
    wet = tagih("letters", "run", folder, "--as-of", DAY, "--out", tmp_path / "out")
    line = "SP1 2 · ditahan 0 · belum waktunya 2 (tidak menunggak 1, di bawah tingkat pertama 1) · eskalasi 0"
    line += " · gagal 0 · jumlah 4"
    assert line in dry.stdout
    assert line in wet.stdout
    assert wet.exit_code == 0


def test_the_plan_as_json_is_the_manifest_without_numbers(folder, tmp_path):
    dry = json.loads(tagih("letters", "plan", folder, "--as-of", DAY, "--format", "json").stdout)
    tagih("letters", "run", folder, "--as-of", DAY, "--out", tmp_path / "out")
    wet = json.loads((tmp_path / "out" / "manifest.json").read_text())
    made = {"number", "dated", "pay_by", "file", "sha256"}
    assert dry["tally"] == wet["tally"]
    for before, after in zip(dry["contracts"], wet["contracts"], strict=True):
        assert {k: v for k, v in before.items() if k not in made} == {
            k: v for k, v in after.items() if k not in made
        }


def test_a_letter_that_fails_is_said_and_ends_in_exit_1(folder, tmp_path):
    debtors = folder / "debtors.csv"
    debtors.write_text(debtors.read_text().replace("Jl. Mawar 3,Bandung,40291", ",,"))
    out = tagih("letters", "run", folder, "--as-of", DAY, "--out", tmp_path / "out", "--lang", "en")
    assert out.exit_code == 1
    assert "C-0003: sp1 for contract C-0003 lacks debtor.address" in out.stderr
    assert "SP1 1 · " in out.stdout
    assert "failed 1 · population 4" in out.stdout


LANGUAGES = [
    ("id", "sp1 untuk C-0003 kekurangan debtor.address"),
    ("en", "sp1 for contract C-0003 lacks debtor.address"),
]


@pytest.mark.parametrize(("lang", "said"), LANGUAGES)
def test_the_manifest_says_why_in_the_language_that_was_chosen(folder, tmp_path, lang, said):
    debtors = folder / "debtors.csv"
    debtors.write_text(debtors.read_text().replace("Jl. Mawar 3,Bandung,40291", ",,"))
    out = tmp_path / "out"
    tagih("letters", "run", folder, "--as-of", DAY, "--out", out, "--lang", lang)
    assert said in (out / "manifest.csv").read_text("utf-8-sig")
    dry = tagih("letters", "plan", folder, "--as-of", DAY, "--format", "csv", "--lang", lang)
    assert said in dry.stdout


def test_the_book_says_where_templates_register_and_key_are(folder, tmp_path):
    assert tagih("letters", "key", folder / "kunci").exit_code == 0
    own = folder / "surat" / "id" / "sp1.html"
    assert tagih("letters", "template", "sp1", "-o", own).exit_code == 0
    own.write_text(own.read_text().replace("Kami mohon", "Dengan hormat kami mohon"))
    settings = folder / "tagih.toml"
    settings.write_text(
        settings.read_text()
        + '\n[letters]\ntemplates = "surat"\nregister = "surat/r.sqlite"\npublic_key = "kunci/letters.pub"\n'
    )
    key = folder / "kunci" / "letters.key"
    run = ("letters", "run", folder, "--as-of", DAY, "--out", tmp_path / "out", "--key", key)
    assert tagih(*run, "--delivery").exit_code == 0
    assert (folder / "surat" / "r.sqlite").exists()
    assert not (folder / "register.sqlite").exists()
    (first, *_) = sorted((tmp_path / "out").glob("*.pdf"))
    assert tagih("letters", "verify", first, "--book", folder).exit_code == 0
    assert "Dengan hormat kami mohon" in text_of(first)
    assert sorted(file.name for file in (tmp_path / "out" / "delivery").iterdir()) == [
        "list-Bandung.pdf",
        "slips-Bandung.pdf",
    ]


WRONG = [
    ('templates = "nowhere"', "templates = 'nowhere' bukan folder di buku"),
    ('public_key = "nowhere.pub"', "public_key = 'nowhere.pub' bukan berkas"),
    ('register = " "', "register kosong"),
    ('templatess = "x"', "maksudnya 'templates'?"),
    ('[letters.units]\nBandung = "COLL BDG"', "Bandung = 'COLL BDG' bukan kode unit"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_what_is_wrong_in_the_letters_table_is_said(folder, line, said):
    settings = folder / "tagih.toml"
    settings.write_text(settings.read_text() + f"\n[letters]\n{line}\n")
    out = tagih("letters", "plan", folder, "--as-of", DAY)
    assert out.exit_code == 1
    assert said in out.stderr


def test_without_a_public_key_the_ways_to_give_one_are_said(folder, tmp_path):
    out = tagih("letters", "verify", "TAGIH1|x", "--book", folder)
    assert (out.exit_code, "--public-key" in out.stderr) == (1, True)


def text_of(file: Path) -> str:
    import pypdfium2

    pages = (page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file))
    return " ".join(" ".join(pages).split())


def test_evidence_and_codes_that_are_unknown_are_sentences(folder):
    out = tagih("letters", "evidence", folder, "0001/SP1/UJI/XI/2026", "sent", "--on", DAY)
    assert out.exit_code == 1
    assert out.stderr.strip() == "register tidak memuat surat '0001/SP1/UJI/XI/2026'"


def test_a_template_is_copied_to_start_from(folder, tmp_path):
    own = folder / "templates" / "id" / "sp1.html"
    assert tagih("letters", "template", "sp1", "-o", own).exit_code == 0
    own.write_text(own.read_text().replace("Kami mohon", "Dengan hormat kami mohon"))
    assert tagih("letters", "run", folder, "--as-of", DAY, "--out", tmp_path / "out").exit_code == 0
    import pypdfium2

    (first, *_) = sorted((tmp_path / "out").glob("*.pdf"))
    text = pypdfium2.PdfDocument(first)[0].get_textpage().get_text_range()
    assert "Dengan hormat kami mohon" in " ".join(text.split())


# --- proof ---------------------------------------------------------------------------------------

PRIVATE, PUBLIC = proof.new_key()


@pytest.fixture
def signed(folder, tmp_path):
    keys, out = tmp_path / "keys", tmp_path / "out"
    assert tagih("letters", "key", keys).exit_code == 0
    assert (keys / "letters.key").stat().st_mode & 0o777 == 0o600
    tagih("letters", "run", folder, "--as-of", DAY, "--out", out, "--key", keys / "letters.key")
    return sorted(out.glob("*.pdf"))[0], keys / "letters.pub", folder / "register.sqlite"


def test_a_genuine_letter_is_known_by_file_and_by_code(signed):
    letter, public, register = signed
    out = tagih("letters", "verify", letter, "--public-key", public, "--register", register)
    assert out.exit_code == 0, out.stderr
    assert "0001/SP1/UJI/XI/2026" in out.stdout
    code = proof.attached(letter.read_bytes())["payload"]
    assert "Rp1.000.000,00" in tagih("letters", "verify", code, "--public-key", public).stdout


def test_figures_that_were_changed_in_the_file_are_found(signed, tmp_path):
    letter, public, _ = signed
    forged = tmp_path / "forged.pdf"
    with pikepdf.open(letter) as pdf:
        inside = pdf.attachments["figures.json"].get_file().read_bytes()
        changed = inside.replace(b'"total": "1000000.00"', b'"total": "9000000.00"')
        assert changed != inside
        pdf.attachments["figures.json"] = pikepdf.AttachedFileSpec(pdf, changed, filename="figures.json")
        pdf.save(forged)
    out = tagih("letters", "verify", forged, "--public-key", public)
    assert (out.exit_code, out.stdout) == (1, "")
    assert "bukan yang ditandatangani" in out.stderr


def test_a_file_that_is_not_the_one_issued_is_found_by_the_register(signed):
    letter, public, register = signed
    letter.write_bytes(letter.read_bytes() + b"\n% seen\n")
    out = tagih("letters", "verify", letter, "--public-key", public, "--register", register)
    assert out.exit_code == 1
    assert "bukan yang diterbitkan" in out.stderr


def test_keys_are_never_written_over(tmp_path):
    tagih("letters", "key", tmp_path)
    before = (tmp_path / "letters.key").read_bytes()
    assert tagih("letters", "key", tmp_path).exit_code == 1
    assert (tmp_path / "letters.key").read_bytes() == before


@pytest.mark.parametrize("at", range(7))
def test_no_part_of_a_code_can_be_changed(at):
    code = proof.seal(specimen("sp1"), proof.signer(PRIVATE)).payload
    parts = code.split("|")
    parts[at] = parts[at][:-1] + ("1" if parts[at][-1] != "1" else "2")
    with pytest.raises(InputError):
        proof.verify("|".join(parts), PUBLIC)


@pytest.mark.parametrize("text", ["", "TAGIH1", "|" * 7, "TAGIH1|a|b|c|d|e|f|g", "TAGIH1|" + "x" * 5000])
def test_what_is_no_code_is_a_sentence(text):
    with pytest.raises(InputError, match="is not the code of a letter"):
        proof.verify(text, PUBLIC)


@pytest.mark.parametrize("key", [b"", b"-----BEGIN PUBLIC KEY-----\nx\n", PUBLIC[:40], PRIVATE])
def test_what_is_no_public_key_is_a_sentence(key):
    code = proof.seal(specimen("sp1"), proof.signer(PRIVATE)).payload
    with pytest.raises(InputError, match="not an Ed25519 public key"):
        proof.verify(code, key)


def test_another_lenders_key_proves_nothing():
    code = proof.seal(specimen("sp1"), proof.signer(PRIVATE)).payload
    with pytest.raises(InputError, match="not signed with this key"):
        proof.verify(code, proof.new_key()[1])


def test_a_contract_number_with_bars_stays_one_field():
    from attrs import evolve

    paper = specimen("sp1")
    odd = evolve(paper.contract, id="A|B%7C")
    letter = evolve(paper, contract=odd, figures=evolve(paper.figures, contract_id=odd.id))
    assert proof.verify(proof.seal(letter, proof.signer(PRIVATE)).payload, PUBLIC).contract == "A|B%7C"


def test_without_the_extra_the_command_to_install_it_is_said(monkeypatch):
    for name in [name for name in sys.modules if re.match(r"cryptography(\.|$)", name)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(UnavailableError, match=r"pip install 'tagih\[sign\]'"):
        proof.new_key()
