"""HTTP as bytes, and questions to instances within a deadline."""
