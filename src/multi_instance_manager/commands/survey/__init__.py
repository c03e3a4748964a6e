"""Gathers the pool, the engine and the state folder, and the plan that follows. Reads only."""
