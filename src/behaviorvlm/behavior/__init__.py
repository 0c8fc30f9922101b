"""From tracks and video to a named, described ethogram: one module per stage of the paper. Opens no file."""
