"""`python -m tests.benchmarks`: one table of our time, the peer's, the ratio, the goal and both errors."""

import warnings

from tests.benchmarks import rates
from tests.benchmarks.interleaved import HEADER

warnings.simplefilter("ignore")  # the peers complain where they lose digits; the error column says by how much
print(HEADER)
for line in rates.rows():
    print(line, flush=True)
