"""The facts of the application in the image: data, from a definition file. Pure."""
