"""What is wanted, what is there, what is to be done and why. Pure."""
