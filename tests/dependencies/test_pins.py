"""What lock files pin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.dependencies.pins import LockError, Pin, debian_packages, merged, read_package_lock, read_requirements

LOCK = """# made by a tool
-r other.txt
Ruamel.YAML==0.17.21 ; python_version < '3.11' \\
    --hash=sha256:BB \\
    --hash=sha256:aa
uvicorn[standard]==0.38.0
plain>=1
star==1.*
"""


def test_a_requirements_file() -> None:
    found = read_requirements(LOCK, "requirements.txt", "run")
    assert found.pins == (
        Pin("PyPI", "ruamel-yaml", "0.17.21", "run", (("sha256", "aa"), ("sha256", "bb"))),
        Pin("PyPI", "uvicorn", "0.38.0", "run"),
    )
    assert found.unpinned == (
        "requirements.txt: -r other.txt",
        "requirements.txt: plain>=1",
        "requirements.txt: star==1.*",
    )


def package_lock(packages: Mapping[str, Any]) -> str:
    return json.dumps({"lockfileVersion": 3, "packages": packages})


def test_a_package_lock() -> None:
    found = read_package_lock(
        package_lock(
            {
                "": {"name": "ours", "dependencies": {"@a/b": "1"}, "devDependencies": {"ws": "8"}},
                "node_modules/@a/b": {
                    "version": "1.0.0",
                    "license": "MIT",
                    "dependencies": {"ws": "7"},
                    "integrity": "sha512-AAE=",
                },
                "node_modules/@a/b/node_modules/ws": {"version": "7.0.0"},
                "node_modules/ws": {"version": "8.0.0", "dev": True, "license": {"type": "ISC"}},
                "node_modules/alias": {"name": "real", "version": "2.0.0", "dependencies": {"ws": "8", "none": "1"}},
                "node_modules/linked": {"link": True},
                "node_modules/without": {},
            }
        ),
        "package-lock.json",
    )
    assert found.pins == (
        Pin("npm", "@a/b", "1.0.0", "run", (("sha512", "0001"),), "MIT"),
        Pin("npm", "ws", "7.0.0", "run"),
        Pin("npm", "ws", "8.0.0", "test", (), "ISC"),
        Pin("npm", "real", "2.0.0", "run"),
    )
    assert found.requires["npm", "@a/b", "1.0.0"] == (("npm", "ws", "7.0.0"),)
    assert found.requires["npm", "real", "2.0.0"] == (("npm", "ws", "8.0.0"),)
    assert found.asked == (("npm", "@a/b", "1.0.0"), ("npm", "ws", "8.0.0"))
    assert found.unpinned == ("package-lock.json: node_modules/without has no version",)


@pytest.mark.parametrize("text", ["", "[]", '{"dependencies": {}}', '{"packages": {"a": 3}}'])
def test_what_is_no_package_lock(text: str) -> None:
    with pytest.raises(LockError, match=r"package-lock\.json"):
        read_package_lock(text, "package-lock.json")


def test_what_is_needed_to_run_and_to_test_is_needed_to_run() -> None:
    pins = [Pin("PyPI", "a", "1", "test"), Pin("PyPI", "a", "1", "run"), Pin("PyPI", "a", "2", "test")]
    assert merged(pins) == (Pin("PyPI", "a", "1", "run"), Pin("PyPI", "a", "2", "test"))


def test_the_debian_packages_of_the_scripts() -> None:
    assert debian_packages(
        ["\t@scripts/debian.sh pg_ctlcluster postgresql nginx nginx\n\tother", "#   scripts/debian.sh A B"]
    ) == (
        "nginx",
        "postgresql",
    )
