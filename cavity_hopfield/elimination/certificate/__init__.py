"""Where rates can be trusted: the certificate, the spins that flip together, and the measured map of errors."""
