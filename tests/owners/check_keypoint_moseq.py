"""Does keypoint-MoSeq's loader open what we wrote? ``python check_keypoint_moseq.py EXPECTED.npz FORMAT FILE``.

EXPECTED holds ``points`` (timepoint, keypoint, space), NaN = missing, and ``keypoints``. Its own module of loaders
runs; what that module imports for fitting models, and does not use to load, is left out.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import numpy as np

UNUSED = ("jax", "jax.numpy", "jax_moseq", "jax_moseq.utils")


def loaders() -> ModuleType:
    """Return keypoint_moseq.io, without the package around it."""
    for name in UNUSED:
        sys.modules[name] = MagicMock()
    folder = Path(find_spec("keypoint_moseq").submodule_search_locations[0])
    package = ModuleType("keypoint_moseq")
    package.__path__ = [str(folder)]
    sys.modules["keypoint_moseq"] = package
    sys.modules["keypoint_moseq.util"] = MagicMock()
    spec = spec_from_file_location("keypoint_moseq.io", folder / "io.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(expected: str, kind: str, path: str) -> None:
    wanted = np.load(expected)
    load = getattr(loaders(), f"_{kind}_loader")
    coordinates, confidences, keypoints = load(path, "one")
    ((name, points),) = coordinates.items()
    assert np.shape(confidences[name]) == points.shape[:2], np.shape(confidences[name])
    if keypoints is not None:
        assert list(keypoints) == wanted["keypoints"].tolist(), keypoints
    np.testing.assert_allclose(points, wanted["points"], atol=6e-4)
    print(f"{kind}: {np.isfinite(points).all(axis=-1).sum()} points agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
