"""What the words mean: values and rules; no I/O, no clock, no request."""
