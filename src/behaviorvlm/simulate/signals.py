"""Smooth signals for procedural motion: the same seed gives the same signal, and a longer one starts the same."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import FloatArray


def smooth(signal: FloatArray, tau_samples: float) -> FloatArray:
    """Return `signal` (sample, ...) behind two equal one-pole low-pass filters, started at its first value.

    Args:
        signal: (sample, ...) float64.
        tau_samples: Time constant of each filter in samples.
    """
    from scipy.signal import lfilter

    pole = float(np.exp(-1 / tau_samples))
    result = signal
    for _ in range(2):
        start = pole * result[:1]
        result, _ = lfilter([1 - pole], [1, -pole], result, axis=0, zi=start)
    return np.asarray(result, dtype=np.float64)


def smooth_noise(rng: np.random.Generator, n_samples: int, tau_samples: float) -> FloatArray:
    """Return (sample,) smooth noise of mean 0 and standard deviation 1, with time constant `tau_samples`."""
    gain, pole = 1 - np.exp(-1 / tau_samples), np.exp(-1 / tau_samples)
    variance = gain**4 * (1 + pole**2) / (1 - pole**2) ** 3
    white = np.concatenate([[0.0], rng.normal(size=n_samples)])
    return np.asarray(smooth(white, tau_samples)[1:] / np.sqrt(variance))


def ease(share: FloatArray) -> FloatArray:
    """Return (...) `share` clipped to [0, 1], with a flat start and end (smoothstep), same shape."""
    inside = np.clip(share, 0, 1)
    return np.asarray(inside * inside * (3 - 2 * inside))


def wrap(angle_rad: float) -> float:
    """Return the angle in [-pi, pi)."""
    return float((angle_rad + np.pi) % (2 * np.pi) - np.pi)
