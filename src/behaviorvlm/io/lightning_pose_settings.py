"""Lightning Pose's settings for exported labels: the project, and enough to train a heatmap network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from behaviorvlm.types.pose_table import PoseTable

INPUT_PX = 256
"""Pictures are scaled to this for the network; a multiple of 128 is asked for."""
TRAINING: dict[str, object] = {
    "imgaug": "dlc",
    "train_batch_size": 8,
    "val_batch_size": 16,
    "test_batch_size": 16,
    "train_prob": 0.9,
    "val_prob": 0.1,
    "train_frames": 1,
    "num_gpus": 1,
    "num_workers": 4,
    "unfreezing_epoch": 20,
    "min_epochs": 100,
    "max_epochs": 300,
    "log_every_n_steps": 10,
    "check_val_every_n_epoch": 5,
    "ckpt_every_n_epochs": None,
    "early_stopping": False,
    "rng_seed_data_pt": 0,
    "rng_seed_model_pt": 0,
    "optimizer": "Adam",
    "optimizer_params": {"learning_rate": 0.001},
    "lr_scheduler": "multisteplr",
    "lr_scheduler_params": {"multisteplr": {"milestones": [150, 200, 250], "gamma": 0.5}},
    "uniform_heatmaps_for_nan_keypoints": False,
}


def project_settings(poses: PoseTable, views: Sequence[str]) -> dict[str, object]:
    """Return the views, none of them named where there is one only, and the keypoints."""
    return {"schema_version": 1, "view_names": [*views] if len(views) > 1 else [], "keypoint_names": [*poses.keypoints]}


def training_settings(
    path: Path, poses: PoseTable, *, views: Sequence[str], tables: Sequence[str]
) -> dict[str, object]:
    """Return settings to train with.

    Args:
        path: The folder, absolute.
        poses: The labels.
        views: Names of the views.
        tables: File name of each view's labels.
    """
    several = len(views) > 1
    return {
        "data": {
            "image_resize_dims": {"height": INPUT_PX, "width": INPUT_PX},
            "data_dir": str(path),
            "video_dir": str(path / "videos"),
            "csv_file": [*tables] if several else tables[0],
            **({"view_names": [*views]} if several else {}),
            "downsample_factor": 2,
            "num_keypoints": len(poses.keypoints),
            "keypoint_names": [*poses.keypoints],
            "mirrored_column_matches": None,
            "columns_for_singleview_pca": None,
        },
        "training": TRAINING,
        "model": {
            "losses_to_use": [],
            "backbone": "vits_dino" if several else "resnet50_animal_ap10k",
            "model_type": "heatmap_multiview_transformer" if several else "heatmap",
            "heatmap_loss_type": "mse",
            "model_name": poses.name,
            "checkpoint": None,
        },
        "dali": {
            "base": {"train": {"sequence_length": 16}, "predict": {"sequence_length": 64}},
            "context": {"train": {"batch_size": 8}, "predict": {"sequence_length": 64}},
        },
        "losses": {},
        "eval": {
            "predict_vids_after_training": True,
            "test_videos_directory": str(path / "videos"),
            "save_vids_after_training": False,
            "colormap": "cool",
            "confidence_thresh_for_vid": 0.9,
        },
    }
