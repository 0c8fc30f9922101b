"""Metrics: how far from the truth, how complete, and whether the run knew where it was wrong."""
