"""The options, variables and configuration file, resolved into one frozen object.

Flag beats variable beats configuration file beats default. Every problem comes back at once, with
the name of the flag, variable or key of the file that it belongs to.
"""
