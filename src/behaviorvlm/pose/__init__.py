"""The pose pipeline: unnamed dots in several views become named 3D keypoints, in the paper's four stages."""
