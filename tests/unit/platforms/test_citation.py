"""BibTeX of presets, models, theories and results: valid, complete, each entry once."""

import re

import pytest

import cavity_hopfield as ch
from cavity_hopfield import ArgumentError, theory
from cavity_hopfield.platforms import BareCavity, presets
from cavity_hopfield.platforms.bibliography import entries
from cavity_hopfield.platforms.citation import METHODS, citation, references

NEEDED = {
    "article": {"author", "title", "journal", "volume", "pages", "year"},
    "misc": {"author", "title", "eprint", "archiveprefix", "year"},
    "software": {"author", "title", "version"},
}


def parsed(text):
    """(kind, key, fields) of every entry, by counting braces: a parser of our own, and a strict one."""
    found, place = [], 0
    while place < len(text):
        head = re.compile(r"\s*@(\w+)\{([a-z0-9_]+),").match(text, place)
        if head is None:
            assert not text[place:].strip()
            break
        depth, end = 1, head.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        body, fields, at = text[head.end() : end - 1], {}, 0
        while body[at:].strip(" \n,"):
            name = re.compile(r"[\s,]*(\w+) = \{").match(body, at)
            assert name is not None, body[at:]
            depth, stop = 1, name.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(body[stop], 0)
                stop += 1
            fields[name.group(1)] = body[name.end() : stop - 1]
            at = stop
        found.append((head.group(1), head.group(2), fields))
        place = end
    return found


def keys_of(text):
    return [key for _, key, _ in parsed(text)]


def test_the_whole_bibliography_is_valid():
    found = parsed("\n\n".join(entries().values()))
    assert [key for _, key, _ in found] == list(entries())
    for kind, key, fields in found:
        assert NEEDED[kind] <= set(fields), key
        assert all(fields.values())
        assert text_is_plain(fields)


def text_is_plain(fields):
    return all(value.isascii() for value in fields.values())


def test_every_reference_of_every_method_and_preset_is_there():
    assert {key for keys in METHODS.values() for key in keys} <= set(entries())
    for name in presets.names():
        assert set(presets.load(name).references) <= set(entries())


def test_every_theory_can_be_cited():
    assert {name for name in theory.__all__ if name[0].isupper()} <= set(METHODS)


def test_each_entry_comes_once_and_the_package_first():
    preset = presets.load("kroeze2022")
    keys = keys_of(citation(preset, "kroeze2022", ch.KineticMonteCarlo(runs=1, seed=1), ch.KineticMonteCarlo))
    assert keys[:2] == ["cavity_hopfield", "kroeze2022"]
    assert len(set(keys)) == len(keys)
    assert {"vaidya2018", "dimer2007", "gillespie1976"} <= set(keys)
    assert f"version = {{{ch.__version__}}}" in citation()


def test_a_model_is_cited_with_its_parts():
    network = ch.OpenHopfield(ch.letters("AC"), ch.Glauber(temperature=0.1))
    assert keys_of(citation(network)) == ["cavity_hopfield", "rotondo2018", "glauber1963"]
    lab = BareCavity(coupling_rad_s=1e5, mode_detuning_rad_s=1e6, photon_loss_rad_s=3e5, drive_rad_s=1e3)
    assert references(lab) == ("fiorelli2020",)


def test_a_result_names_what_made_it():
    network = ch.OpenHopfield(ch.letters("AC"), ch.Glauber(temperature=0.1))
    found = ch.retrieval(network, initial_overlaps=[1.0], runs=1, seed=1, time=1.0, level=0.9)
    assert set(keys_of(citation(found))) == {"cavity_hopfield", "rotondo2018", "glauber1963", "clopper1934"}
    marked = found.assign_attrs(preset="zhang2017")
    assert {"zhang2017", "porras2004"} <= set(keys_of(citation(marked)))


def test_what_has_no_reference_is_refused():
    with pytest.raises(ArgumentError, match="'int' has no reference"):
        citation(3)
