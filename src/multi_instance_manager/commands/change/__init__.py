"""Commands that change containers or sessions."""
