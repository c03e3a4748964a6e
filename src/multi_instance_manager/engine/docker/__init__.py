"""The calls of the Docker Engine API behind the protocol."""
