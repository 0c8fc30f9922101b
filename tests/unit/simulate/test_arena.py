"""The simulated session folder: complete, true to its own truth, repeatable, and clear about bad input."""

from __future__ import annotations

import csv
import filecmp
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import BehaviorVLMError, CalibrationError, SessionError, SettingsError
from behaviorvlm.geometry.projection import project, project_all
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.io.skeleton import read_skeleton
from behaviorvlm.simulate.arena import simulate_arena
from behaviorvlm.simulate.rig import miscalibrated, ring_of_cameras
from behaviorvlm.simulate.seeds import pick_seeds
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.types import Camera, CameraGroup, FloatArray

N_TIMEPOINTS, N_CAMERAS = 66, 3
SIZE = (256, 192)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "box"
    return simulate_arena(folder, n_cameras=N_CAMERAS, n_timepoints=N_TIMEPOINTS, seed=4, image_size=SIZE)


def truth2d(session: Path, camera: str) -> tuple[FloatArray, FloatArray]:
    """Return px (timepoint, keypoint, 2) and the likelihood column (timepoint, keypoint)."""
    rows = np.genfromtxt(session / "truth" / f"points2d_{camera}.csv", delimiter=",", skip_header=3)[:, 1:]
    table = rows.reshape(len(rows), len(MOUSE), 3)
    return table[..., :2], table[..., 2]


def n_frames(path: Path) -> tuple[int, tuple[int, int], float]:
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 0)
        return sum(1 for _ in container.decode(stream)), (stream.width, stream.height), rate


def test_every_file_is_there(session: Path) -> None:
    cameras = [f"cam{number}" for number in range(N_CAMERAS)]
    expected = {"PROVENANCE.md", "calibration.toml", "skeleton.toml"}
    expected |= {f"videos/box_{camera}_{channel}.mp4" for camera in cameras for channel in ("visible", "fluorescence")}
    expected |= {f"seeds/CollectedData_{camera}.csv" for camera in cameras}
    expected |= {f"truth/{kind}_{camera}.csv" for camera in cameras for kind in ("points2d", "spurious")}
    expected |= {"truth/points3d.csv", "truth/calibration_true.toml", "truth/README.md"}
    assert {str(path.relative_to(session)) for path in session.rglob("*") if path.is_file()} == expected


def test_videos_are_as_long_as_asked_for(session: Path) -> None:
    for path in (session / "videos").iterdir():
        assert n_frames(path) == (N_TIMEPOINTS, SIZE, 30.0)


def test_projecting_the_true_points_gives_the_true_pixels(session: Path) -> None:
    cameras = read_calibration(session / "truth" / "calibration_true.toml")
    points = read_points3d(session / "truth" / "points3d.csv")
    assert points.keypoints == MOUSE.keypoints
    np.testing.assert_array_equal(points.timepoints, np.arange(N_TIMEPOINTS))
    for camera in cameras:
        np.testing.assert_allclose(truth2d(session, camera.name)[0], project(points.points_mm, camera), atol=2e-3)


def test_the_given_calibration_is_slightly_wrong(session: Path) -> None:
    true = read_calibration(session / "truth" / "calibration_true.toml")
    given = read_calibration(session / "calibration.toml")
    points = read_points3d(session / "truth" / "points3d.csv").points_mm
    apart = np.linalg.norm(project_all(points, given) - project_all(points, true), axis=-1)
    assert given.names == true.names
    assert 0.02 < np.median(apart) < 2


def test_the_dots_can_be_seen_in_the_video(session: Path) -> None:
    import av

    pixels, likelihood = truth2d(session, "cam1")
    with av.open(str(session / "videos" / "box_cam1_fluorescence.mp4")) as container:
        for timepoint, frame in enumerate(container.decode(video=0)):
            picture = frame.to_ndarray(format="gray")
            for x, y in pixels[timepoint][likelihood[timepoint] > 0.8].round().astype(int).tolist():
                around = picture[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
                assert around.max() > np.median(picture) + 12


def test_seeds_are_aligned_jittered_and_blank_where_nothing_can_be_seen(session: Path) -> None:
    tables = {
        f"cam{number}": read_keypoints(session / "seeds" / f"CollectedData_cam{number}.csv") for number in range(3)
    }
    frames = tables["cam0"].frames
    assert len(frames) == 3
    assert (np.diff(frames) >= 10).all()
    errors = []
    for camera, table in tables.items():
        np.testing.assert_array_equal(table.frames, frames)
        pixels, likelihood = truth2d(session, camera)
        labels = table.points_px.reshape(3, len(MOUSE), 2)
        clear = likelihood[frames] >= 0.5
        np.testing.assert_array_equal(np.isfinite(labels).all(axis=-1), clear)
        errors.append((labels - pixels[frames])[clear])
    assert np.std(np.concatenate(errors)) == pytest.approx(1.0, rel=0.25)


def test_seed_rows_name_the_frame_as_deeplabcut_does(session: Path) -> None:
    last = (session / "seeds" / "CollectedData_cam2.csv").read_text().splitlines()[-1]
    frame = int(read_keypoints(session / "seeds" / "CollectedData_cam2.csv").frames[-1])
    assert last.startswith(f"labeled-data/box_cam2/img{frame:05d}.png,")


def test_the_skeleton_is_the_one_of_the_paper(session: Path) -> None:
    assert read_skeleton(session / "skeleton.toml") == MOUSE
    assert len(MOUSE) == 12
    assert [region.name for region in MOUSE.regions] == ["ears", "back", "paws", "tail"]


def test_what_is_no_dot_is_listed(session: Path) -> None:
    with (session / "truth" / "spurious_cam0.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["kind"] for row in rows} == {"reflection", "speck", "glint"}
    assert all(0 <= int(row["fnum"]) < N_TIMEPOINTS and float(row["peak"]) >= 1 for row in rows)
    assert all(-0.5 <= float(row["x"]) <= SIZE[0] and -0.5 <= float(row["y"]) <= SIZE[1] for row in rows)


def test_the_texts_say_simulated_and_guessed(session: Path) -> None:
    for name in ("PROVENANCE.md", "truth/README.md"):
        text = (session / name).read_text()
        assert "SIMULATED" in text.splitlines()[0]
        assert "uessed" in text


def test_same_seed_same_bytes(session: Path, tmp_path: Path) -> None:
    again = simulate_arena(tmp_path / "box", n_cameras=N_CAMERAS, n_timepoints=N_TIMEPOINTS, seed=4, image_size=SIZE)
    names = [str(path.relative_to(session)) for path in session.rglob("*") if path.is_file()]
    same, different, missing = filecmp.cmpfiles(session, again, names, shallow=False)
    assert sorted(same) == sorted(names), (different, missing)


def test_another_seed_another_session(tmp_path: Path) -> None:
    folders = [
        simulate_arena(
            tmp_path / str(seed),
            n_cameras=2,
            n_timepoints=3,
            seed=seed,
            image_size=(64, 64),
            settings=ArenaSettings(channels=("fluorescence",)),
        )
        for seed in (0, 1)
    ]
    for name in ("truth/points3d.csv", "calibration.toml", "seeds/CollectedData_cam0.csv"):
        assert (folders[0] / name).read_bytes() != (folders[1] / name).read_bytes()


def test_two_cameras_one_channel_and_its_own_name(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    folder = simulate_arena(
        tmp_path / "a folder",
        n_cameras=2,
        n_timepoints=70,
        image_size=(64, 64),
        settings=ArenaSettings(channels=("fluorescence",), session="mouse-1", frame_rate_hz=60, n_seeds=2),
        progress=lambda stage, done, total: told.append((stage, done, total)),
    )
    videos = sorted(path.name for path in (folder / "videos").iterdir())
    assert videos == ["mouse-1_cam0_fluorescence.mp4", "mouse-1_cam1_fluorescence.mp4"]
    assert n_frames(folder / "videos" / videos[0]) == (70, (64, 64), 60.0)
    assert told[-1] == ("pictures", 140, 140)
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})


def test_a_rig_of_your_own(tmp_path: Path) -> None:
    ring = ring_of_cameras(3, image_size=(128, 96), settings=ArenaSettings(), seed=0)
    bent = CameraGroup(
        tuple(
            Camera(f"eye-{name}", (128, 96), camera.matrix, np.array([-0.1, 0.02, 0, 0, 0]), camera.rvec, camera.tvec)
            for name, camera in zip("abc", ring, strict=True)
        )
    )
    folder = simulate_arena(tmp_path / "own", n_timepoints=4, cameras=bent)
    true = read_calibration(folder / "truth" / "calibration_true.toml")
    assert true.names == ("eye-a", "eye-b", "eye-c")
    points = read_points3d(folder / "truth" / "points3d.csv").points_mm
    np.testing.assert_allclose(truth2d(folder, "eye-b")[0], project(points, bent["eye-b"]), atol=2e-3)
    assert n_frames(folder / "videos" / "own_eye-c_visible.mp4")[1] == (128, 96)


def test_no_calibration_error_gives_the_true_calibration() -> None:
    ring = ring_of_cameras(3, image_size=(128, 96), settings=ArenaSettings(), seed=0)
    exact = ArenaSettings(rotation_error_deg=0, position_error_mm=0, focal_error=0)
    for true, given in zip(ring, miscalibrated(ring, settings=exact, seed=0), strict=True):
        np.testing.assert_allclose(given.rotation, true.rotation, atol=1e-12)
        np.testing.assert_allclose(given.position_mm, true.position_mm, atol=1e-9)


@pytest.mark.parametrize("n_cameras", [2, 3, 6, 12])
def test_cameras_stand_on_a_ring_and_look_at_the_arena(n_cameras: int) -> None:
    ring = ring_of_cameras(n_cameras, image_size=(640, 480), settings=ArenaSettings(), seed=1)
    middle = project_all(np.array([0.0, 0.0, 12.0]), ring)
    np.testing.assert_allclose(middle, np.tile([319.5, 239.5], (n_cameras, 1)), atol=1e-6)
    for camera in ring:
        assert np.hypot(*camera.position_mm[:2]) == pytest.approx(520)
        assert 200 <= camera.position_mm[2] <= 400
        assert project(np.array([0.0, 0, 50]), camera)[1] < project(np.array([0.0, 0, 0]), camera)[1]


def test_seeds_show_every_keypoint_where_they_can() -> None:
    seen = np.zeros((60, 3, 4), dtype=bool)
    seen[:, :2, 0] = True
    seen[20, :2, 1:3] = True
    seen[45, 1:, 3] = True
    seen[50, 0, 3] = True  # one view is not enough
    assert pick_seeds(seen, n_seeds=2).tolist() == [20, 45]
    assert pick_seeds(seen, n_seeds=3).tolist() == [0, 20, 45]


@pytest.mark.parametrize("n_timepoints", [3, 5, 30])
def test_seeds_of_short_videos_differ(n_timepoints: int) -> None:
    picked = pick_seeds(np.ones((n_timepoints, 2, 1), dtype=bool), n_seeds=3)
    assert len(set(picked.tolist())) == 3
    assert picked.max() < n_timepoints


def below_the_floor() -> CameraGroup:
    ring = ring_of_cameras(2, image_size=(64, 64), settings=ArenaSettings(), seed=0)
    first = ring.cameras[0]
    tvec = -first.rotation @ (first.position_mm * [1, 1, -1])
    return CameraGroup((Camera("low", (64, 64), first.matrix, np.zeros(5), first.rvec, tvec), ring.cameras[1]))


@pytest.mark.parametrize(
    ("arguments", "kind", "where"),
    [
        ({"n_cameras": 1}, CalibrationError, ""),
        ({"n_cameras": 0}, CalibrationError, ""),
        ({"n_timepoints": 2}, SettingsError, "n_timepoints"),
        ({"n_timepoints": 0}, SettingsError, "n_timepoints"),
        ({"seed": -1}, SettingsError, "seed"),
        ({"image_size": (65, 64)}, SettingsError, "cam0"),
        ({"image_size": (32, 32)}, SettingsError, "cam0"),
        ({"image_size": (0, 64)}, CalibrationError, "cam0"),
        ({"cameras": below_the_floor()}, SettingsError, "low"),
        (
            {"cameras": below_the_floor(), "settings": ArenaSettings(n_seeds=9, seed_window=5)},
            SettingsError,
            "seed_window",
        ),
    ],
)
def test_bad_numbers_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: dict[str, object], kind: type[BehaviorVLMError], where: str
) -> None:
    with pytest.raises(kind) as error:
        simulate_arena(tmp_path / "new", **{"n_timepoints": 10, "image_size": (64, 64), **arguments})
    assert where in error.value.where
    assert error.value.expected and error.value.actual
    assert not (tmp_path / "new").exists()


def test_an_arena_nobody_looks_at_is_refused(tmp_path: Path) -> None:
    ring = ring_of_cameras(3, image_size=(64, 64), settings=ArenaSettings(), seed=0)
    with pytest.raises(SettingsError, match="fewer than 2 cameras see"):
        simulate_arena(tmp_path / "new", cameras=ring, settings=ArenaSettings(arena_center_mm=(900.0, 0.0)))


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": ()},
        {"channels": ("infrared",)},
        {"channels": ("visible", "visible")},
        {"arena_center_mm": (0.0, float("nan"))},
        {"frame_rate_hz": 0},
        {"frame_rate_hz": float("nan")},
        {"hidden_share": 1.0},
        {"arena_radius_mm": -3},
        {"session": "../elsewhere"},
        {"attenuation_mm": 0},
        {"brightness": float("inf")},
        {"n_specks": -1},
        {"colour": "blue"},
    ],
)
def test_bad_settings_are_refused_by_name(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as error:
        ArenaSettings(**changes)
    assert error.value.where.split(".")[0] == next(iter(changes))
    assert error.value.expected


def test_settings_survive_json() -> None:
    settings = ArenaSettings(arena_radius_mm=80, channels=("visible",))
    assert ArenaSettings.model_validate_json(settings.model_dump_json()) == settings


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SessionError, match="not empty") as error:
        simulate_arena(tmp_path, n_timepoints=3, image_size=(64, 64))
    assert error.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
