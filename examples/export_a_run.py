"""A pose run as other tools read it: the good points for anipose's readers, and labels that train DeepLabCut."""

from pathlib import Path

import behaviorvlm
from behaviorvlm.simulate.arena import simulate_arena

folder = Path("out") / "export_example"
if not (folder / "session").exists():
    simulate_arena(folder / "session", n_cameras=3, n_timepoints=20, seed=3, image_size=(384, 384))

session = behaviorvlm.open_session(folder / "session")
behaviorvlm.estimate_pose(session, run=folder / "run").close()

# Only what three views agree on; what does not pass is missing in the file. `behaviorvlm formats` lists all formats.
good = behaviorvlm.QualityFilter(min_views=3, max_error_px=2.0)
table = behaviorvlm.export_run(folder / "run", folder / "good.points3d.csv", to="anipose", points=good)
print("positions:", *table.paths)

# A project with pictures and labels of every view, ready for deeplabcut.create_training_dataset.
project = behaviorvlm.export_run(folder / "run", folder / "deeplabcut", to="deeplabcut")
print("project:  ", folder / "deeplabcut", "with", len(list((folder / "deeplabcut").rglob("*.png"))), "pictures")
print("it cannot hold:", project.loses)

# And from one tool to the next, without a run.
csv = next((folder / "deeplabcut").rglob("CollectedData_*.csv"))
print("converted:", *behaviorvlm.convert_file(csv, folder / "view.analysis.h5").paths)
