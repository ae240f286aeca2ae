"""From the wish to the apparatus: targets, search, feasibility, sensitivity and tolerance."""
