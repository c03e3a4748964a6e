"""The pool of saved logins, and the custody of each session."""
