"""behaviorvlm: named 3D keypoints and named behavior from videos of animals, with almost no labels."""

__version__ = "0.1.0"
