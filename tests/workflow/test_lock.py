"""The lock file: everything that is imported, nothing from a named registry, licences that fit."""

import ast
import re
import sys
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distribution,
    packages_distributions,
)

import pytest
from tests.support.builds import PROJECT

LOCK = (PROJECT / "envs" / "python.lock").read_text()
LOCKED = re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK, re.MULTILINE)
# What may stand beside code under Apache-2.0 when it is installed by the user and not shipped.
ALLOWED = re.compile(
    r"Apache|MIT|BSD|ISC|MPL|Mozilla|PSF|Python Software Foundation|Public Domain|Unlicense|Zlib"
)
# Packages whose metadata names no licence, with what their sources say.
UNNAMED = {
    "conda-inject": "MIT",
    "snakemake-interface-common": "MIT",
    "snakemake-interface-logger-plugins": "MIT",
    "snakemake-interface-report-plugins": "MIT",
    "snakemake-interface-scheduler-plugins": "MIT",
    "snakemake-interface-storage-plugins": "MIT",
}
# They run inside the images, not in this environment.
IN_IMAGES = ["scripts/shellwright/tasks/harness", "scripts/shellwright/sandbox/guest"]


def direct() -> set[str]:
    """Return the packages that envs/python.in names."""
    lines = (PROJECT / "envs" / "python.in").read_text().splitlines()
    return {re.split(r"[ =<>#]", line)[0] for line in lines} - {""}


def licences(package: Distribution) -> str:
    """Return all that a package's metadata says about its licence."""
    about = package.metadata
    kinds = [kind for kind in about.get_all("Classifier") or [] if kind.startswith("License")]
    return " ".join([about.get("License-Expression") or "", about.get("License") or "", *kinds])


@pytest.mark.parametrize("name", [name for name, _ in LOCKED])
def test_the_licence_of_every_package_fits(name: str) -> None:
    try:
        found = licences(distribution(name))
    except PackageNotFoundError:
        pytest.skip("not installed on this platform")
    assert ALLOWED.search(UNNAMED.get(name, found)), f"{name}: {found[:200]}"


def test_every_import_is_a_direct_dependency() -> None:
    providers = packages_distributions()
    own = {"shellwright", *(path.stem for path in (PROJECT / "scripts").glob("*.py"))}
    files = [*(PROJECT / "scripts").rglob("*.py"), *(PROJECT / "resources").rglob("*.py")]
    missing = set()
    for file in files:
        if any(file.is_relative_to(PROJECT / folder) for folder in IN_IMAGES):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names}:
                if name in sys.stdlib_module_names or name in own:
                    continue
                packages = {package.lower() for package in providers.get(name, [name])}
                if not packages & direct():
                    missing.add(f"{name} ({file.relative_to(PROJECT)})")
    assert not missing, f"name them in envs/python.in, then make lock: {sorted(missing)}"


@pytest.mark.parametrize("name", ["python.lock", "uv.lock"])
def test_every_package_has_hashes_and_no_registry_is_named(name: str) -> None:
    lock = (PROJECT / "envs" / name).read_text()
    assert not re.search(r"https?://|--index-url|--find-links", lock)
    blocks = re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_environment_for_conda_has_the_versions_of_the_lock_file() -> None:
    text = (PROJECT / "envs" / "python.yaml").read_text()
    pinned = re.findall(r"^      - ([a-z0-9-]+)==(\S+)$", text, re.MULTILINE)
    assert pinned
    assert set(pinned) <= set(LOCKED)
