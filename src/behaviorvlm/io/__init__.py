"""Files in, files out: one module per format, reader and writer together; foreign words are translated here."""
