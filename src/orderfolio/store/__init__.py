"""Where it is kept: the contract, the tables, one module an engine."""
