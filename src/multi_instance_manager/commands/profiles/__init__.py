"""Commands on the pool of saved logins."""
