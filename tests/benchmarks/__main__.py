"""`python -m tests.benchmarks [NAME ...]`: one table of our time, the peer's, the ratio, the goal and both errors.

Names are those of the modules of this folder; all of them if none is given, in about half an hour.
"""

import sys
import warnings

from tests.benchmarks import (
    cavity_jumps,
    cavity_lindblad,
    cavity_symmetric,
    cumulants,
    design,
    kinetics,
    lindblad_evolution,
    mean_field,
    quantum_jumps,
    rates,
    recommend,
    steady_state,
    sweep,
    symmetric,
    truncated_wigner,
)
from tests.benchmarks.interleaved import HEADER

MODULES = [rates, lindblad_evolution, steady_state, quantum_jumps, symmetric, mean_field, kinetics]
MODULES += [cavity_lindblad, cavity_jumps, cavity_symmetric, cumulants, truncated_wigner, recommend, design, sweep]
TABLES = {module.__name__.rpartition(".")[2]: module for module in MODULES}

warnings.simplefilter("ignore")  # the peers complain where they lose digits; the error column says by how much
print(HEADER)
for name in sys.argv[1:] or TABLES:
    for line in TABLES[name].rows():
        print(line, flush=True)
