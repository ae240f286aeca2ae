r"""From the master equation to the formulas of the package, readable from top to bottom.

Each script derives, checks itself, and says which closed forms go into `cavity_hopfield/formulas`:

- `conventions`: the symbols, named as the fields of the model;
- `adiabatic_elimination`: the kernel $F(\delta, x; t)$ of a spin flip, from the two-sided moment equations;
- `mean_field`: the equations of motion of spins and amplitudes.

`python -m derivations` derives everything and writes the formulas; `python -m derivations --check` derives
everything and compares with the files on disk.
"""
