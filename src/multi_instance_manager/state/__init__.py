"""The state folder: its paths, its records, its journal, its lock."""
