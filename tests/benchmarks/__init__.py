"""Our routes against their peers, one thread each; not collected by the test run (see `__main__`)."""

import os

# before numpy is loaded: threads of the linear algebra would time the machine, not the work
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
