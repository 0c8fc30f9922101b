"""BORIS 9 and 10 open a project, without their windows: ``check_boris_later.py SOURCE PROJECT``, in ``boris``."""

from __future__ import annotations

import sys
from unittest.mock import MagicMock

WINDOWS = (
    "PySide6", "PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtMultimedia", "pyreadr", "pyqtgraph",
    "hachoir", "hachoir.metadata", "hachoir.parser", "exifread", "scipy", "scipy.stats", "sklearn", "sklearn.metrics",
)  # fmt: skip
PARTS = (
    "core", "dialog", "observation_operations", "event_operations", "db_functions", "select_observations",
    "gui_utilities", "plot_data_module", "media_file", "write_event", "video_operations",
)  # fmt: skip


def main(source: str, project: str) -> int:
    sys.modules.update({name: MagicMock(__version__="6.10", __path__=[]) for name in WINDOWS})
    sys.modules.update({f"boris.{part}": MagicMock() for part in PARTS})
    sys.path.insert(0, source)
    from boris import config, project_functions, version

    _, _, content, message = project_functions.open_project_json(project)
    assert "error" not in content, content["error"]
    assert not message, message  # it adds what earlier releases do not know, without a word
    found = project_functions.check_project_integrity(content, config.S, project, media_file_available=False)
    assert not found.replace("<br>", ""), found
    print(f"BORIS {version.__version__}: {len(content['observations'])} observations opened and checked")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
