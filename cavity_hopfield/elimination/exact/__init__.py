"""The full equation of spins and light for small systems: exact rates, and the slowest relaxation."""
