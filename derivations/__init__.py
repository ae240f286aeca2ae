r"""From the master equation to the formulas of the package, each derivation readable from top to bottom.

A derivation is a `Story`: steps of one sentence, one equation and the identities that computer algebra shows, and the
closed forms that it emits into `cavity_hopfield/formulas`.

- `conventions`: the symbols, named as the fields of the model;
- `adiabatic_elimination`: the kernel $F(\delta, x; t)$ of a spin flip, from the two-sided moment equations, with the
  closed forms in `kernel_forms` and the general Gaussian bath in `gaussian_baths`;
- `mean_field`: the equations of motion of both models for many spins;
- `limit_cycles`: the Liénard form of one pattern, and how oscillating patterns compete;
- `detailed_balance`: cycles, the closest temperature, fluctuations and response of single flips;
- `spin_only`: the operator equations of the open quantum Hopfield network, and what they drop;
- `atom_only`: spins without light, to second order in the coupling, at any drive;
- `raman_elimination`: driven four-level atoms without their excited states, and media that give gain.

`python -m derivations` derives everything and writes the formulas; `python -m derivations --check` derives everything
and compares with the files on disk; `python -m derivations --show NAME` prints one derivation. The pages of the
documentation are written by `pages.write_pages`.
"""
