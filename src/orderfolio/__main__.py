"""`python -m orderfolio` is the program too."""

from orderfolio.cli import main

if __name__ == "__main__":
    main()
