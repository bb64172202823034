"""Pictures of the console, made by a command: `python -m screenshots`, or `make screenshots`."""
