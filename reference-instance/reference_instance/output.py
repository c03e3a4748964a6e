"""What the instance says: lines in the container's log, and the reason it cannot start."""


class StartError(Exception):
    """Why the instance cannot start; its text is the line a person reads."""


def log(line: str) -> None:
    """Print one line at once: the container's log is followed while it runs."""
    print(line, flush=True)
