from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from track_files import (
    ANIMALS,
    KEYPOINTS,
    N_FRAMES,
    SAME_POINTS,
    deeplabcut_text,
    make_confidence,
    make_points,
    write_deeplabcut,
    write_pandas_fixed,
    write_pandas_table,
    write_slp,
)

from behaviorvlm.errors import FormatError, InputError, SettingsError
from behaviorvlm.io.tracks_file import FORMATS, detect_format, list_sequences, read_tracks


@pytest.mark.parametrize("name", SAME_POINTS)
def test_the_same_points_come_out_of_every_format(tmp_path: Path, name: str) -> None:
    kind, write = SAME_POINTS[name]
    write(tmp_path / name)
    assert detect_format(tmp_path / name) == kind
    assert list_sequences(tmp_path / name) == ("",)
    table = read_tracks(tmp_path / name)
    assert (table.individuals, table.keypoints) == (ANIMALS, KEYPOINTS)
    np.testing.assert_array_equal(table.points_px, make_points())
    np.testing.assert_allclose(table.confidence, make_confidence(make_points()))
    np.testing.assert_array_equal(table.frames, range(N_FRAMES))


def test_the_content_tells_the_format_and_not_the_name(tmp_path: Path) -> None:
    write_slp(tmp_path / "walk.csv")
    assert detect_format(tmp_path / "walk.csv") == "slp"
    assert read_tracks(tmp_path / "walk.csv", format="slp").individuals == ANIMALS


def test_zero_zero_is_missing_and_zero_alone_is_not(tmp_path: Path) -> None:
    points = make_points()
    points[0, 0, 0], points[0, 0, 1] = (0, 0), (0, 5)
    (tmp_path / "c.csv").write_text(deeplabcut_text(points))
    table = read_tracks(tmp_path / "c.csv")
    assert np.isnan(table.points_px[0, 0, 0]).all()
    assert np.isnan(table.confidence[0, 0, 0])
    np.testing.assert_array_equal(table.points_px[0, 0, 1], [0, 5])


def test_points_of_little_confidence_are_missing(tmp_path: Path) -> None:
    text = (
        deeplabcut_text(make_points())
        .replace("10.5,11.5,0.9", "10.5,11.5,0.29")
        .replace("14.5,15.5,0.9", "14.5,15.5,0.31")
    )
    (tmp_path / "c.csv").write_text(text)
    usual = read_tracks(tmp_path / "c.csv")
    assert np.isnan(usual.points_px[0, 0, 0]).all()
    np.testing.assert_array_equal(usual.points_px[0, 0, 2], [14.5, 15.5])
    np.testing.assert_array_equal(read_tracks(tmp_path / "c.csv", min_confidence=0).points_px, make_points())
    assert np.isnan(read_tracks(tmp_path / "c.csv", min_confidence=0.95).points_px).all()


def test_frames_that_the_file_leaves_out_have_no_points(tmp_path: Path) -> None:
    lines = deeplabcut_text(make_points()).splitlines()
    kept = [*lines[:4], lines[8], lines[6]]  # frames 4 and 2, in this order
    (tmp_path / "c.csv").write_text("\n".join(kept))
    table = read_tracks(tmp_path / "c.csv")
    np.testing.assert_array_equal(table.frames, range(5))
    np.testing.assert_array_equal(table.points_px[[2, 4]], make_points()[[2, 4]])
    assert np.isnan(table.points_px[[0, 1, 3]]).all()
    np.testing.assert_array_equal(table.lines, [-1, -1, 6, -1, 5])


@pytest.mark.parametrize("frames", [["3", "3"], ["3", "900000"]], ids=["twice", "far apart"])
def test_numbers_that_are_no_frames_are_refused(tmp_path: Path, frames: list[str]) -> None:
    lines = deeplabcut_text(make_points()).splitlines()
    rows = [",".join([frame, *lines[4].split(",")[1:]]) for frame in frames]
    (tmp_path / "c.csv").write_text("\n".join([*lines[:4], *rows]))
    with pytest.raises(FormatError, match="numbers of the frames"):
        read_tracks(tmp_path / "c.csv")


def test_identical_names_are_refused_with_the_file(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp", tracks=("mouse", "mouse"))
    with pytest.raises(InputError, match="individuals have the same name") as caught:
        read_tracks(tmp_path / "w.slp")
    assert "w.slp" in caught.value.where
    assert caught.value.actual == "mouse"


UNKNOWN = {
    "readme.md": b"# no tracks",
    "empty.csv": b"",
    "table.csv": b"frame,x,y\n1,2,3\n",
    "pixels.bin": bytes(range(256)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(UNKNOWN[name])
    with pytest.raises(FormatError) as caught:
        read_tracks(tmp_path / name)
    assert all(kind.title in caught.value.expected for kind in FORMATS.values())
    assert name in caught.value.where


def test_unknown_names_of_formats_and_missing_files(tmp_path: Path) -> None:
    write_deeplabcut(tmp_path / "c.csv")
    with pytest.raises(SettingsError, match="did you mean deeplabcut"):
        read_tracks(tmp_path / "c.csv", format="deeplabcutt")
    with pytest.raises(FormatError, match="cannot be read"):
        read_tracks(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("name", SAME_POINTS)
def test_truncated_files_are_format_errors(tmp_path: Path, name: str) -> None:
    SAME_POINTS[name][1](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    refused = 0
    for share in (0.0, 0.05, 0.3, 0.6, 0.9):
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        try:
            read_tracks(tmp_path / name)
        except FormatError as error:
            refused += name in error.where
    assert refused >= 3  # a table of text may end after any whole row


def test_names_of_columns_that_would_run_code_are_refused(tmp_path: Path) -> None:
    write_pandas_table(tmp_path / "w.h5", columns={"of": Path("a")})
    with pytest.raises(FormatError, match="names of the columns") as caught:
        read_tracks(tmp_path / "w.h5")
    assert "no plain value" in caught.value.actual


@pytest.mark.parametrize("columns", [[], [("x",)], [("a", "b", "c", "d", "e")] * 18], ids=["none", "short", "deep"])
def test_other_tables_of_pandas_are_refused(tmp_path: Path, columns: object) -> None:
    write_pandas_table(tmp_path / "w.h5", columns=columns)
    with pytest.raises(FormatError, match="columns are not DeepLabCut's"):
        read_tracks(tmp_path / "w.h5")


def test_the_index_of_a_pandas_table_is_the_frame(tmp_path: Path) -> None:
    write_pandas_table(tmp_path / "w.h5", index=np.array([1, 2, 3, 5, 7, 9]))
    table = read_tracks(tmp_path / "w.h5")
    np.testing.assert_array_equal(table.points_px[[1, 2, 3, 5, 7, 9]], make_points())
    assert np.isnan(table.points_px[[0, 4, 6, 8]]).all()


def test_two_tables_in_one_file_are_refused(tmp_path: Path) -> None:
    import h5py

    write_pandas_fixed(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.copy("df_with_missing", "again")
    with pytest.raises(FormatError, match="does not hold one table"):
        read_tracks(tmp_path / "w.h5")


def test_corners_of_the_arena_are_no_animal(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "scorer,me,me,me,me,me,me\nindividuals,m1,m1,m2,m2,single,single\nbodyparts,nose,nose,nose,nose,corner,corner\n"
        "coords,x,y,x,y,x,y\n0,1,2,3,4,5,6\n"
    )
    table = read_tracks(tmp_path / "c.csv")
    assert (table.individuals, table.keypoints) == (("m1", "m2"), ("nose",))
    np.testing.assert_array_equal(table.points_px[0, :, 0], [[1, 2], [3, 4]])
