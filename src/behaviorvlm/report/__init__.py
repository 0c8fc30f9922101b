"""Pictures of a session and of a run, drawn without a display."""
