"""The package keeps the house rules."""

from __future__ import annotations

import subprocess

import pytest
from style import sizes
from style.committed import private_names
from style.rules import RULES, Rule
from style.source import REPOSITORY, package, read_package


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_package_keeps_rule(rule: Rule) -> None:
    modules = read_package()
    assert len(modules) > 10, "the package was not found"
    findings = rule(modules)
    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)


@pytest.mark.parametrize("rule", [sizes.modules_are_short, sizes.functions_are_short], ids=lambda rule: rule.__name__)
def test_tests_and_benchmarks_are_short_too(rule: Rule) -> None:
    paths = [path for folder in ("tests", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")]
    findings = rule(package({str(path.relative_to(REPOSITORY)): path.read_text("utf-8") for path in paths}))
    assert not findings, "\n".join(findings)


def test_committed_text_names_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip(f"{REPOSITORY} is no git checkout, so what is committed is unknown")
    findings = []
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            findings += [f"{name}:{finding}" for finding in private_names(content.decode("utf-8"))]
    assert not findings, "\n".join(findings)
