"""Data in parts: moments and sums that add, so that no part need ever meet another."""
