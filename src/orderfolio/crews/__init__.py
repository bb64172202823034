"""Several processes that serve one address together: one that leads, and its workers."""
