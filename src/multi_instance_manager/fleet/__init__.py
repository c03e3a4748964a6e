"""The names by which containers, labels and leases are known. Pure."""
