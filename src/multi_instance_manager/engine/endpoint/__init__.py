"""Which engine is meant, and what its address and configuration say."""
