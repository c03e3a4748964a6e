"""Inspects this host, its ports, images, and instances from outside. Changes nothing."""
