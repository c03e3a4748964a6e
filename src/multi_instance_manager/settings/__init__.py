"""The options, variables and configuration file, resolved into one frozen object.

Flag overrides variable, variable overrides configuration file, file overrides default. All problems
are reported at once, each with the name of its flag, variable or key.
"""
