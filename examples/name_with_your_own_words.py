"""Your own behaviors: a vocabulary with definitions, and some three bouts of each that you marked."""

import csv
from pathlib import Path

import behaviorvlm
from behaviorvlm.simulate.social import simulate_social

folder = Path("out") / "vocabulary_example"
if not (folder / "meeting").exists():
    simulate_social(folder / "meeting", n_animals=2, seconds=30.0, seed=4)

# What you want to tell apart, in your words.
(folder / "vocabulary.toml").write_text(
    """
[behaviors.pottering]
definition = "Walks about, on its own."

[behaviors."sitting still"]
definition = "Stays where it is."
"""
)

# Bouts you marked: a table with these columns, from BORIS or by hand. Here the three longest ones of the simulation.
meant = {"locomotion": "pottering", "rest": "sitting still"}
with (folder / "meeting" / "truth" / "bouts.csv").open(newline="") as file:
    true_bouts = list(csv.DictReader(file))
with (folder / "exemplars.csv").open("w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["recording", "individual", "behavior", "start_s", "stop_s"])
    for theirs, ours in meant.items():
        marked = [bout for bout in true_bouts if bout["behavior"] == theirs]
        marked.sort(key=lambda bout: float(bout["start_s"]) - float(bout["stop_s"]))
        for bout in marked[:3]:
            table.writerow([bout["recording"], bout["individual"], ours, bout["start_s"], bout["stop_s"]])

run = behaviorvlm.segment_behavior(
    behaviorvlm.open_recordings(folder / "meeting" / "meeting.csv", frame_rate_hz=30.0),
    run=folder / "run",
    vocabulary=folder / "vocabulary.toml",
    exemplars=folder / "exemplars.csv",
    settings=behaviorvlm.BehaviorSettings(clusters=6, pretraining_epochs=5, clustering_epochs=3),
)
print(run.ethogram())
print(run.to_pandas()[["individual", "behavior", "start_s", "stop_s", "confidence"]].head(10))
run.close()
