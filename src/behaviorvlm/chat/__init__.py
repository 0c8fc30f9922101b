"""Asking a vision-language or language model: knows text, pictures and JSON; knows no animal."""
