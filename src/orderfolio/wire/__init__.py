"""v2.1 as outsiders see it: routes, one file a noun, documents, links, faults, credentials."""
