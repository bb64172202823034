"""What may be done: free functions over an open transaction, one file a noun.

Each runs through `store.transact` or `store.read`, may run more than once, and touches
nothing but its transaction.
"""
