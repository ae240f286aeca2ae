"""Populations beyond rates: equations with the memory of the light, and the slip that it makes."""
