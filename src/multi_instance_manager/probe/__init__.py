"""Looks at the world: this host, its ports, images, an instance from outside. Changes nothing."""
