"""The rungs of the ladder held against each other, and chosen before they run."""
