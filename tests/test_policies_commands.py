"""`tagih policy` and `tagih contact`: for people, for programs, and exit codes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from tagih.cli import main
from tagih.commands.messages import indonesian
from tagih.policies import rules


def run(*arguments: str, lang: str = "id"):
    return CliRunner(env={"TAGIH_LANG": lang}).invoke(main, list(arguments))


# --- policy ---------------------------------------------------------------------------------------


def test_the_rules_of_a_kind_for_people():
    shown = run("policy", "list", "--kind", "buckets", "--lender", "mf").stdout
    assert shown == (
        "aturan          jenis    berlaku                 keyakinan  dasar\n"
        "id.kol.mf.2014  buckets  2014-11-01..2018-12-26  tinggi     POJK 29/POJK.05/2014\n"
        "id.kol.mf.2018  buckets  2018-12-27..            sedang     POJK 35/POJK.05/2018\n"
    )


def test_the_rules_in_force_on_a_day_for_programs():
    found = json.loads(
        run("policy", "list", "--lender", "mf", "--on", "2026-10-31", "--format", "json").stdout
    )
    ids = {row["id"] for row in found}
    assert {"id.kol.mf.2018", "id.prov.mf", "id.conduct.pojk22"} <= ids
    assert "id.kol.mf.2014" not in ids
    listed = list(csv.DictReader(io.StringIO(run("policy", "list", "--format", "csv").stdout)))
    assert [row["id"] for row in listed] == [found.about.id for found in rules()]


@pytest.mark.parametrize("id", [found.about.id for found in rules()])
def test_every_rule_is_shown_with_its_confidence(id):
    shown = run("policy", "show", id, lang="en")
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"{id}: ")
    assert "\nconfidence " in shown.stdout
    assert json.loads(run("policy", "show", id, "--format", "json").stdout)["figures"]


def test_a_rule_is_shown_with_source_and_figures():
    shown = run("policy", "show", "id.kol.mf.2018").stdout
    assert "keyakinan        sedang\n" in shown
    assert "belum diperiksa  valid_from\n" in shown
    assert '{ code = "2", name = "Dalam Perhatian Khusus", from_day = 11 }' in shown


def test_an_unknown_rule_is_answered_in_both_languages():
    answer = run("policy", "show", "id.kol.pinder")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == "tidak ada aturan 'id.kol.pinder'; maksudnya 'id.kol.pindar'?\n"
    assert "did you mean 'id.kol.pindar'?" in run("policy", "show", "id.kol.pinder", lang="en").stderr


def test_a_folder_of_own_rules_is_checked(tmp_path):
    (tmp_path / "a.toml").write_text(
        'id = "acme.sp"\nkind = "ladder"\nrung = [{ letter = "sp1", from_day = 3, days_to_pay = 7 }]\n'
    )
    good = run("policy", "check", str(tmp_path))
    assert (good.exit_code, good.stdout) == (0, "a.toml: acme.sp (ladder) baik\n")
    (tmp_path / "b.toml").write_text('id = "x"\nkind = "ladder"\nrungs = []\n')
    bad = run("policy", "check", str(tmp_path))
    assert bad.exit_code == 1
    assert bad.stderr == "b.toml: kunci 'rungs' tidak dikenal; maksudnya 'rung'?\n"
    (tmp_path / "b.toml").unlink()
    assert "sendiri" in run("policy", "show", "acme.sp", "--rules", str(tmp_path)).stdout


def test_two_schemes_are_laid_side_by_side():
    assert run("policy", "diff", "id.kol.mf.2014", "id.kol.mf.2018").stdout == (
        "         id.kol.mf.2014 (POJK 29/POJK.05/2014)  id.kol.mf.2018 (POJK 35/POJK.05/2018)\n"
        "   0-10  1 Lancar                               1 Lancar\n"
        "  11-30  1 Lancar                               2 Dalam Perhatian Khusus               *\n"
        "  31-90  2 Dalam Perhatian Khusus               2 Dalam Perhatian Khusus\n"
        " 91-120  3 Kurang Lancar                        3 Kurang Lancar\n"
        "121-180  4 Diragukan                            4 Diragukan\n"
        "  > 180  5 Macet                                5 Macet\n"
    )


def test_other_rules_are_compared_field_by_field():
    shown = run("policy", "diff", "id.limits.pindar.2025", "id.limits.pindar.2026", lang="en").stdout
    assert "instalment_to_income; 0.4" in shown
    assert "instalment_to_income; 0.3" in shown
    same = run("policy", "diff", "id.round.up.1", "id.round.up.1", lang="en").stdout
    assert same == "id.round.up.1 and id.round.up.1 are the same: rounding\n"
    wrong = run("policy", "diff", "id.kol.pindar", "id.letter.sp")
    assert wrong.stderr == (
        "'id.kol.pindar' berjenis buckets dan 'id.letter.sp' berjenis ladder; sebut dua aturan sejenis\n"
    )


# --- contact --------------------------------------------------------------------------------------

AT = ("contact", "check", "--at")


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("2026-10-30 19:30", "--zone", "WIB"),
         "boleh: 2026-10-30 19:30 WIB (id.conduct.pojk22, POJK 22/2023 pasal 62)\n", 0),
        (("2026-10-30 19:30", "--written-in", "WIB", "--postcode", "90111"),
         "tidak boleh: 20:30 WITA di luar 08:00-20:00 (id.conduct.pojk22, POJK 22/2023 pasal 62)\n"
         "paling cepat 2026-10-31 08:00 WITA\n", 1),
        (("2026-11-01 10:00", "--province", "Papua"),
         "tidak boleh: 2026-11-01 hari Minggu (id.conduct.pojk22, POJK 22/2023 pasal 62)\n"
         "paling cepat 2026-11-02 08:00 WIT\n", 1),
        (("2026-03-20 10:00", "--zone", "WIB", "--block-cuti-bersama"),
         "tidak boleh: 2026-03-20 cuti bersama: Idulfitri (id.conduct.pojk22, POJK 22/2023 pasal 62)\n"
         "paling cepat 2026-03-25 08:00 WIB\n", 1),
        (("2026-10-30 10:00", "--zone", "WIB", "--earlier", "3"),
         "tidak boleh: kontak ke-4 hari itu; paling banyak 3 (id.conduct.pojk22, POJK 22/2023 pasal 62)\n"
         "paling cepat 2026-10-31 08:00 WIB\n", 1),
        (("2026-10-30 10:00", "--zone", "WIB", "--party", "spouse"),
         "tidak boleh: pasangan, bukan debitur (id.conduct.pojk22, POJK 22/2023 pasal 62)\n", 1),
        (("2026-10-30 21:00", "--zone", "WIB", "--consent", "hours"),
         "boleh: 2026-10-30 21:00 WIB (id.conduct.pojk22, POJK 22/2023 pasal 62)\n", 0),
    ],
)  # fmt: skip
def test_a_moment_is_answered_with_the_rule_and_the_next_moment(arguments, said, code):
    answer = run(*AT, *arguments)
    assert (answer.stdout, answer.exit_code) == (said, code)


def test_a_moment_without_a_zone_or_a_list_is_refused():
    assert run(*AT, "2026-10-30 10:00").stderr.startswith("debitur -: zona waktu tidak diketahui")
    assert "tidak ada daftar hari libur untuk 2030" in run(*AT, "2030-01-02 10:00", "--zone", "WIB").stderr
    misuse = run(*AT, "kemarin", "--zone", "WIB")
    assert misuse.exit_code == 2


BOOK = {
    "tagih.toml": '[lender]\nname = "PT Contoh"\ntype = "mf"\n',
    "contracts.csv": "id,debtor,signed_on\nK-1,D-1,2026-01-01\nK-2,D-2,2026-01-01\n",
    "instalments.csv": "contract,number,due_on,principal\nK-1,1,2026-02-01,1000\nK-2,1,2026-02-01,1000\n",
    "debtors.csv": "id,name,city,province\nD-1,Ratna,Bandung,Jawa Barat\nD-2,Made,Denpasar,Bali\n",
    "contacts.csv": (
        "id,contract,at,channel,party,address,purpose,consent\n"
        "C-1,K-1,2026-10-30 10:00:00,telepon,debitur,,,\n"
        "C-2,K-1,2026-10-30 09:00:00,WA,debitur,,,\n"
        "C-3,K-1,2026-10-30 11:00:00,telepon,debitur,,,\n"
        "C-4,K-1,2026-10-30 12:00:00,telepon,debitur,,,\n"
        "C-5,K-2,2026-10-30 19:30:00,telepon,debitur,,,\n"
        "C-6,K-2,2026-10-30 19:30:00,telepon,debitur,,,hours\n"
        "C-7,K-2,2026-11-01 10:00:00,kunjungan,debitur,rumah,,\n"
        "C-8,K-2,2026-11-02 10:00:00,kunjungan,debitur,,,\n"
        "C-9,K-2,2026-11-02 11:00:00,telepon,kontak darurat,,mencari,\n"
        "C-10,K-2,2026-11-02 11:00:00,telepon,kontak darurat,,,\n"
        "C-11,K-2,2026-11-02 11:00:00,merpati,debitur,,,\n"
    ),
}


@pytest.fixture
def book(tmp_path):
    for name, text in BOOK.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path)


def test_a_log_is_audited(book):
    answer = run("contact", "audit", book)
    assert answer.exit_code == 1
    assert answer.stderr == (
        "C-11: saluran 'merpati' tidak dikenal; tulis salah satu dari call, message, email, letter, app,"
        " visit\n1 kunjungan tidak menyebut tempat dan tidak dinilai tempatnya\n"
    )
    assert [" ".join(line.split()) for line in answer.stdout.splitlines()] == [
        "kontak debitur waktu setempat saluran pihak pelanggaran hari itu",
        "C-4 D-1 2026-10-30 12:00 WIB telepon debitur kontak ke-4 hari itu; paling banyak 3 3",
        "C-5 D-2 2026-10-30 20:30 WITA telepon debitur 20:30 WITA di luar 08:00-20:00 0",
        "C-7 D-2 2026-11-01 11:00 WITA kunjungan debitur 2026-11-01 hari Minggu 0",
        "C-10 D-2 2026-11-02 12:00 WITA telepon kontak darurat"
        " kontak darurat hanya boleh ditanya keberadaan debitur 1",
        "",
        "4 dari 10 kontak melanggar, 4 pelanggaran (id.conduct.pojk22, POJK 22/2023 pasal 62)",
    ]


def test_an_audit_for_programs_and_of_a_span_of_days(book):
    found = json.loads(run("contact", "audit", book, "--format", "json").stdout)
    assert (found["contacts"], found["not_judged"], found["visits_without_place"]) == (10, 1, 1)
    assert [row["code"] for row in found["breaches"]] == ["count", "hours", "day", "locate_only"]
    listed = run("contact", "audit", book, "--format", "csv", "--from", "2026-11-01", "--until", "2026-11-01")
    assert [row["contact"] for row in csv.DictReader(io.StringIO(listed.stdout))] == ["C-7"]


def test_two_schemes_on_a_book(book):
    shown = run("policy", "diff", "id.kol.mf.2014", "id.kol.mf.2018", "--book", book, "--as-of", "2026-02-20")
    assert shown.stdout.splitlines()[-5:] == [
        "kontrak  ukuran            sisa utang  id.kol.mf.2014 (not in force)  id.kol.mf.2018",
        "K-1      days_past_due 19     Rp1.000  1 Lancar                       2 Dalam Perhatian Khusus",
        "K-2      days_past_due 19     Rp1.000  1 Lancar                       2 Dalam Perhatian Khusus",
        "",
        "2 dari 2 kontrak berbeda kelas, sisa utang Rp2.000",
    ]
    assert run("policy", "diff", "id.kol.mf.2014", "id.kol.mf.2018", "--book", book).exit_code == 2


def test_a_books_own_rule_of_conduct_is_used(book, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own.toml").write_text(
        'id = "acme.conduct"\nkind = "conduct"\nfollows = "id.conduct.pojk22"\n'
        "valid_from = 2023-12-22\nmost_a_day = 2\n"
    )
    toml = BOOK["tagih.toml"] + '[policies]\ndefault = ["acme.conduct"]\n'
    (tmp_path / "tagih.toml").write_text(toml)
    found = json.loads(run("contact", "audit", book, "--format", "json", "--until", "2026-10-30").stdout)
    assert [(row["contact"], row["rule"]) for row in found["breaches"] if row["code"] == "count"] == [
        ("C-3", "acme.conduct"),
        ("C-4", "acme.conduct"),
    ]


def test_a_book_is_classed_with_provisions_and_ratios(book, tmp_path):
    (tmp_path / "tagih.toml").write_text(BOOK["tagih.toml"] + '[policies]\ndefault = ["id.kol.mf.2018"]\n')
    (tmp_path / "payments.csv").write_text("id,contract,effective_on,amount\nP-1,K-2,2026-02-01,400\n")
    shown = run("policy", "classes", book, "--as-of", "2026-05-13").stdout
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "kelas kontrak sisa pokok % penyisihan",
        "3 Kurang Lancar 2 Rp1.600 100,0 Rp240",
        "jumlah 2 Rp1.600 100,0 Rp240",
        "",
        "NPL/NPF bruto 100,00%",
        "NPL/NPF neto 85,00%",
        "TWP90 100,00%",
        "TKB90 0,00%",
        "TWP90, hapus buku dikembalikan 100,00%",
        "TKB90, hapus buku dikembalikan 0,00%",
        "",
        "id.kol.mf.2018 (POJK 35/POJK.05/2018; sedang)",
        "id.prov.mf (POJK 29/POJK.05/2014 pasal 32; sedang)",
    ]
    judged = run(
        "policy", "classes", book, "--as-of", "2026-02-05", "--judgement", "K-1=5", "--format", "json"
    )
    rows = {row["contract"]: row for row in json.loads(judged.stdout)["contracts"]}
    assert [(rows[id]["class"], rows[id]["reason"]) for id in ("K-1", "K-2")] == [
        ("5", "judgement"),
        ("1", "measure"),
    ]
    each = run("policy", "classes", book, "--as-of", "2026-05-13", "--contracts").stdout
    assert " ".join(each.splitlines()[1].split()) == (
        "K-1 D-1 101 3 Kurang Lancar days_past_due 101 Rp1.000 Rp150"
    )
    assert run("policy", "classes", book, "--as-of", "2026-05-13", "--judgement", "K-1").exit_code == 2


def test_a_contract_that_needs_a_judgement_is_named(book, tmp_path):
    (tmp_path / "tagih.toml").write_text(BOOK["tagih.toml"] + '[policies]\ndefault = ["id.kol.ksp"]\n')
    answer = run("policy", "classes", book, "--as-of", "2026-12-01")
    assert answer.stderr.startswith(
        "kontrak K-1: menurut 'id.kol.ksp' utang selambat ini salah satu dari 4, 5"
    )
    (tmp_path / "contracts.csv").write_text(BOOK["contracts.csv"].replace("signed_on", "signed_on,judgement")
                                            .replace("2026-01-01", "2026-01-01,4"))  # fmt: skip
    shown = run("policy", "classes", book, "--as-of", "2026-12-01").stdout
    assert "4 Diragukan        2" in shown


# --- both languages -------------------------------------------------------------------------------


def test_every_breach_has_an_indonesian_sentence():
    for code in (
        "party",
        "locate_only",
        "count",
        "day",
        "holiday",
        "cuti_bersama",
        "hours",
        "place",
        "no_place",
    ):
        assert f"contact.breach.{code}" in indonesian()
