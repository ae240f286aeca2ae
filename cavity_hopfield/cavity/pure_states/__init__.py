"""State vectors of spins and light, one for each run: what they start from, how they are kept, what they tell."""
