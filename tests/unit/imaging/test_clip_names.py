"""Where names stand in a clip."""

import itertools

import numpy as np

from behaviorvlm.imaging.clip_names import place_names
from behaviorvlm.imaging.marks import text_box

SIZE = (400, 300)
NAMES = ("mouse1", "mouse2", "mouse3")
SQUARE = np.array([[-20.0, -20.0], [20.0, -20.0], [20.0, 20.0], [-20.0, 20.0], [-20.0, -20.0]])


def frame_of(*middles: tuple[float, float]) -> tuple[dict[int, np.ndarray], np.ndarray]:
    outlines = {place: np.array(middle) + SQUARE for place, middle in enumerate(middles)}
    grid = np.array(list(itertools.product(np.linspace(-20, 20, 9), repeat=2)))
    return outlines, np.concatenate([np.array(middle) + grid for middle in middles])


def boxes_of(places: dict[int, tuple[float, float]]) -> dict[int, np.ndarray]:
    return {who: np.array([*corner, *np.add(corner, text_box(NAMES[who]))]) for who, corner in places.items()}


def touch(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one[:2] < other[2:]).all() and (other[:2] < one[2:]).all())


def test_names_stand_in_the_picture_off_all_animals_and_off_each_other() -> None:
    for middles in itertools.permutations([(25.0, 25.0), (66.0, 25.0), (25.0, 66.0)]):
        outlines, taken = frame_of(*middles)
        boxes = boxes_of(place_names(NAMES, [outlines], [taken], extent_px=SIZE)[0])
        for box in boxes.values():
            assert (box[:2] >= 0).all()
            assert (box[2:] < SIZE).all()
            assert not any(touch(box, np.array([*(line.min(axis=0)), *line.max(axis=0)])) for line in outlines.values())
        assert not any(touch(*pair) for pair in itertools.combinations(boxes.values(), 2))


def test_a_name_stays_on_the_same_side_while_its_animal_moves() -> None:
    frames = [frame_of((100.0 + 10 * step, 150.0), (300.0, 150.0)) for step in range(10)]
    places = place_names(NAMES, [one for one, _ in frames], [one for _, one in frames], extent_px=SIZE)
    beside = [np.array(place[0]) - frame[0][0].mean(axis=0) for place, frame in zip(places, frames, strict=True)]
    assert np.ptp(beside, axis=0).max() == 0


def test_one_side_is_taken_that_is_free_in_every_frame() -> None:
    frames = [frame_of((100.0, 150.0), (300.0, 150.0)) for _ in range(9)]
    usual = place_names(NAMES, [one for one, _ in frames], [one for _, one in frames], extent_px=SIZE)[0][0]
    frames[5] = frame_of((100.0, 150.0), (usual[0] + 20, usual[1] + 8))
    places = place_names(NAMES, [one for one, _ in frames], [one for _, one in frames], extent_px=SIZE)
    assert {place[0] for place in places} == {places[0][0]}
    assert places[0][0] != usual


def test_it_changes_sides_where_no_side_is_free_throughout() -> None:
    own, taken = frame_of((200.0, 150.0))
    grid = np.array(list(itertools.product(np.arange(0, 400, 3), np.arange(0, 300, 3))), dtype=float)
    left, right = grid[grid[:, 0] < 215], grid[grid[:, 0] > 185]
    blocked = [np.concatenate([taken, left]), np.concatenate([taken, right])]
    places = place_names(NAMES, [own, own], blocked, extent_px=SIZE)
    assert places[0][0][0] > 215
    assert places[1][0][0] + text_box(NAMES[0])[0] < 185


def test_nobody_has_no_name() -> None:
    assert place_names(NAMES, [{}, {}], [np.zeros((0, 2))] * 2, extent_px=SIZE) == [{}, {}]
