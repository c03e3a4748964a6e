"""The state folder: where things lie in it, its records, its journal, its lock."""
