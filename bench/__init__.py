"""Measures the manager side by side with what people would use instead. See `make bench`."""
