"""Makes ``python -m multi_instance_manager`` the same as the command."""

from multi_instance_manager.cli import main

main()
