"""What an engine can do, as types; the only part of `engine` that rules import."""
