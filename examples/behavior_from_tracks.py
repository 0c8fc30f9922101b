"""From tracks of two animals to a named, timed ethogram; and its clusters taken to a second recording."""

from pathlib import Path

import behaviorvlm
from behaviorvlm.simulate.social import simulate_social

folder = Path("out") / "behavior_example"
for number, name in enumerate(("monday", "tuesday")):
    if not (folder / name).exists():
        simulate_social(folder / name, n_animals=2, seconds=20.0, seed=number)

# Tracks of DeepLabCut, SLEAP, MABe22, CalMS21, JABS or movement. Without video say the frame rate.
recordings = behaviorvlm.open_recordings(folder / "monday" / "monday.csv", frame_rate_hz=30.0)
print(recordings[0].open().tracks)

# Few clusters and few passes, because the recording is short. Leave settings out for a real one.
settings = behaviorvlm.BehaviorSettings(clusters=6, pretraining_epochs=5, clustering_epochs=3)
run = behaviorvlm.segment_behavior(recordings, run=folder / "monday_run", annotator="kinematic", settings=settings)
print(run)
print(run.ethogram())

# Who does what to whom, and when.
bouts = run.to_pandas()
bouts["seconds"] = bouts["stop_s"] - bouts["start_s"]
print(bouts.groupby(["individual", "behavior"])["seconds"].agg(["count", "sum"]).round(1))
behaviorvlm.plots.ethogram(run).savefig(folder / "ethogram.png")
run.close()

# Another day with the scales and clusters of the first, so that cluster numbers mean the same.
tuesday = behaviorvlm.open_recordings(folder / "tuesday" / "tuesday.csv", frame_rate_hz=30.0)
with behaviorvlm.segment_behavior(
    tuesday, run=folder / "tuesday_run", fitted=folder / "monday_run", settings=settings
) as second:
    labels = second.to_xarray()
print("frames of each cluster on tuesday:", labels["cluster"].to_series().value_counts().to_dict())
