"""Turns a report into text. Reads no file and asks no engine."""
