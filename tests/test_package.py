"""What `pip install .` gives: the library with all its data, its licences, and the command."""

import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import tagih

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    package = ROOT / "src" / "tagih"
    files = {
        file.relative_to(package.parent).as_posix()
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {"tagih/py.typed", "tagih/errors.py"} <= files
    assert files - set(wheel.namelist()) == set()


def test_the_wheel_carries_its_licences_version_and_command(wheel: zipfile.ZipFile) -> None:
    info = f"tagih-{tagih.__version__}.dist-info"
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "tagih = tagih.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    metadata = message_from_bytes(wheel.read(f"{info}/METADATA"))
    assert metadata["Version"] == tagih.__version__
    assert metadata["License-Expression"] == "Apache-2.0"


def test_each_lock_pins_every_package_by_hash_and_names_no_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert [lock.name for lock in locks] == ["bench.txt", "demo.txt", "dev.txt", "spark.txt"]
    for lock in locks:
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        heads = [number for number, line in enumerate(lines) if not line.startswith(" ")]
        assert all("==" in lines[head] and "--hash=sha256:" in lines[head + 1] for head in heads)


def test_the_locks_agree_on_versions() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        return {line.split(" ;")[0].rstrip(" \\") for line in lines if "==" in line and line[0] != " "}

    assert pins("demo.txt") <= pins("dev.txt")
    both = {pin.split("==")[0] for pin in pins("bench.txt")} & {pin.split("==")[0] for pin in pins("dev.txt")}
    shared = {pin for pin in pins("bench.txt") if pin.split("==")[0] in both}
    assert shared <= pins("dev.txt")


def test_every_python_that_is_declared_is_one_that_the_set_up_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [text.rpartition(" ")[2] for text in project["classifiers"] if ":: 3." in text]
    assert declared == ["3.11", "3.12", "3.13", "3.14"]
    assert "(3, 11) <= sys.version_info[:2] <= (3, 14)" in (ROOT / "tools" / "setup").read_text()
