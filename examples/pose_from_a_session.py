"""From a session folder to named 3D keypoints, as arrays, tables and pictures."""

from pathlib import Path

import behaviorvlm
from behaviorvlm.simulate.arena import simulate_arena

folder = Path("out") / "pose_example"
if not (folder / "session").exists():
    simulate_arena(folder / "session", n_cameras=4, n_timepoints=20, seed=1, image_size=(384, 384))

# A session is what was filmed: cameras, skeleton, videos, and the three timepoints that a person labelled.
session = behaviorvlm.open_session(folder / "session")
print(session)

# Geometry alone answers here. With a model: annotator="auto", model="http://localhost:8000/v1#Qwen/Qwen3.5-27B".
# The run folder keeps everything; the same line goes on where it was stopped, or reads what is finished.
run = behaviorvlm.estimate_pose(session, run=folder / "run", annotator="geometric")
print(run)

# As labelled arrays: where the upper back is at the first timepoints, in mm.
poses = run.to_xarray()
print(poses["position"].sel(individual="animal", keypoint="upper_back").isel(time=slice(3)))

# As a table: which keypoints to look at first, those whose margin over the second-best reading is small.
table = run.to_pandas()
print(table.nsmallest(5, "margin")[["timepoint", "keypoint", "error_px", "n_views", "margin", "flags"]].to_string())

# As pictures; in a notebook the last line of a cell shows them.
behaviorvlm.plots.poses_3d(run).savefig(folder / "poses.png")
behaviorvlm.plots.quality(run).savefig(folder / "quality.png")
run.close()
