"""Prompt texts: one file per question, with declared variables and a hash that goes into the run."""
