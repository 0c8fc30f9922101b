"""Simulated sessions with known truth: cameras, dots, animals, written as any lab's. Nothing here was measured."""
