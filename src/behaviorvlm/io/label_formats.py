"""Formats of named points in pictures, as rows of the registry."""

from __future__ import annotations

from behaviorvlm.io.file_format import FileFormat

IO = "behaviorvlm.io."
CHOICE = "of at most --max-frames timepoints, spread evenly over those that show a point"
POINTS = "points in px, individuals"

LABEL_FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        "deeplabcut",
        "pose",
        "DeepLabCut project folder, or a table .csv, .h5",
        read=f"{IO}deeplabcut_project:read",
        recognize=f"{IO}deeplabcut_project:is_deeplabcut",
        write=f"{IO}deeplabcut_project:write",
        keeps=f"a folder: {POINTS}, edges, pictures {CHOICE}; to a path that ends in .csv or .h5: {POINTS} and "
        "confidence of every frame, a file for each camera",
        loses="positions in mm, calibration, left/right pairs, frame rate, the name of an only animal; a folder: "
        "confidence; a table: edges",
        judge="DeepLabCut 3.0.2 (reads the tables, makes a training set and loads it), pandas 2.3 and 3.1; "
        "keypoint-moseq 0.8 (its loader)",
    ),
    FileFormat(
        "lightning-pose",
        "pose",
        "Lightning Pose folder of several views",
        read=f"{IO}lightning_pose:read",
        recognize=f"{IO}lightning_pose:is_lightning_pose",
        write=f"{IO}lightning_pose:write",
        keeps=f"points in px of one animal, calibration, pictures {CHOICE}, links to the videos, settings for training",
        loses="confidence, positions in mm, skeleton, frame rate; video links where cameras start at different frames",
        judge="Lightning Pose 2.4.3 (checks the settings, loads every view with its calibration)",
    ),
    FileFormat(
        "sleap",
        "pose",
        "SLEAP project .slp, or tracks analysis.h5",
        endings=(".slp", ".analysis.h5"),
        read=f"{IO}sleap_project:read",
        recognize=f"{IO}sleap_project:is_sleap",
        write=f"{IO}sleap_project:write",
        keeps=f".slp: {POINTS}, skeleton, calibration, pictures inside the file {CHOICE}; .h5: {POINTS}, confidence, "
        "edges, of every frame, a file for each camera",
        loses="positions in mm, frame rate; .slp: confidence (points count as a person's: SLEAP trains on no others), "
        "body regions; the calibration is not read back",
        judge="sleap-io 0.9.5, the library that SLEAP itself reads with; analysis.h5 also keypoint-moseq 0.8",
    ),
    FileFormat(
        "coco",
        "pose",
        "COCO keypoints, annotations.json and pictures in a folder",
        read=f"{IO}coco_reading:read",
        recognize=f"{IO}coco_reading:is_coco",
        write=f"{IO}coco:write",
        keeps=f"{POINTS}, edges, pictures {CHOICE}; camera, timepoint and individual under keys of our own",
        loses="confidence, positions in mm, calibration, left/right pairs, frame rate",
        judge="pycocotools 2.0.11",
    ),
    FileFormat(
        "jabs",
        "pose",
        "JABS pose .h5",
        read=f"{IO}pose_of_tracks:read_pose",
        recognize=f"{IO}pose_of_tracks:is_jabs",
        keeps=f"{POINTS}, confidence",
        loses="not written",
    ),
    FileFormat(
        "calms21",
        "pose",
        "CalMS21 tracks .json, .npy",
        read=f"{IO}pose_of_tracks:read_pose",
        recognize=f"{IO}pose_of_tracks:is_calms21",
        keeps=f"{POINTS}, confidence, of a file of one sequence",
        loses="not written",
    ),
    FileFormat(
        "mabe22",
        "pose",
        "MABe22 tracks .npy",
        read=f"{IO}pose_of_tracks:read_pose",
        recognize=f"{IO}pose_of_tracks:is_mabe22",
        keeps=f"{POINTS}, of a file of one sequence",
        loses="not written",
    ),
)
