"""The tables: one file a noun, over the named statements of `sql/`, the same on every engine."""
