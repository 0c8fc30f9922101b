"""The pose pipeline: unnamed dots in several views become named 3D keypoints, stage by stage as the paper names them."""
