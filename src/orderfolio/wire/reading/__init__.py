"""How what a client sends is read into the model: one file a noun."""
