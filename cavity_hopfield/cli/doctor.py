"""The command that says whether an installation is sound."""

from typing import Annotated

import typer

from cavity_hopfield._typing import Json
from cavity_hopfield.cli import report
from cavity_hopfield.cli.options import AsJson
from cavity_hopfield.study.doctor import Dependency, Examination, examine
from cavity_hopfield.study.reference_numbers import Check, self_test
from cavity_hopfield.sweep.memory import in_words

UNSOUND = 1


def doctor_command(
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the self-test.")] = False,
    as_json: AsJson = False,
) -> None:
    """Whether this installation is sound: versions, threads, compiled kernels, and a self-test of about a minute.

    The exit code is 1 if a number is off, or a library is missing, too old or broken.
    """
    found = examine()
    if not as_json:
        _print_examination(found)
    checks: tuple[Check, ...] = ()
    if not quick:
        with report.stages() as stage, report.notices():
            checks = self_test(stage("reference numbers"))
    if as_json:
        report.print_json(_summary(found, checks))
    elif checks:
        _print_checks(checks)
    if not (found.sound and all(check.passed for check in checks)):
        raise typer.Exit(UNSOUND)


def _summary(found: Examination, checks: tuple[Check, ...]) -> Json:
    return found.to_dict() | {"checks": [check.to_dict() for check in checks]}


def _print_examination(found: Examination) -> None:
    print_line = report.out.print
    print_line(f"cavity_hopfield {found.version}, Python {found.python}, {found.platform}")
    needed = [one for one in found.dependencies if not one.extra]
    print_line("libraries: " + ", ".join(f"{one.name} {_installed(one)}" for one in needed))
    extras = [one for one in found.dependencies if one.extra]
    if extras:
        print_line("extras: " + ", ".join(f"[{one.extra}] {one.name} {_installed(one)}" for one in extras))
    memory = "" if found.memory is None else f"; {in_words(found.memory)} of memory free"
    print_line(f"cores: {found.usable_cores} to use of {found.cores}{memory}")
    threads = [f"{one.library} {one.version or ''}: {one.threads}" for one in found.libraries]
    threads.append(f"numba: up to {found.numba_threads} (layer: {found.threading_layer}; kernels take one)")
    print_line("threads: " + "; ".join(threads))
    print_line(_kernels_in_words(found))
    for finding in found.findings:
        print_line(f"! {finding}", style="yellow")


def _installed(one: Dependency) -> str:
    return one.installed or "not installed"


def _kernels_in_words(found: Examination) -> str:
    cache = found.cache
    where = ", ".join(cache.folders) or "nowhere"
    stale = (
        f"; {cache.stale} of earlier sources ({in_words(cache.stale_size)}) are not read again" if cache.stale else ""
    )
    return (
        f"kernels: {cache.kernels}, compiled for {cache.compiled} sets of argument types ({in_words(cache.size)}), "
        f"kept in {where}{'' if cache.writable else ' (not writable)'}{stale}"
    )


def _print_checks(checks: tuple[Check, ...]) -> None:
    report.out.print("self-test:", style="bold")
    for check in checks:
        value = "none" if check.value is None else f"{check.value:.10g}"
        verdict, style = ("good", None) if check.passed else ("OFF ", "red")
        wanted = f"{check.reference:.10g} +- {check.tolerance:.2g}"
        report.out.print(f"{verdict} {check.seconds:5.1f} s  {check.name:<38} {value:<15} {wanted}", style=style)
        if not check.passed:
            report.out.print(f"! {check.failure or f'its reference: {check.source}'}", style="yellow")
    good, seconds = sum(check.passed for check in checks), sum(check.seconds for check in checks)
    report.out.print(f"{good} of {len(checks)} numbers are right, in {seconds:.0f} s")
