"""Commands that write files for other tools to a folder."""
