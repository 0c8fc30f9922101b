"""Contact sheets: for each behavior the bouts that show it best, a row of pictures each, cropped to who takes part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.imaging.crops import Crop, crop_around, whole_picture
from behaviorvlm.imaging.marks import color_of, text_box, write
from behaviorvlm.report.animal_marks import draw_points
from behaviorvlm.types import Bout, ByteArray, ColorFrameSource, IntArray, Tracks

ROWS, COLUMNS, TILE_PX, GAP_PX = 4, 7, 168, 4
TITLE_PX, CAPTION_PX = 30, 24
GROUND = 250
MARGIN_SHARE, LEAST_SIDE_SHARE = 0.12, 0.16
"""What is left free around those who take part, of the side of what they cover; the least side, of the picture's."""
LONG_S = 2.0
"""A longer bout is no better an example."""


@dataclass(frozen=True, eq=False)
class Filmed:
    """A recording with pictures.

    Attributes:
        source: Its pictures.
        tracks: Who is where in them; None = nobody is marked, and all of the picture is shown.
        individuals: The individual axis of colors.
    """

    source: ColorFrameSource
    tracks: Tracks | None
    individuals: tuple[str, ...]


def best_bouts(bouts: Sequence[Bout], *, count: int = ROWS) -> list[Bout]:
    """Return the bouts that show a behavior best: sure ones before doubtful, longer before shorter up to 2 s."""

    def worth(bout: Bout) -> float:
        sure = bout.confidence if np.isfinite(bout.confidence) else 0.5
        return sure * min(bout.stop_s - bout.start_s, LONG_S)

    return sorted(bouts, key=lambda bout: (-worth(bout), bout.recording, bout.individual, bout.start_frame))[:count]


def draw_contact_sheets(
    chosen: Mapping[str, Sequence[Bout]], filmed: Mapping[str, Filmed], *, folder: Path
) -> tuple[Path, ...]:
    """Write a PNG for each behavior, a row for each bout.

    Pictures are read once through each video, in order, whatever behavior they belong to.

    Args:
        chosen: Behavior to the bouts to show, such as `best_bouts` returns.
        filmed: Recordings by name; bouts of others are left out.
        folder: Where to; made if missing.

    Returns:
        The files, in the order of `chosen`; none for a behavior without bouts to show.

    Raises:
        VideoError: If a video cannot be read.
        RunStorageError: If a PNG cannot be written.
    """
    shown = {name: [bout for bout in bouts if bout.recording in filmed] for name, bouts in chosen.items()}
    rows = _tiles([bout for bouts in shown.values() for bout in bouts], filmed)
    paths, used = [], set[str]()
    for name, bouts in shown.items():
        if not bouts:
            continue
        sheet = _sheet(name, [(bout, rows[bout]) for bout in bouts], filmed)
        path = folder / f"{_file_name(name, used)}.png"
        _save(sheet, path)
        paths.append(path)
    return tuple(paths)


def shown_frames(bout: Bout, *, count: int = COLUMNS) -> IntArray:
    """Return the frames of a bout that are shown, first and last included, (frame,) int64 rising, perhaps fewer."""
    return np.unique(np.linspace(bout.start_frame, bout.stop_frame - 1, count).round().astype(np.int64))


def _tiles(bouts: Sequence[Bout], filmed: Mapping[str, Filmed]) -> dict[Bout, list[ByteArray]]:
    """Return the cropped and marked pictures of each bout."""
    tiles: dict[Bout, list[ByteArray]] = {bout: [] for bout in bouts}
    for recording, film in filmed.items():
        own = [bout for bout in tiles if bout.recording == recording]
        wanted: dict[int, list[Bout]] = {}
        for bout in own:
            for frame in shown_frames(bout).tolist():
                wanted.setdefault(frame, []).append(bout)
        crops: dict[Bout, Crop] = {}
        for frame, picture in _read(film.source, sorted(wanted)):
            for bout in wanted[frame]:
                size = picture.shape[1], picture.shape[0]
                crop = crops[bout] if bout in crops else crops.setdefault(bout, bout_crop(bout, film, size))
                tiles[bout].append(bout_tile(picture, crop, film, bout=bout, frame=frame))
    return tiles


def _read(source: ColorFrameSource, frames: Sequence[int]) -> Iterator[tuple[int, ByteArray]]:
    return zip(frames, source.pick(frames), strict=True) if frames else iter(())


def bout_crop(bout: Bout, film: Filmed, image_size: tuple[int, int]) -> Crop:
    """Return the square in which those who take part are seen throughout the bout, as large as a tile.

    Args:
        bout: What is shown.
        film: The recording.
        image_size: (width, height) of its pictures in px.
    """
    part = _places(bout, film)
    if film.tracks is None or not part:
        return whole_picture(image_size).scaled_to(TILE_PX, max_pixels=TILE_PX**2)
    points = film.tracks.points_px[bout.start_frame : bout.stop_frame, part].reshape(-1, 2)
    seen = points[np.isfinite(points).all(axis=-1)]
    if not len(seen):
        return whole_picture(image_size).scaled_to(TILE_PX, max_pixels=TILE_PX**2)
    box = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
    margin = MARGIN_SHARE * float((box[2:] - box[:2]).max())
    least = LEAST_SIDE_SHARE * min(image_size)
    crop = crop_around(box, image_size, margin_px=margin, least_side_px=least, widest=1.0)
    return crop.scaled_to(TILE_PX, max_pixels=TILE_PX**2)


def _places(bout: Bout, film: Filmed) -> list[int]:
    return [film.individuals.index(name) for name in (bout.individual, bout.target) if name in film.individuals]


def bout_tile(picture: ByteArray, crop: Crop, film: Filmed, *, bout: Bout, frame: int) -> ByteArray:
    """Return one picture of a bout, those who take part and the time since its start marked.

    Args:
        picture: (height, width, 3) uint8 RGB.
        crop: As of `bout_crop`.
        film: The recording.
        bout: What is shown.
        frame: Which picture it is.

    Returns:
        (TILE_PX, TILE_PX, 3) uint8 RGB.
    """
    tile = crop.cut(picture).copy()
    if film.tracks is not None:
        points = crop.to_crop(film.tracks.points_px[frame])
        radius_px = float(np.clip(1.8 * crop.scale.min(), 0.9, 2.2))
        draw_points(tile, points, radius_px=radius_px, individuals=_places(bout, film))
    square = np.full((TILE_PX, TILE_PX, 3), 0, dtype=np.uint8)
    top, left = (TILE_PX - tile.shape[0]) // 2, (TILE_PX - tile.shape[1]) // 2
    square[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    write(square, f"{(frame - bout.start_frame) / max(_rate(bout), 1e-9):.1f} s", (2, TILE_PX - 20))
    return square


def _rate(bout: Bout) -> float:
    return (bout.stop_frame - bout.start_frame) / (bout.stop_s - bout.start_s)


def _sheet(name: str, rows: Sequence[tuple[Bout, list[ByteArray]]], filmed: Mapping[str, Filmed]) -> ByteArray:
    row_px = CAPTION_PX + TILE_PX + GAP_PX
    size = TITLE_PX + len(rows) * row_px, COLUMNS * (TILE_PX + GAP_PX) + GAP_PX, 3
    sheet = np.full(size, GROUND, dtype=np.uint8)
    write(sheet, name, (GAP_PX, 6))
    for number, (bout, tiles) in enumerate(rows):
        top = TITLE_PX + number * row_px
        _caption(sheet, bout, top, individuals=filmed[bout.recording].individuals)
        for column, tile in enumerate(tiles):
            left = GAP_PX + column * (TILE_PX + GAP_PX)
            sheet[top + CAPTION_PX : top + CAPTION_PX + TILE_PX, left : left + TILE_PX] = tile
    return sheet


def _caption(sheet: ByteArray, bout: Bout, top: int, *, individuals: Sequence[str]) -> None:
    """Write who, to whom, when and how sure above a row."""
    sure = f", confidence {bout.confidence:.2f}" if np.isfinite(bout.confidence) else ""
    when = f"{bout.start_s:.1f} to {bout.stop_s:.1f} s{sure}, {bout.recording}"
    left = float(GAP_PX)
    for words in (bout.individual, *(("to", bout.target) if bout.target else ()), when):
        color = color_of(individuals.index(words)) if words in individuals else (GROUND, GROUND, GROUND)
        write(sheet, words, (left, top + 2), color=color)
        left += text_box(words)[0] + GAP_PX


def _file_name(name: str, used: set[str]) -> str:
    """Return a name for the file of a behavior that no other behavior has."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "behavior"
    number = next(number for number in range(1, len(used) + 2) if f"{plain}{number}" not in used)
    used.add(f"{plain}{number}")
    return plain if number == 1 else f"{plain}_{number}"


def _save(sheet: ByteArray, path: Path) -> None:
    import cv2

    from behaviorvlm.io.atomic import replacing

    coded = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 3])[1]
    with replacing(path) as temporary:
        temporary.write_bytes(coded.tobytes())
