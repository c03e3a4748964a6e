"""Rules: facts in, findings, checks or a verdict out. Pure."""
