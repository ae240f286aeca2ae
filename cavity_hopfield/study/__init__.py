"""The main job: from a configuration to certificate, rates beside Glauber dynamics, and recall at two levels."""

from cavity_hopfield.study.configuration import Study, read_study
from cavity_hopfield.study.design import Designed, run_design
from cavity_hopfield.study.design_configuration import DesignStudy, read_design
from cavity_hopfield.study.recall import (
    build_dicke,
    build_memory,
    build_start,
    certificate_of,
    rates_result,
    recall_result,
    recalled_pattern,
    run_study,
)
from cavity_hopfield.study.sweep_configuration import SweepStudy, read_sweep
from cavity_hopfield.study.sweeps import StudyPoint

__all__ = [
    "DesignStudy",
    "Designed",
    "Study",
    "StudyPoint",
    "SweepStudy",
    "build_dicke",
    "build_memory",
    "build_start",
    "certificate_of",
    "rates_result",
    "read_design",
    "read_study",
    "read_sweep",
    "recall_result",
    "recalled_pattern",
    "run_design",
    "run_study",
]
