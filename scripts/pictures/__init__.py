"""Pictures of the real commands in a terminal, drawn as SVG."""
