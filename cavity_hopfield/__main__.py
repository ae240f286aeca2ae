"""`python -m cavity_hopfield` is the command `cavity-hopfield`."""

import sys

from cavity_hopfield.cli import main

sys.exit(main())
