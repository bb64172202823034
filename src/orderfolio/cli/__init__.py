"""The program: what its commands take, and what they tell people and programs.

A file a noun; `programs.py` gathers them and turns what went wrong into a sentence.
"""

from orderfolio.cli.programs import main, program

__all__ = ["main", "program"]
