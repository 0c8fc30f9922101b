"""A run on disk: what was asked (``run.toml``), what was answered (``journal.sqlite``), and its tables."""
