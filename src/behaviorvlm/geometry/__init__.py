"""Projection, triangulation, correspondence: points between world and pictures. Knows no animal."""
