"""Intervals as parts of a message: what is read, how many pictures, how large, said in words."""

import numpy as np
import pytest
from unit.behavior.clip_views import SIZE, Film, decoded, two_animals, view_of
from unit.behavior.moving_animals import with_missing

from behaviorvlm.behavior.clip_showing import LEAST_FRAMES, ClipForm, Interval, show_clip
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Picture, Text, Video

INTERVAL = Interval("animal0", 30, 150)


def shown(form: ClipForm, *, source: Film | None = None, tracked: bool = True) -> tuple[str, list[Picture]]:
    view = view_of(two_animals() if tracked else None, source)
    interval = INTERVAL if tracked else Interval("scene", 30, 150)
    said, *pictures = show_clip(view, interval, form)
    assert isinstance(said, Text)
    return said.text, pictures


def test_a_long_clip_is_thinned_and_says_so() -> None:
    film = Film()
    words, pictures = shown(ClipForm(most_frames=5), source=film)
    assert film.picked == [30, 60, 89, 119, 149]
    assert len(pictures) == 5
    assert "4.0 s of animal0: 5 frames, one every 0.99 s, the first and the last included, a picture each" in words


def test_a_short_clip_is_shown_at_its_rate() -> None:
    film = Film()
    show_clip(view_of(two_animals(), film), Interval("animal0", 0, 31), ClipForm(rate_hz=10, most_frames=50))
    assert film.picked == list(range(0, 31, 3))


def test_one_frame_is_a_clip_too() -> None:
    words, *pictures = show_clip(view_of(two_animals(), Film()), Interval("animal0", 7, 8), ClipForm())
    assert len(pictures) == 1
    assert "1 frames, the first" in words.text


@pytest.mark.parametrize("kind", ["pictures", "sheet"])
@pytest.mark.parametrize("most", [30_000, 200_000, 1_000_000])
@pytest.mark.parametrize("tracked", [True, False])
def test_pictures_keep_to_their_pixels(kind: str, most: int, tracked: bool) -> None:
    _, pictures = shown(ClipForm(kind=kind, max_pixels=most), source=Film(), tracked=tracked)
    for picture in pictures:
        height, width = decoded(picture).shape[:2]
        assert height * width <= most
    if kind == "sheet":
        assert len(pictures) == 1
        assert decoded(pictures[0]).shape[0] * decoded(pictures[0]).shape[1] > 0.4 * min(most, 700_000)


def test_a_small_animal_is_shown_larger_than_it_is() -> None:
    tracks = two_animals()
    small = type(tracks)(tracks.individuals, tracks.keypoints, tracks.points_px / 4, tracks.confidence, tracks.times_s)
    _, *pictures = show_clip(view_of(small, Film()), Interval("animal0", 0, 30), ClipForm())
    assert max(decoded(pictures[0]).shape) > 440


@pytest.mark.parametrize("tracked", [True, False])
def test_a_grey_video_is_shown_too(tracked: bool) -> None:
    _, pictures = shown(ClipForm(most_frames=3), source=Film(grey=True), tracked=tracked)
    assert len(pictures) == 3


def test_without_tracks_the_whole_frame_is_shown_unmarked() -> None:
    _, pictures = shown(ClipForm(most_frames=2), source=Film(), tracked=False)
    picture = decoded(pictures[0])
    assert picture.shape[1] / (picture.shape[0] - 20) == pytest.approx(SIZE[0] / SIZE[1], abs=0.02)
    below = picture[20:].astype(int)
    assert np.abs(below[..., 0] - below[..., 2]).max() < 12  # grey but for the JPEG: nothing was drawn in color


def test_without_a_video_the_animals_are_drawn_on_plain_ground() -> None:
    _, pictures = shown(ClipForm(most_frames=2), source=None)
    picture = decoded(pictures[0])[20:].astype(int)
    colored = np.abs(picture[..., 0] - picture[..., 2]) > 60
    assert 0.001 < colored.mean() < 0.1


def test_an_animal_lost_throughout_leaves_the_whole_picture() -> None:
    lost = with_missing(two_animals(), (slice(30, 150), 0))
    _, *pictures = show_clip(view_of(lost, Film()), INTERVAL, ClipForm(most_frames=2))
    picture = decoded(pictures[0])
    assert picture.shape[1] / (picture.shape[0] - 20) == pytest.approx(SIZE[0] / SIZE[1], abs=0.02)


def test_a_video_is_one_part_of_its_kind() -> None:
    words, videos = shown(ClipForm(kind="input_video"), source=Film())
    assert [type(video) for video in videos] == [Video]
    assert videos[0].kind == "input_video"
    assert videos[0].media_type == "video/mp4"
    assert "as a video" in words
    again = shown(ClipForm(kind="input_video"), source=Film())[1]
    assert again[0].content_hash == videos[0].content_hash


def test_the_same_clip_has_the_same_bytes() -> None:
    first, second = (shown(ClipForm(), source=Film())[1] for _ in range(2))
    assert [one.content_hash for one in first] == [one.content_hash for one in second]


@pytest.mark.parametrize(
    ("others", "kind", "most"),
    [(0, "pictures", 12), (4, "pictures", 12), (5, "pictures", 11), (10, "pictures", LEAST_FRAMES), (11, "sheet", 12)],
)
def test_a_clip_leaves_room_for_other_pictures(others: int, kind: str, most: int) -> None:
    form = ClipForm(most_frames=12, max_pictures=16).beside(others)
    assert (form.kind, form.most_frames) == (kind, most)


def test_the_form_follows_the_models_binding() -> None:
    server = ModelBinding(url="http://h:1", name="m", max_pixels=500_000, max_pictures=4, clips="video_url")
    assert ClipForm.of(server, rate_hz=5.0) == ClipForm("video_url", 5.0, max_pixels=500_000, max_pictures=4)
    here = ModelBinding(url="/models/m", name="m", clips="video_url")
    assert ClipForm.of(here, rate_hz=5.0).kind == "pictures"
    sheet = ModelBinding(url="/models/m", name="m", clips="sheet")
    assert ClipForm.of(sheet, rate_hz=5.0).kind == "sheet"
