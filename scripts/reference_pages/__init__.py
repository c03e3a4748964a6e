"""The reference pages, man pages and README tables, made out of the code."""
