"""What may be shown and how it is written: secrets, masks, times, sizes, JSON. Pure."""
