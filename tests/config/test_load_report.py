"""What the load programs report is counted right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.load.report import Machine, Report, percentile, times_of

MACHINE = Machine(cores=2, load_average=0.5)


@pytest.mark.parametrize(
    ("share", "expected"), [(1, 1.0), (50, 50.0), (90, 90.0), (99, 99.0), (99.5, 100.0), (100, 100.0)]
)
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([float(number) for number in range(1, 101)], share) == expected


def test_a_single_value_is_every_percentile() -> None:
    assert {percentile([7.0], share) for share in (1, 50, 99, 100)} == {7.0}


def test_times_are_told_in_milliseconds_whatever_their_order() -> None:
    times = times_of([0.004, 0.001, 0.002, 0.003])
    assert (times.count, times.p50, times.p99, times.max) == (4, 2.0, 4.0, 4.0)


def test_nothing_measured_shows_as_a_count_of_nought() -> None:
    assert times_of([]).count == 0


def test_the_table_names_the_machine_every_figure_and_its_unit() -> None:
    report = Report("Messages", machine=MACHINE)
    report.figure("achieved rate", 499.84, "messages/s")
    report.figure("lost", 0)
    report.times("sent to accepted", [0.0021, 0.0049])
    lines = report.as_text().splitlines()
    assert "(2 cores, load average 0.50 at the start)" in lines
    assert ["achieved", "rate", "499.8", "messages/s"] in [line.split() for line in lines]
    assert ["lost", "0"] in [line.split() for line in lines]
    assert ["sent", "to", "accepted", "2", "2.1", "4.9", "4.9", "4.9"] in [line.split() for line in lines]


def test_columns_stand_under_each_other() -> None:
    report = Report("Messages", machine=MACHINE)
    report.times("sent to accepted", [0.0021])
    report.times("seen", [1.5])
    header, *rows = report.as_text().splitlines()[-3:]
    assert {len(row) for row in rows} == {len(header)}


def test_json_holds_the_same_figures(tmp_path: Path) -> None:
    report = Report("Messages", machine=MACHINE)
    report.figure("lost", 0, "messages")
    report.times("sent to accepted", [0.002])
    report.write(tmp_path / "new" / "report.json")
    told = json.loads((tmp_path / "new" / "report.json").read_text())
    assert told["machine"] == {"cores": 2, "load_average": 0.5}
    assert told["figures"]["lost"] == {"value": 0, "unit": "messages"}
    assert told["times_ms"]["sent to accepted"] == {
        "count": 1,
        "p50": 2.0,
        "p90": 2.0,
        "p99": 2.0,
        "max": 2.0,
    }
