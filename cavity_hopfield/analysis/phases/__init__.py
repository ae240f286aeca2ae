"""What a network does in the long run, from many starts: phases, basins, and which overlaps oscillate."""
