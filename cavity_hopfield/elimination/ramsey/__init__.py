"""Flip rates from measured Ramsey data: signal, quadrature of noisy samples, tail."""
