"""The command line: one file per command; each parses, calls and prints. Heavy rooms load when a command runs."""

from behaviorvlm.cli.app import main

__all__ = ["main"]
