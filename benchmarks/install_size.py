"""What the core weighs, without torch and without extras, and how soon its command answers, in a fresh environment."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import Distribution, distributions
from pathlib import Path

from _harness import REPOSITORY, Goal, Report, arguments, measure

NOT_OURS = {"pip", "setuptools"}
"""What every environment holds beforehand."""
LARGEST = 8
TRIES = 15


def main() -> None:
    """Install the core from this checkout with pip, weigh every package, and ask for help."""
    arguments(__doc__)
    report = Report("install_size", "")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        python = Path(temporary) / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        cost = measure([str(python), "-m", "pip", "install", *quiet, str(REPOSITORY)])
        sizes = package_sizes(next(python.parents[1].glob("lib/*/site-packages")))
        help_s = min(measure([str(python.parent / "behaviorvlm"), "--help"]).wall_s for _ in range(TRIES))
    found = {
        "packages": len(sizes),
        "installed_mb": sum(sizes.values()),
        "install_s": cost.wall_s,
        "help_s": help_s,
        **{f"{name}_mb": size for name, size in sizes.most_common(LARGEST)},
    }
    report.add("core", found, {"installed_mb": Goal("<=", 550.0), "help_s": Goal("<=", 0.5)})
    report.finish()


def package_sizes(folder: Path) -> Counter[str]:
    """Return the MB of the files of each package, compiled ones included, as its record lists them."""
    sizes = {found.name: _size_mb(found) for found in distributions(path=[str(folder)]) if found.name not in NOT_OURS}
    return Counter(sizes)


def _size_mb(package: Distribution) -> float:
    paths = (Path(str(file.locate())) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
