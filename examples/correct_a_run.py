"""A person corrects a pose run: the change is on record, the tables follow, and it can be undone."""

from pathlib import Path

import behaviorvlm
from behaviorvlm.simulate.arena import simulate_arena

folder = Path("out") / "correction_example"
if not (folder / "session").exists():
    simulate_arena(folder / "session", n_cameras=3, n_timepoints=20, seed=2, image_size=(384, 384))

session = behaviorvlm.open_session(folder / "session")
behaviorvlm.estimate_pose(session, run=folder / "run").close()


def left_ear(timepoint: int) -> list[float]:
    """Return where the left ear is, x y z in mm."""
    with behaviorvlm.open_run(folder / "run") as run:
        poses = run.to_xarray()["position"].isel(time=timepoint, individual=0)
    return [round(float(place), 1) for place in poses.sel(keypoint="left_ear")]


print("as found:  ", left_ear(12))

# From timepoint 10 (included) to 15 (excluded), in all views. Others: SetPoint, ClearPoint, MoveBox, AcceptExemplar.
swap = behaviorvlm.SwapSides(start=10, stop=15, pairs=(("left_ear", "right_ear"),))
(kept,) = behaviorvlm.correct_pose(folder / "run", [swap], author="me", reason="seen in the video")
behaviorvlm.rerun(folder / "run")
print("corrected: ", left_ear(12), "by correction", kept.number)

# Nothing is erased: undoing is a further record, and the tables are again what they were.
behaviorvlm.undo_correction(folder / "run", kept.number, author="me", reason="was right after all")
behaviorvlm.rerun(folder / "run")
print("undone:    ", left_ear(12))
