"""Panels: what is beside what, what is stretched, and when a picture is shown larger."""

import cv2
import numpy as np
import pytest

from behaviorvlm.imaging.crops import whole_picture
from behaviorvlm.imaging.marks import Mark, color_of
from behaviorvlm.pose.vlm_pictures import GAP_PX, STRIP_PX, Scene, encode, fit, paint, photograph, shown_channels
from behaviorvlm.types import RegionBox

SIZE = (320, 240)
DOTS = np.array([[60.0, 60], [200, 120]])
DIM = np.full((240, 320), 90, dtype=np.uint8)


def fluorescence() -> np.ndarray:
    image = np.full((240, 320), 4, dtype=np.uint8)
    for x, y in DOTS.astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 60
    return image


def scene(**kwargs: object) -> Scene:
    images = {"visible": DIM, "fluorescence": fluorescence()}
    return Scene(**{"images": images, "channels": shown_channels(images), "crop": whole_picture(SIZE),
                    "dots_px": DOTS, **kwargs})  # fmt: skip


def painted(one: Scene, *, side_px: int = 320, max_pixels: int = 10**6) -> np.ndarray:
    return paint(fit(one, side_px=side_px, max_pixels=max_pixels))


def test_panels_stand_side_by_side_below_their_names() -> None:
    picture = painted(scene(title="ears"))
    assert picture.shape == (STRIP_PX + 240, 2 * 320 + GAP_PX, 3)
    assert (picture[STRIP_PX:, :320] == 90).all()
    assert (picture[STRIP_PX + 60, 320 + GAP_PX + 60] > 200).all()
    strip = picture[:STRIP_PX]
    assert (strip[:, :320].max() > 150) and (strip[:, 320 + GAP_PX :].max() > 150)


def test_without_a_title_the_picture_is_the_view_and_nothing_else() -> None:
    assert painted(scene(channels=("visible",))).shape == (240, 320, 3)


def test_the_ground_of_fluorescence_is_dark_and_its_dots_are_bright() -> None:
    panel = painted(scene(channels=("fluorescence",)))
    assert np.median(panel) < 30
    assert panel[60, 60].min() > 200


def test_noise_alone_is_not_blown_up_into_dots() -> None:
    noise = np.random.default_rng(0).integers(2, 6, (240, 320), dtype=np.uint8)
    panel = painted(scene(images={"fluorescence": noise}, channels=("fluorescence",)))
    assert panel.max() < 100


def test_color_pictures_stay_in_color() -> None:
    red = np.zeros((240, 320, 3), dtype=np.uint8)
    red[..., 0] = 200
    panel = painted(scene(images={"visible": red}, channels=("visible",)))
    assert (panel[0, 0] == (200, 0, 0)).all()
    content = np.frombuffer(encode(panel).content, np.uint8)
    assert cv2.imdecode(content, cv2.IMREAD_COLOR)[5, 5, 2] > 180  # OpenCV has blue first


def test_a_view_without_pictures_shows_its_dots_on_dark_ground() -> None:
    panel = painted(scene(images={}, channels=()))
    assert panel.shape == (240, 320, 3)
    assert panel[60, 60].min() > 200
    assert panel[200, 20].max() < 30


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("fluorescence", "visible"), ("visible", "fluorescence")),
        (("fluorescence",), ("fluorescence",)),
        (("a", "b", "visible"), ("visible", "a")),
        ((), ()),
    ],
)
def test_visible_comes_first_and_two_channels_are_enough(names: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert shown_channels(dict.fromkeys(names, DIM)) == shown


def test_both_panels_bear_the_same_marks() -> None:
    color = np.repeat(DIM[..., None], 3, axis=2)
    one = scene(images={"visible": DIM, "other": color}, channels=("visible", "other"), title="ears",
                marks=(Mark("0"), Mark("1")), marks_px=DOTS)  # fmt: skip
    picture = painted(one)
    first, second = picture[STRIP_PX:, :320], picture[STRIP_PX:, 320 + GAP_PX :]
    np.testing.assert_array_equal(first, second)
    assert (first != 90).any()


@pytest.mark.parametrize("color", [None, (230, 159, 0)])
def test_a_photograph_is_the_picture_and_grey_where_it_has_no_color(color: tuple[int, int, int] | None) -> None:
    marks = (Mark("0"), Mark("ear", color))
    fitted = fit(scene(title="ears", marks=marks, marks_px=DOTS, rings_px=DOTS + 30), side_px=320, max_pixels=10**6)
    content = np.frombuffer(photograph(fitted).content, np.uint8)
    shown = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    assert shown.ndim == (2 if color is None else 3)
    again = cv2.cvtColor(cv2.imdecode(content, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.abs(again.astype(int) - paint(fitted)).mean() < 2
    assert photograph(fitted).content == content.tobytes()


def test_boxes_take_the_color_of_their_place() -> None:
    box = RegionBox("ears", 40, 40, 100, 100)
    picture = painted(scene(channels=("visible",), boxes=((box, 3),)))
    assert (picture[40, 50:90] == color_of(3)).all()


def test_a_crowded_picture_is_shown_larger_up_to_its_pixels() -> None:
    points = 160 + np.random.default_rng(1).uniform(-60, 60, (60, 2)) * (1, 0.8)
    marks = tuple(Mark(str(number)) for number in range(60))
    crowd = scene(channels=("visible",), dots_px=points, marks=marks, marks_px=points)
    free = fit(scene(channels=("visible",), marks=marks[:2], marks_px=DOTS), side_px=320, max_pixels=10**6)
    large = fit(crowd, side_px=320, max_pixels=10**6)
    bound = fit(crowd, side_px=320, max_pixels=100_000)
    assert free.scene.crop.shown_size_px == (320, 240)
    assert large.scene.crop.shown_size_px == (640, 480)
    assert np.prod(bound.scene.crop.shown_size_px) <= 100_000


def test_no_word_covers_a_dot_that_bears_none() -> None:
    others = DOTS + np.array([22.0, -10.0])
    one = scene(channels=("visible",), dots_px=np.concatenate([DOTS, others]),
                marks=(Mark("0"), Mark("1")), marks_px=DOTS)  # fmt: skip
    picture = painted(one)
    for x, y in others.astype(int):
        assert (picture[y - 1 : y + 2, x - 1 : x + 2] == 90).all()
