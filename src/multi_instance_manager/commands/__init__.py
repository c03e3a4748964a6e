"""What a person can ask for: settings and an engine in, a report out."""
