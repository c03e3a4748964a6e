"""What an engine can do, as types. The rest of the package knows no other part of ``engine``."""
