"""The owner's book: which table is where, what is hers, what is ours, and how it is saved."""
