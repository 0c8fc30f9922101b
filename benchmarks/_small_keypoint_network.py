"""A small 2D keypoint network and its training: not ours to sell, the tool that somebody trains on our labels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn

SIDE, MAP = 256, 64
"""Pictures are scaled to this side, px; heat maps have this one."""
SPREAD = 1.5
"""Standard deviation of a target, px of the heat map."""


@dataclass(frozen=True)
class LabelledPictures:
    """What is trained on, or measured.

    Attributes:
        pictures: (picture, SIDE, SIDE) uint8 grey.
        points: (picture, keypoint, 2) float64 px of the scaled picture, NaN = not labelled.
    """

    pictures: np.ndarray
    points: np.ndarray


class Network(nn.Module):
    """A U-Net in small: four halvings, two doublings, one heat map for each keypoint."""

    def __init__(self, n_keypoints: int) -> None:
        super().__init__()
        widths = (1, 16, 32, 64, 96)
        self.down = nn.ModuleList(_block(a, b, stride=2) for a, b in pairwise(widths))
        self.deep = _block(96, 96)
        self.up = nn.ModuleList((_block(96 + 64, 64), _block(64 + 32, 48)))
        self.out = nn.Conv2d(48, n_keypoints, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return (picture, keypoint, MAP, MAP) heat maps of (picture, 1, SIDE, SIDE)."""
        kept = []
        for block in self.down:
            pictures = block(pictures)
            kept.append(pictures)
        pictures = self.deep(pictures)
        for block, skip in zip(self.up, (kept[2], kept[1]), strict=True):
            pictures = nn.functional.interpolate(pictures, scale_factor=2.0, mode="nearest")
            pictures = block(torch.cat([pictures, skip], dim=1))
        return self.out(pictures)


def train(data: LabelledPictures, *, steps: int, seed: int, batch: int = 8) -> Network:
    """Return a network trained on `data` for so many steps, each on a batch drawn with replacement."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    net = Network(data.points.shape[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for _ in range(steps):
        pictures, points = _augmented(data, draw.integers(len(data.pictures), size=batch), draw)
        target, labelled = _targets(points)
        maps = net(pictures).flatten(2).log_softmax(dim=-1)
        loss = -(target.flatten(2) * maps).sum(dim=-1)[labelled].mean()  # where in the picture: one place of all
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def predict(net: Network, pictures: np.ndarray) -> np.ndarray:
    """Return (picture, keypoint, 2) px of the scaled picture: the centre of mass around each map's highest place."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(pictures), 32):
            maps = net(_normalised(torch.from_numpy(pictures[start : start + 32, None]).float())).numpy()
            found.append(_peaks(maps))
    return np.concatenate(found) * (SIDE / MAP) + (SIDE / MAP - 1) / 2


def _block(into: int, out: int, *, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride, 1), nn.GroupNorm(8, out), nn.SiLU(),
        nn.Conv2d(out, out, 3, 1, 1), nn.GroupNorm(8, out), nn.SiLU(),
    )  # fmt: skip


def _normalised(pictures: torch.Tensor) -> torch.Tensor:
    return (pictures - 110.0) / 60.0


def _augmented(data: LabelledPictures, rows: np.ndarray, draw: np.random.Generator) -> tuple[torch.Tensor, np.ndarray]:
    """Return pictures and points turned, scaled, moved and lit otherwise."""
    import cv2

    pictures, points = [], []
    for row in rows:
        middle = (SIDE - 1) / 2
        matrix = cv2.getRotationMatrix2D((middle, middle), draw.uniform(-40, 40), draw.uniform(0.75, 1.25))
        matrix[:, 2] += draw.uniform(-30, 30, 2)
        turned = cv2.warpAffine(data.pictures[row], matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        lit = turned.astype(np.float32) * draw.uniform(0.8, 1.2) + draw.uniform(-15, 15)
        pictures.append(lit)
        points.append(data.points[row] @ matrix[:, :2].T + matrix[:, 2])
    return _normalised(torch.from_numpy(np.stack(pictures))[:, None]), np.stack(points)


def _targets(points: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return heat maps, and which maps have a label inside the picture: the others teach nothing."""
    places = (points - (SIDE / MAP - 1) / 2) / (SIDE / MAP)
    labelled = np.isfinite(places).all(axis=-1) & (np.nan_to_num(places, nan=-1) >= 0).all(axis=-1)
    labelled &= (np.nan_to_num(places, nan=MAP) < MAP).all(axis=-1)
    grid, there = np.arange(MAP), np.nan_to_num(places)
    across = np.exp(-((grid - there[..., :1]) ** 2) / (2 * SPREAD**2))
    along = np.exp(-((grid - there[..., 1:]) ** 2) / (2 * SPREAD**2))
    maps = along[..., :, None] * across[..., None, :]
    maps /= maps.sum(axis=(-2, -1), keepdims=True)
    return torch.from_numpy(maps).float(), torch.from_numpy(labelled)


def _peaks(maps: np.ndarray) -> np.ndarray:
    flat = maps.reshape(*maps.shape[:2], -1).argmax(axis=-1)
    rows, columns = np.unravel_index(flat, (MAP, MAP))
    likely = np.exp(maps - maps.max(axis=(-2, -1), keepdims=True))
    padded = np.pad(likely, ((0, 0), (0, 0), (2, 2), (2, 2)))
    found = np.empty((*flat.shape, 2))
    around = np.arange(-2, 3)
    for picture, keypoint in np.ndindex(*flat.shape):
        row, column = rows[picture, keypoint], columns[picture, keypoint]
        patch = padded[picture, keypoint, row : row + 5, column : column + 5]
        mass = max(float(patch.sum()), 1e-9)
        found[picture, keypoint] = (
            column + (patch.sum(axis=0) * around).sum() / mass,
            row + (patch.sum(axis=1) * around).sum() / mass,
        )
    return found
