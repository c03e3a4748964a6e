"""Commands that report on instances and change nothing."""
