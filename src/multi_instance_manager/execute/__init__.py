"""Carries out a plan. Decides nothing: what to do, and why, is in the plan."""
