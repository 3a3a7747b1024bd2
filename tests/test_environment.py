"""One list of dependencies: what conda installs and what the lock names is what `pyproject.toml` asks for."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CONDA = {  # where conda-forge has another name
    "matplotlib": "matplotlib-base",
    "opencv-python-headless": "py-opencv",
    "playwright": "playwright-python",
    "torch": "pytorch",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = [Requirement(line) for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()]


def asked(*extras):
    """The requirements of the project, in its order, with those of its extras."""
    listed = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(line) for part in listed for line in part]


def test_conda_installs_the_same_list():
    python, pip, *listed, last = ENVIRONMENT["dependencies"]
    wanted = [f"{CONDA.get(r.name, r.name)}{r.specifier}" for r in asked("lab", "networks", "dev")]
    assert listed == wanted
    assert pip == "pip"
    assert last == {"pip": ["-e ."]}
    assert ENVIRONMENT["channels"] == ["conda-forge"]
    assert re.fullmatch(r"python=\d\.\d+", python)
    assert re.search(r"\d.*", python)[0] + ".0" in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_every_requirement_has_one_lower_bound():
    for requirement in asked("lab", "networks", "dev"):
        assert re.fullmatch(r">=[\d.]+", str(requirement.specifier)), requirement


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
@pytest.mark.parametrize(
    ("sys_platform", "machine"), [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
)
def test_the_lock_names_one_version_of_everything_on_every_machine(python, sys_platform, machine):
    where = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": sys_platform,
        "os_name": "nt" if sys_platform == "win32" else "posix",
        "platform_machine": machine,
    }
    here = [r for r in LOCK if r.marker is None or r.marker.evaluate(where)]
    versions = {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in here}
    assert len(versions) == len(here), "a package stands there twice"
    for requirement in asked("lab", "networks", "dev"):
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_lock_works_wherever_it_is_read():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "torch==2.13.0\n" in text  # without a local label, which no other index has
    assert "//" not in text  # no address
    assert not re.search("^-", text, re.MULTILINE)  # no option
    for requirement in LOCK:
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert not requirement.extras, requirement  # pip takes no extras in constraints
