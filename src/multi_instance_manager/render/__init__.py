"""From results to what people and programs read. Decides nothing, prints only where it is told."""
