"""What the light tells: the field that leaves the cavity, quasi-probabilities, and which memory is being recalled."""
