"""What the page of a behavior run fetches: numbers and pictures by place, never by path."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from unit.report.made_runs import ANIMALS, FRAMES, HOSTILE, RATE, made_bouts, make_behavior_run
from unit.review.behavior_runs import CHASE, REST, SNIFF, make_reviewed_run, write_bare_run

pytest.importorskip("nicegui", reason="the browser app is an extra: pip install '.[review]'")
import httpx
from fastapi import FastAPI

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.io.color_video import write_color_video
from behaviorvlm.io.recordings import RecordingFile
from behaviorvlm.review.behavior_clips import PICTURES, STRIP_SIZE, clipped, loop_s
from behaviorvlm.review.behavior_routes import add_behavior_routes, clip_address
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout

SIZE, LONG = (64, 48), 60


def asked(space: BehaviorWorkspace, address: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Return the answer to a request, asked in this thread, as SQLite wants it."""
    app = FastAPI()
    add_behavior_routes(app, space)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(address, headers=headers)

    return asyncio.run(ask())


@pytest.fixture
def space(tmp_path: Path) -> BehaviorWorkspace:
    return BehaviorWorkspace.open(make_reviewed_run(tmp_path / "run"))


def film_run(folder: Path) -> Path:
    """Write a video, tracks of two animals in it, and a run of both without results but times; return the run."""
    ramp = np.linspace(0, 255, SIZE[0], dtype=np.uint8)
    pictures = (np.full((SIZE[1], SIZE[0], 3), ramp[None, :, None]) for _ in range(LONG))
    write_color_video(folder / "film.mp4", pictures, frame_rate_hz=RATE)
    head = "scorer,x,x,x,x,x,x\nindividuals,left,left,left,right,right,right\nbodyparts,nose,nose,nose,nose,nose,nose\n"
    rows = "".join(f"{frame},{5 + frame / 4},20,1,40,{30 - frame / 4},1\n" for frame in range(LONG))
    (folder / "film.csv").write_text(f"{head}coords,x,y,likelihood,x,y,likelihood\n{rows}")
    recording = RecordingFile("film", tracks=str(folder / "film.csv"), video=str(folder / "film.mp4"))
    return write_bare_run(folder / "run", recording, [])


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BehaviorWorkspace]:
    yield BehaviorWorkspace.open(film_run(tmp_path_factory.mktemp("filmed")))


def test_a_scene_holds_what_is_drawn(space: BehaviorWorkspace) -> None:
    scene = asked(space, "/scene/1").json()
    assert scene["behaviors"] == [CHASE, SNIFF, REST] and scene["frames"] == FRAMES and scene["edges"] == []
    assert [one["name"] for one in scene["individuals"]] == list(ANIMALS)
    assert scene["bouts"]["start"] == [0, 20, 40, 10] and scene["bouts"]["target"] == [1, -1, 1, -1]
    assert scene["segments"]["cluster"][:4] == [0, 1, 2, 0] and len(scene["clusterColors"]) == 3
    assert [one["name"] for one in scene["traces"]] == ["speed", "distance", "turning"]
    assert scene["film"] == "" and scene["words"] == "The run was given no video."
    low, high = (scene["traces"][0][end] for end in ("low", "high"))
    assert 0 <= low < 0.1 and 2.9 < high < 3.0


def test_uneven_frames_have_their_times_in_the_scene(tmp_path: Path) -> None:
    folder = make_reviewed_run(tmp_path / "run", ["day1"])
    space = BehaviorWorkspace.open(folder)
    space._shown["day1"].edges_s[1:] += 0.02
    edges = asked(space, "/scene/0").json()["edges"]
    assert len(edges) == FRAMES + 1 and edges[:3] == [0.0, 0.12, 0.22]


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    folder = make_behavior_run(tmp_path / "run", {"day1": made_bouts("day1", [HOSTILE])})
    answer = asked(BehaviorWorkspace.open(folder), "/scene/0")
    assert answer.headers["content-type"] == "application/json" and answer.json()["behaviors"] == [HOSTILE]


def test_features_come_stretch_by_stretch(space: BehaviorWorkspace) -> None:
    answer = asked(space, "/features/0?start=10&count=100&step=2")
    values = np.frombuffer(answer.content, "<f4").reshape(3, 2, 95)
    expected = np.arange(10, FRAMES, 2) / FRAMES
    np.testing.assert_allclose(values[:, 1], np.array([3, 4, 2])[:, None] * expected, rtol=1e-6)
    assert np.isnan(values[0, 0, :5]).all() and np.isfinite(values[0, 0, 5:]).all()


def test_tracks_are_those_of_the_file(filmed: BehaviorWorkspace) -> None:
    points = np.frombuffer(asked(filmed, "/tracks/0?start=4&stop=600").content, "<f4").reshape(-1, 2, 1, 2)
    assert len(points) == LONG - 4
    np.testing.assert_allclose(points[0, :, 0], [[6, 20], [40, 29]])


def test_without_a_file_of_tracks_there_are_none(space: BehaviorWorkspace) -> None:
    assert asked(space, "/tracks/0?start=0&stop=10").content == b""
    assert asked(space, "/clip/0/0/0/20").status_code == 404


def test_a_video_is_served_in_ranges(filmed: BehaviorWorkspace) -> None:
    answer = asked(filmed, "/film/0", {"Range": "bytes=10-19"})
    whole = Path(filmed.run.manifest.inputs["film/video"].path).read_bytes()
    assert answer.status_code == 206 and answer.content == whole[10:20]
    assert answer.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert asked(filmed, "/film/0").headers["content-type"] == "video/mp4"


def test_a_clip_is_a_strip_of_pictures(filmed: BehaviorWorkspace) -> None:
    bout = Bout("film", "left", "right", CHASE, 5, 55, 0.5, 5.5, 0.5)
    address = clip_address(0, bout, ("left", "right"))
    assert address == "/clip/0/0/5/55?target=1"
    strip = cv2.imdecode(np.frombuffer(asked(filmed, address).content, np.uint8), cv2.IMREAD_COLOR)
    assert strip.shape == (STRIP_SIZE[1], STRIP_SIZE[0], 3)
    tiles = np.split(strip, PICTURES, axis=1)
    assert np.abs(tiles[0].astype(int) - tiles[-1]).max() > 60  # the animals have moved
    assert clipped(bout).stop_frame == 35 and loop_s(bout) == 3.0


def test_without_the_video_clips_show_the_tracks(tmp_path: Path) -> None:
    space = BehaviorWorkspace.open(film_run(tmp_path))
    (tmp_path / "film.mp4").rename(tmp_path / "moved.mp4")
    scene = asked(space, "/scene/0").json()
    assert scene["film"] == "" and "a file of the run is gone" in scene["words"]
    assert asked(space, "/film/0").status_code == 404
    answer = asked(space, "/clip/0/0/5/25")
    strip = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert answer.status_code == 200 and len(np.unique(strip)) > 20  # points on dark ground
    (tmp_path / "moved.mp4").rename(tmp_path / "film.mp4")
    assert asked(space, "/scene/0").json()["film"] == "/film/0"


@pytest.mark.parametrize(
    "address",
    [
        "/scene/2", "/scene/-1", "/film/0", "/film/9", "/tracks/9?start=0&stop=3",
        "/features/0?start=999&count=3&step=1", "/clip/0/0/20/10", "/clip/0/0/0/201", "/clip/0/5/0/10",
        "/clip/0/0/0/10?target=7", "/film/..%2Frun.toml", "/film/../run.toml",
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(space: BehaviorWorkspace, address: str) -> None:
    assert asked(space, address).status_code in (404, 422)
    assert b"format" not in asked(space, address).content


@pytest.mark.parametrize("query", ["start=0&count=5000&step=1", "start=-1&count=5&step=1", "start=0&count=5&step=0"])
def test_what_would_be_too_much_is_refused(space: BehaviorWorkspace, query: str) -> None:
    answer = asked(space, f"/features/0?{query}")
    assert answer.status_code == 422 and json.loads(answer.content)["detail"]


def test_a_run_that_has_not_come_to_a_recording_says_so(tmp_path: Path) -> None:
    recording = RecordingFile("late", tracks=str(tmp_path / "late.csv"), frame_rate_hz=10.0)
    (tmp_path / "late.csv").write_text("x")
    BehaviorRun.start(tmp_path / "run", [recording], settings=BehaviorSettings()).close()
    space = BehaviorWorkspace.open(tmp_path / "run")
    scene = asked(space, "/scene/0").json()
    assert not scene["ready"] and "has not come to this recording" in scene["words"]
    assert asked(space, "/tracks/0?start=0&stop=2").status_code == 404


def test_names_of_behaviors_are_those_of_the_scene(space: BehaviorWorkspace) -> None:
    assert set(space.behaviors()) == {CHASE, REST, SNIFF}
