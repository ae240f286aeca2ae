import json

import numpy as np
import pytest

from cavity_hopfield.elimination import CavityRates, Certificate, Regime, Verdict, certify
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import letters
from cavity_hopfield.model import MultimodeDicke

MEMORY = letters("AC")


def hebbian(drive=0.01, **disorder):
    return MultimodeDicke.from_patterns(MEMORY, g=0.3, omega=1.0, loss=1.0, drive=drive, **disorder)


def at_drive(dicke, drive):
    return MultimodeDicke(dicke.g, dicke.omega, dicke.loss, dicke.gain, drive, dicke.patterns)


def two_spins(drive, g=(0.5, 0.5)):
    return MultimodeDicke(np.array(g)[:, None], omega=1.0, loss=1.0, drive=drive)


def test_equal_pattern_columns_are_classes_of_equal_forces():
    columns, sizes = np.unique(MEMORY.values * MEMORY.values[0], axis=1, return_counts=True)
    certificate = certify(hebbian())
    assert certificate.n_classes == columns.shape[1]
    assert certificate.largest_class == sizes.max()
    assert certificate.unresolved_spins == MEMORY.n_spins
    assert np.isinf(certificate.pair_ratio)
    assert certificate.largest_single_flip_drive == 0
    assert not certificate.flips_singly


def test_disorder_of_the_couplings_lets_spins_flip_singly_at_a_small_drive():
    dicke = hebbian(disorder=0.2, seed=3)
    certificate = certify(dicke)
    assert certificate.n_classes == MEMORY.n_spins
    assert 0 < certificate.largest_single_flip_drive < np.inf
    for factor, singly in ((0.99, True), (1.01, False)):
        other = certify(at_drive(dicke, factor * certificate.largest_single_flip_drive))
        assert other.flips_singly is singly
        assert (other.unresolved_spins == 0) is singly


def test_two_equal_spins_flip_collectively():
    # docs/check_values.md: N = 2, g = (.5, .5), drive = .05; single flips miss the population by a factor of two.
    certificate = certify(two_spins(0.05))
    assert certificate.unresolved_spins == 2
    assert not certificate.flips_singly
    assert "2 of 2 spins have a partner" in certificate.sentence
    assert "flip collectively" in certificate.sentence


def test_the_ratio_is_the_largest_over_all_flips():
    dicke = two_spins(0.02, g=(0.5, 0.3))
    rates = CavityRates(dicke)
    ratios = [
        float(rates(energy, label) + rates(-energy, label)) / rates.dephasing_rates()[label]
        for sigma in ([1, 1], [1, -1])
        for energy, label in zip(dicke.flip_energies(sigma), rates.classes, strict=True)
    ]
    assert certify(dicke, at=[[1, 1], [1, -1]]).ratio == pytest.approx(max(ratios), rel=1e-9)


@pytest.mark.parametrize("drive", [1e-3, 0.02, 0.3])
def test_the_largest_safe_drive_is_where_the_ratio_is_three_per_cent(drive):
    dicke = hebbian(drive)
    safe = certify(dicke).largest_safe_drive
    assert certify(at_drive(dicke, safe)).collective_ratio == pytest.approx(0.03, rel=1e-9)
    assert certify(at_drive(dicke, 0.99 * safe)).verdict is Verdict.GOOD
    assert certify(at_drive(dicke, 1.01 * safe)).verdict is Verdict.MARGINAL


def test_the_largest_single_flip_drive_is_where_the_pair_ratio_is_a_tenth():
    dicke = two_spins(0.05, g=(0.5, 0.3))
    limit = certify(dicke).largest_single_flip_drive
    assert certify(at_drive(dicke, limit)).pair_ratio == pytest.approx(0.1, rel=1e-9)


def test_the_pair_ratio_compares_the_flip_rate_with_the_mutual_dephasing():
    # spins up: delta = -2 g, so the mutual dephasing is 4 (g_1 - g_2)^2 Re(1/z)
    dicke = two_spins(0.05, g=(0.5, 0.3))
    certificate = certify(dicke, at=[[1, 1]])
    assert certificate.pair_ratio == pytest.approx(certificate.largest_flip_rate / (4 * 0.2**2 * 0.5 / 1.25), rel=1e-9)


def test_the_disorder_named_is_that_of_its_formula():
    certificate = certify(two_spins(0.05))
    expected = 0.5 * np.sqrt(certificate.largest_flip_rate / (0.5 / 1.25))
    assert certificate.disorder_for_single_flips == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "dicke",
    [hebbian(), hebbian(disorder=0.2, seed=3), two_spins(2.0), MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.02)],
    ids=["hebbian", "disordered", "broken", "one spin"],
)
def test_the_dictionary_is_json_without_infinities(dicke):
    certificate = certify(dicke)
    carried = json.loads(json.dumps(certificate.to_dict(), allow_nan=False))
    assert carried["ratio"] == certificate.ratio
    assert carried["verdict"] == str(certificate.verdict)
    assert carried["sentence"] == certificate.sentence
    assert carried["flips_singly"] is certificate.flips_singly
    for name, value in carried.items():
        if value is None and name != "exact_error":
            assert not np.isfinite(getattr(certificate, name))
    back = Certificate.from_dict(carried)
    assert back.regime is certificate.regime
    assert str(back) == str(certificate)


def test_the_sentence_of_good_rates_names_the_error_and_no_remedy():
    sentence = certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.02)).sentence
    assert sentence == "Rates hold to about 1.3 per cent (r = 0.01, 2 drive/|z| = 0.038: good). There is one spin."


def test_the_sentence_of_marginal_rates_names_a_good_drive():
    certificate = certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.05))
    assert certificate.verdict is Verdict.MARGINAL
    assert certificate.sentence.startswith(f"Rates hold to about {100 * certificate.error_band:.2g} per cent")
    assert 0.058 < certificate.error_band < 0.15  # the exact error is 0.058
    assert f"Below a drive of {certificate.largest_safe_drive:.3g} they are good." in certificate.sentence


def test_the_sentence_of_broken_rates_names_the_drive_to_go_below():
    certificate = certify(two_spins(2.0, g=(0.5, 0.3)))
    assert certificate.verdict is Verdict.BROKEN
    assert "The drive 2 is too strong for rates" in certificate.sentence
    assert f"lower it below {certificate.largest_safe_drive:.3g}" in certificate.sentence
    assert f"A drive below {certificate.largest_single_flip_drive:.2g}" in certificate.sentence


def test_the_sentence_of_spins_told_apart_says_so():
    assert certify(two_spins(1e-3, g=(0.5, 0.3))).sentence.endswith("flip singly.")


@pytest.mark.parametrize("dicke", [hebbian(), two_spins(2.0)], ids=["good", "broken"])
def test_the_table_has_one_row_a_number_and_ends_in_the_sentence(dicke):
    certificate = certify(dicke)
    lines = str(certificate).splitlines()
    said = lines.index(certificate.sentence)
    assert lines[said + 1 :] == [f"- {text}" for text in certificate.suggestions]
    values = {row[:34].strip(): row[35:] for row in lines[:said]}
    assert values["verdict on rates"] == str(certificate.verdict)
    assert values["regime"] == str(certificate.regime)
    assert values["r = W_tot / dephasing, largest"] == f"{certificate.ratio:.4g}"
    assert values["spins not told apart"] == f"{certificate.unresolved_spins} of {dicke.n_spins}"
    assert "nan" not in str(certificate)


def test_without_patterns_the_configurations_must_be_given():
    dicke = MultimodeDicke([[0.5, 0.0], [0.2, 0.4]], 1.0, 1.0, drive=0.01)
    with pytest.raises(ArgumentError, match="carries no patterns"):
        certify(dicke)
    certificate = certify(dicke, at=[[1, 1], [1, -1]])
    assert certificate.ratio_at_patterns == certificate.ratio


@pytest.mark.parametrize("at", [[1, 1], [[1, 1, 1]], [[1, 0]]])
def test_configurations_of_a_wrong_shape_or_value_are_refused(at):
    with pytest.raises(ArgumentError, match="`at`"):
        certify(two_spins(0.01), at=at)


def test_a_platform_without_a_drive_is_refused():
    with pytest.raises(ArgumentError, match="drive"):
        certify(two_spins(0.0))


@pytest.mark.parametrize(
    ("g", "loss", "drive"), [(2.0, 0.1, 2.83), (2.0, 0.1, 15.0), (2.0, 1.0, 6.45), (1.5, 3.0, 1.2)]
)
def test_a_drive_that_is_fast_for_the_light_is_never_good(g, loss, drive):
    """Strong coupling slows the flips so much that r alone would call these good; exactly, W is wrong by 7 to 96 %."""
    certificate = certify(MultimodeDicke([[g]], 1.0, loss, drive=drive))
    assert certificate.drive_ratio == pytest.approx(2 * drive / np.hypot(1.0, loss / 2))
    assert certificate.verdict is Verdict.BROKEN
    assert 2 * certificate.largest_safe_drive / np.hypot(1.0, loss / 2) <= 0.2 + 1e-12


def test_spins_with_opposite_couplings_are_one_class():
    certificate = certify(two_spins(0.05, g=(0.5, -0.5)))
    assert (certificate.n_classes, certificate.largest_class, certificate.unresolved_spins) == (1, 2, 2)


def test_an_energy_difference_tells_spins_apart_too():
    """Three spins; the first two differ by 2 % of their coupling, so that their flips differ in energy by 30 W in the
    field of the third. Exactly, their populations are those of single flips to order r.
    """
    dicke = MultimodeDicke([[0.2], [0.204], [-0.5]], 1.0, 1.0, drive=0.005)
    up = certify(dicke, at=[[1, 1, 1]])
    mutual = 4 * 0.004**2 * 0.5 / 1.25
    assert up.largest_flip_rate > 0.1 * mutual  # by dephasing alone they would not be told apart
    assert up.pair_ratio < 0.1
    alone = certify(MultimodeDicke([[0.2], [0.204]], 1.0, 1.0, drive=0.005), at=[[1, 1]])
    assert alone.unresolved_spins == 2


def test_many_flips_while_the_light_settles_are_told():
    dicke = MultimodeDicke([[0.5 + 0.01 * k] for k in range(12)], 1.0, 0.2, drive=0.02)
    certificate = certify(dicke, at=[[1, -1] * 6])
    assert certificate.settling_ratio > 0.1
    assert "flip may not find it at rest" in certificate.sentence


@pytest.mark.parametrize(
    ("g", "drive", "regime"),
    [
        ([[0.5]], 0.02, Regime.INDEPENDENT_RATES),
        ([[0.5], [0.5]], 0.02, Regime.COLLECTIVE_RATES),
        ([[0.5]], 0.1, Regime.MEMORY),
        ([[0.05]], 0.05, Regime.ATOM_ONLY),
        ([[0.05], [0.0501]], 0.05, Regime.ATOM_ONLY),
        ([[0.5]], 0.5, Regime.NON_PERTURBATIVE),
        ([[0.5], [0.52]], 0.02, Regime.HALF_RESOLVED),
        ([[0.5], [0.52]], 0.2, Regime.NON_PERTURBATIVE),  # and a strong drive
    ],
)
def test_the_regime_is_the_simplest_description_that_holds(g, drive, regime):
    certificate = certify(MultimodeDicke(g, omega=1.0, loss=0.6, drive=drive))
    assert certificate.regime is regime
    assert certificate.suggestions[0].startswith(f"{regime}: ")


@pytest.mark.parametrize(("drive", "exact", "rate"), [(0.02, 0.00288467, 0.00285940), (0.05, 0.01897843, 0.01787128)])
def test_one_spin_is_compared_with_the_full_equation(drive, exact, rate):
    """docs/check_values.md."""
    certificate = certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=drive))
    assert certificate.exact_error == pytest.approx(rate / exact - 1, abs=3e-6)
    assert abs(certificate.exact_error) < certificate.error_band
    assert f"(exactly {certificate.exact_error:+.2%})" in str(certificate)


def test_two_spins_are_compared_on_request():
    """The slowest relaxation of two equal spins goes by collective flips; rates of single flips would be far off."""
    certificate = certify(two_spins(0.02), compare=True)
    assert certificate.regime is Regime.COLLECTIVE_RATES
    assert abs(certificate.exact_error) < 0.02
    assert certify(two_spins(0.02)).exact_error is None


def test_the_groups_are_the_spins_that_flip_together():
    dicke = MultimodeDicke([[0.5], [0.3], [-0.5], [0.8], [0.3]], 1.0, 1.0, drive=0.001)
    certificate = certify(dicke, at=[[1, 1, -1, 1, 1]])
    assert certificate.groups == ((0, 2), (1, 4))
    assert certificate.equal_forces
    # whatever the configuration: up and down, they lead from one to the other of two configurations of equal force
    assert certify(dicke, at=[[1, 1, 1, 1, -1]]).groups == certificate.groups


@pytest.mark.parametrize(("sigma", "cancel"), [([1, 1, 1], False), ([1, -1, 1], True)])
def test_the_splitting_is_that_of_the_two_configurations_between_which_two_flips_lead(sigma, cancel):
    dicke = MultimodeDicke([[0.5], [0.52], [0.9]], 1.0, 1.0, drive=0.01)
    first, second = ([1 - 2 * (i == k) for i in range(3)] for k in (0, 1))
    both = np.multiply(first, second)
    ends = (sigma, sigma * both) if cancel else (np.multiply(sigma, first), np.multiply(sigma, second))
    energy = dicke.energy(ends[1]) - dicke.energy(ends[0])
    force = dicke.force(ends[1])[0] - dicke.force(ends[0])[0]
    certificate = certify(dicke, at=[sigma])
    rates, costs = CavityRates(dicke), dicke.flip_energies(sigma)
    fastest = max(float(rates(costs[k], rates.classes[k]) + rates(-costs[k], rates.classes[k])) for k in (0, 1))
    splitting = np.hypot(force**2 * 0.5 / 1.25, energy)
    assert certificate.pair_ratio == pytest.approx(fastest / splitting, rel=1e-9)


def test_collective_flips_are_enhanced():
    certificate = certify(MultimodeDicke(np.full((5, 1), 0.3), 1.0, 1.0, drive=0.001), at=[[1] * 5])
    assert certificate.collective_ratio == pytest.approx(9 * certificate.ratio)


def test_interruption_counts_the_flips_of_other_spins_during_the_dephasing_of_one():
    dicke = two_spins(0.02, g=(0.5, 0.1))
    rates = CavityRates(dicke)
    energies, widths = dicke.flip_energies([1, 1]), rates.dephasing_rates()[rates.classes]
    change = 4 * dicke.ising_couplings()[0, 1]
    expected = max(
        float(rates(energies[j], rates.classes[j])) * change**2 / (change**2 + widths[i] ** 2) / widths[i]
        for i, j in ((0, 1), (1, 0))
    )
    certificate = certify(dicke, at=[[1, 1]])
    assert certificate.interruption_ratio == pytest.approx(expected, rel=1e-9)
    assert certificate.error_band > certificate.interruption_ratio


@pytest.mark.parametrize("rows", [[[1e-4, 0.5], [-1e-4, 0.5]], [[1e-4, 0.5], [2e-4, 0.5]], [[0, 0.5], [-1e-6, 0.5]]])
def test_nearly_equal_rows_are_near_whatever_the_sign_of_their_small_entries(rows):
    certificate = certify(MultimodeDicke(rows, [1, 1.1], 0.6, drive=0.01), at=[[1, 1], [1, -1]])
    assert certificate.groups == ((0, 1),)
    assert certificate.pair_ratio > 1e3
    assert certificate.regime is Regime.HALF_RESOLVED


def test_a_mode_that_no_spin_sees_counts_for_nothing():
    alone = certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.02), compare=False)
    beside = certify(MultimodeDicke([[0.5, 0.0]], [1.0, 1e-3], [0.6, 1e-4], drive=0.02), at=[[1]])
    for name in ("drive_ratio", "settling_ratio", "error_band", "ratio"):
        assert getattr(beside, name) == pytest.approx(getattr(alone, name), rel=1e-9)


def test_where_spins_flip_together_their_enhanced_rate_decides():
    certificate = certify(MultimodeDicke(np.full((10, 1), 0.3), 1.0, 0.6, drive=0.004), at=[[1] * 10, [1, -1] * 5])
    assert certificate.collective_ratio == pytest.approx(30 * certificate.ratio)
    assert certificate.largest_safe_drive == pytest.approx(0.004 * np.sqrt(0.03 / certificate.collective_ratio))


def test_the_advice_to_draw_couplings_apart_is_enough():
    pair = MultimodeDicke([[0.5], [0.5]], 1.0, 0.6, drive=0.01)
    apart = float(certify(pair).suggestions[-1].split()[6])
    advised = certify(MultimodeDicke([[0.5], [0.5 + 1.1 * apart]], 1.0, 0.6, drive=0.01))
    assert advised.regime is Regime.INDEPENDENT_RATES
