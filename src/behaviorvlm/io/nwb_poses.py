"""Poses in NWB with ndx-pose 0.4: a `MultiCameraPoseEstimation` of each individual. Needs pynwb and ndx-pose.

pynwb writes the file with empty datasets of full length, and h5py fills them block by block: its own way of writing
in pieces would go through all blocks again for every keypoint of every camera. Lengths are in mm, as the units of each
series say; cameras are `CalibratedCamera` devices, OpenCV's model. What NWB has no field for (picture sizes,
left/right pairs, frame offsets) is JSON in ``general/notes``. Reprojection error and views are `TimeSeries` beside the
poses.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.every_timepoint import larger_blocks
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import file_names, files_by_name
from behaviorvlm.io.hdf5 import runs_of
from behaviorvlm.io.pose_notes import notes_text
from behaviorvlm.types import VISIBLE
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

if TYPE_CHECKING:
    import h5py
    from ndx_pose import MultiCameraPoseEstimation, PoseEstimation, PoseEstimationSeries, Skeleton
    from pynwb import NWBFile, TimeSeries
    from pynwb.device import Device
    from pynwb.file import Subject
    from pynwb.image import ImageSeries

MODULE, CONTAINER, VIEW = "behavior", "MultiCameraPoseEstimation", "PoseEstimation"
ERROR, VIEWS = "ReprojectionError", "Views"
CHUNK = 4096
DATASET_CACHE = 128 * 1024
"""Bytes, a chunk or two: there are hundreds of datasets, and HDF5 would keep 1 MB of each."""
ANY_AGE = "P0D/"
"""From 0 days on: NWB's way to say an age that is not known."""
SCORE_MEANS = "chance that the position is right, from 0 to 1"
CONFIDENCE_MEANS = "confidence in the point of this view, from 0 to 1"


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write poses as NWB, every timepoint from 0 to the last, NaN where a point is missing.

    Args:
        path: The file; replaced whole at the end.
        poses: What to write. Videos that exist are linked by their paths relative to the file.
        options: `scorer`, and `channel`, which says the video a view is linked to.

    Returns:
        The file.

    Raises:
        SettingsError: If the frame rate is not known: NWB counts time in seconds.
        RunStorageError: If the disk refuses.
    """
    if not poses.frame_rate_hz:
        raise SettingsError(
            "the frame rate is not known",
            where=str(path),
            expected="timepoints per second: NWB counts time in seconds",
            actual="none",
            remedy="export from a session or a file that states it",
        )
    import h5py

    with replacing(path) as temporary, h5py.File(temporary, "w", rdcc_nbytes=DATASET_CACHE) as file:
        _Skeletal(poses, options or ExportOptions(), path.parent).write(file)
        _fill(file, poses)
    return (path,)


def container_names(poses: PoseTable) -> tuple[str, ...]:
    """Return the name of the container of each individual."""
    if len(poses.individuals) == 1:
        return (CONTAINER,)
    return tuple(f"{CONTAINER}_{name}" for name in file_names(poses.individuals))


def series_names(poses: PoseTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names within a container: of the series of each keypoint, and of the views of each camera."""
    names = file_names([*poses.keypoints, *(f"{VIEW}_{camera}" for camera in poses.cameras)])
    return names[: len(poses.keypoints)], names[len(poses.keypoints) :]


class _Skeletal:
    """The file with everything in it but the numbers."""

    def __init__(self, poses: PoseTable, options: ExportOptions, folder: Path) -> None:
        self._poses, self._options, self._folder = poses, options, folder
        self._rate = float(poses.frame_rate_hz or 0)

    def write(self, into: h5py.File) -> None:
        from ndx_pose import Skeletons
        from pynwb import NWBHDF5IO

        file = self._file()
        module = file.create_processing_module(MODULE, "named keypoints in space and in every view")
        skeleton = self._skeleton()
        module.add(Skeletons(skeletons=[skeleton]))
        devices = self._devices(file)
        videos = self._videos(file)
        for individual, name in zip(self._poses.individuals, container_names(self._poses), strict=True):
            module.add(self._container(name, individual, skeleton=skeleton, devices=devices, videos=videos))
            module.add(self._beside(f"{ERROR}{name.removeprefix(CONTAINER)}", "pixels", "mean reprojection error"))
            module.add(self._beside(f"{VIEWS}{name.removeprefix(CONTAINER)}", "count", "views a position rests on"))
        NWBHDF5IO(file=into, mode="w").write(file)  # whoever opened it closes it

    def _file(self) -> NWBFile:
        from pynwb import NWBFile

        notes = notes_text(self._poses)
        kept = self._poses.provenance
        stated = next((key for key in ("recorded", "created") if _moment(kept.get(key))), None)
        start = _moment(kept.get(stated)) if stated else datetime.now(UTC)
        where = {"recorded": "of the recording", "created": "of the run, not of the recording"}
        return NWBFile(
            session_description=f"{self._poses.name}: poses from {len(self._poses.cameras)} cameras; the start time is "
            f"that {where.get(stated or '', 'of this file: the recording does not say its own')}",
            identifier=str(uuid.uuid5(uuid.NAMESPACE_URL, notes)),
            session_start_time=start,
            session_id=self._poses.name,
            notes=notes,
            subject=self._subject(),
        )

    def _subject(self) -> Subject:
        """Return the animal; archives ask for age and sex, and what nobody stated is said to be unknown."""
        from pynwb.file import Subject

        kept = self._poses.provenance
        names = ", ".join(self._poses.individuals)
        return Subject(
            subject_id=kept.get("subject_id", names).replace("/", "_"),
            description=f"individuals: {names}",
            species=kept.get("subject_species"),
            sex=kept.get("subject_sex", "U"),
            age=kept.get("subject_age", ANY_AGE),
        )

    def _skeleton(self) -> Skeleton:
        from ndx_pose import Skeleton

        edges = self._poses.skeleton.edge_indices
        small = np.uint8 if len(self._poses.keypoints) <= np.iinfo(np.uint8).max else np.uint16
        return Skeleton(name="skeleton", nodes=list(self._poses.keypoints), edges=edges.astype(small))

    def _devices(self, file: NWBFile) -> dict[str, Device]:
        from ndx_pose import CalibratedCamera
        from pynwb.device import Device

        found = {}
        for camera, name in files_by_name(self._poses.cameras).items():
            size = self._poses.image_sizes.get(camera)
            seen = f"camera {camera}" + (f", pictures of {size[0]} x {size[1]} px" if size else "")
            rig = self._poses.rig
            if rig is not None and camera in rig.names:
                one = rig[camera]
                found[camera] = CalibratedCamera(
                    name=name,
                    description=f"{seen}; OpenCV's model: distortion k1 k2 p1 p2 k3, world to camera in mm",
                    intrinsic_matrix=one.matrix.copy(),
                    rotation_matrix=one.rotation.copy(),
                    translation_vector=one.tvec.copy(),
                    distortion_coefficients=one.distortion.copy(),
                )
            else:
                found[camera] = Device(name=name, description=seen)
            file.add_device(found[camera])
        return found

    def _videos(self, file: NWBFile) -> dict[str, ImageSeries]:
        """Add the videos that exist, and return the one each camera's points are linked to."""
        from pynwb.image import ImageSeries

        chosen: dict[str, ImageSeries] = {}
        pairs = [(one, channel) for one in self._poses.cameras for channel in self._poses.videos.get(one, {})]
        for (camera, channel), name in zip(pairs, file_names(f"{one}_{two}" for one, two in pairs), strict=True):
            place = Path(self._poses.videos[camera][channel])
            if not place.is_file():
                continue
            size = self._poses.image_sizes.get(camera)
            series = ImageSeries(
                name=name,
                description=f"{channel} video of camera {camera}",
                unit="n.a.",
                format="external",
                external_file=[os.path.relpath(place.resolve(), self._folder.resolve())],
                starting_frame=[0],
                starting_time=-self._poses.frame_offsets.get(camera, 0) / self._rate,
                rate=self._rate,
                num_samples=self._poses.n_timepoints + max(self._poses.frame_offsets.get(camera, 0), 0),
                **({"dimension": list(size)} if size else {}),
            )
            file.add_acquisition(series)
            if camera not in chosen or channel == (self._options.channel or VISIBLE):
                chosen[camera] = series
        return chosen

    def _container(
        self,
        name: str,
        individual: str,
        *,
        skeleton: Skeleton,
        devices: dict[str, Device],
        videos: dict[str, ImageSeries],
    ) -> MultiCameraPoseEstimation:
        from ndx_pose import MultiCameraPoseEstimation

        keypoints, views = series_names(self._poses)
        return MultiCameraPoseEstimation(
            name=name,
            pose_estimation_series=[
                self._series(
                    series, axes=3, unit="millimeters", frame="the world of the calibration", means=SCORE_MEANS
                )
                for series in keypoints
            ],
            pose_estimations=[
                self._view(view, skeleton=skeleton, device=devices[camera], video=videos.get(camera))
                for camera, view in zip(self._poses.cameras, views, strict=True)
            ],
            description=f"{individual}: "
            + "; ".join(f"{key} {value}" for key, value in self._poses.provenance.items()),
            scorer=self._options.scorer,
            source_software=self._poses.provenance.get("software", "behaviorvlm"),
            source_software_version=self._poses.provenance.get("version"),
            skeleton=skeleton,
        )

    def _view(self, name: str, *, skeleton: Skeleton, device: Device, video: ImageSeries | None) -> PoseEstimation:
        from ndx_pose import PoseEstimation

        frame = "(0, 0) is the centre of the top left pixel; x right, y down"
        keypoints, _ = series_names(self._poses)
        return PoseEstimation(
            name=name,
            description=f"points seen by the {device.description}",
            pose_estimation_series=[
                self._series(series, axes=2, unit="pixels", frame=frame, means=CONFIDENCE_MEANS) for series in keypoints
            ],
            device=device,
            skeleton=skeleton,
            source_software=self._poses.provenance.get("software", "behaviorvlm"),
            source_software_version=self._poses.provenance.get("version"),
            **({"source_video": video} if video is not None else {}),
        )

    def _series(self, name: str, *, axes: int, unit: str, frame: str, means: str) -> PoseEstimationSeries:
        from ndx_pose import PoseEstimationSeries

        return PoseEstimationSeries(
            name=name,
            description="estimated positions of a keypoint; NaN = missing",
            data=self._empty(axes),
            confidence=self._empty(),
            confidence_definition=means,
            unit=unit,
            reference_frame=frame,
            starting_time=0.0,
            rate=self._rate,
        )

    def _beside(self, name: str, unit: str, what: str) -> TimeSeries:
        from pynwb import TimeSeries

        return TimeSeries(
            name=name,
            description=f"{what}, one column a keypoint: {', '.join(self._poses.keypoints)}; NaN = not known",
            data=self._empty(len(self._poses.keypoints)),
            unit=unit,
            starting_time=0.0,
            rate=self._rate,
        )

    def _empty(self, *more: int) -> object:
        from pynwb import H5DataIO

        count = self._poses.n_timepoints
        return H5DataIO(
            shape=(count, *more),
            maxshape=(None, *more),
            dtype=np.float32,
            fillvalue=np.nan,
            chunks=(min(max(count, 1), CHUNK), *more),
        )


def _fill(file: h5py.File, poses: PoseTable) -> None:
    keypoints, views = series_names(poses)
    targets = []
    for name in container_names(poses):
        group = file[f"processing/{MODULE}/{name}"]
        targets.append(
            _Target(
                [_pair(group[series]) for series in keypoints],
                [[_pair(group[f"{view}/{series}"]) for series in keypoints] for view in views],
                [file[f"processing/{MODULE}/{what}{name.removeprefix(CONTAINER)}/data"] for what in (ERROR, VIEWS)],
            )
        )
    for block in larger_blocks(poses.blocks(), at_least=CHUNK):
        for individual, target in enumerate(targets):
            _put(block, individual, target)


def _pair(series: h5py.Group) -> tuple[h5py.Dataset, h5py.Dataset]:
    return series["data"], series["confidence"]


@dataclass(frozen=True)
class _Target:
    """The datasets of one individual: data and confidence by keypoint, by camera and keypoint; error and views."""

    space: list[tuple[h5py.Dataset, h5py.Dataset]]
    planes: list[list[tuple[h5py.Dataset, h5py.Dataset]]]
    beside: list[h5py.Dataset]


def _put(block: PoseBlock, individual: int, target: _Target) -> None:
    views = np.where(block.n_views < 0, np.nan, block.n_views)
    for part, where in runs_of(block.timepoint):
        for keypoint, (data, score) in enumerate(target.space):
            data[where] = block.points_mm[part, individual, keypoint]
            score[where] = block.score[part, individual, keypoint]
        for camera, plane in enumerate(target.planes):
            for keypoint, (data, confidence) in enumerate(plane):
                data[where] = block.points_px[part, camera, individual, keypoint]
                confidence[where] = block.confidence[part, camera, individual, keypoint]
        for dataset, values in zip(target.beside, (block.error_px, views), strict=True):
            dataset[where] = values[part, individual]


def _moment(text: str | None) -> datetime | None:
    """Return a time that says its zone, None where it is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
