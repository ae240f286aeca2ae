"""`python -m tests.benchmarks [NAME ...]`: one table of our time, the peer's, the ratio, the goal and both errors.

Names are those of the modules of this folder; all of them if none is given, in about half an hour.
"""

import sys
import warnings

from tests.benchmarks import kinetics, lindblad_evolution, mean_field, quantum_jumps, rates, steady_state, symmetric
from tests.benchmarks.interleaved import HEADER

TABLES = {
    table.__name__.rpartition(".")[2]: table
    for table in (rates, lindblad_evolution, steady_state, quantum_jumps, symmetric, mean_field, kinetics)
}

warnings.simplefilter("ignore")  # the peers complain where they lose digits; the error column says by how much
print(HEADER)
for name in sys.argv[1:] or TABLES:
    for line in TABLES[name].rows():
        print(line, flush=True)
