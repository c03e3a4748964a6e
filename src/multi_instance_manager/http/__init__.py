"""HTTP as bytes, and requests to instances within a deadline."""
