"""The wanted instances as files for another tool: specs in, texts out. Pure."""
