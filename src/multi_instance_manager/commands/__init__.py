"""What a person can ask for. Each operation takes settings and gives a frozen result."""
