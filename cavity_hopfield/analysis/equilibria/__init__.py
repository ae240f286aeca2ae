"""Where a network can rest: all fixed points, and their stability."""
