"""What orderfolio costs, beside what it can't do without: `make bench`.

Every figure stands beside a limit of the same run, measured in turns with it.
"""
