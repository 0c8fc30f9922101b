"""The browser app: runs seen, followed and corrected; seeds labelled. NiceGUI is imported here alone."""
