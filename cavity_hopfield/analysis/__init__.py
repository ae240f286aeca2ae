"""What the dynamics of a network amounts to: fixed points, cycles, bifurcations, phases, basins, spectra."""
