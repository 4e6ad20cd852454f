from pathlib import Path

from coalition.intake.report import FileReport, LoadReport, format_report


def test_format_report_of_a_load_without_problems() -> None:
    report = LoadReport(Path("data"), [FileReport("districts.csv", read=37, created=36, unchanged=1)])

    assert format_report(report) == (
        "Record of data\ndistricts.csv     37 read, 36 created, 0 updated, 1 unchanged\nNo problems."
    )


def test_format_report_names_file_line_column_and_reason() -> None:
    activities = FileReport("activities.csv", read=3, updated=1, unchanged=1)
    activities.problem("'party' is not known here", line=7, column="kind")
    activities.note("changed by its owner since; kept", line=4)
    topics = FileReport("topics.csv")
    topics.problem("there is no such file in data")

    assert format_report(LoadReport(Path("data"), [activities, topics])).splitlines() == [
        "Record of data",
        "activities.csv      3 read, 0 created, 1 updated, 1 unchanged",
        "  activities.csv, line 7, column kind: 'party' is not known here",
        "  note, activities.csv, line 4: changed by its owner since; kept",
        "topics.csv          0 read, 0 created, 0 updated, 0 unchanged",
        "  topics.csv: there is no such file in data",
        "2 problems. What they name was left out; all else is stored.",
    ]


def test_one_problem_is_counted_in_the_singular() -> None:
    file = FileReport("topics.csv")
    file.problem("the file is empty")

    assert format_report(LoadReport(Path("data"), [file])).endswith(
        "\n1 problem. What they name was left out; all else is stored."
    )


def test_nothing_stored_takes_back_the_counts_and_keeps_the_problems() -> None:
    file = FileReport("topics.csv", read=5, created=3, updated=1, unchanged=1)
    file.problem("bad", line=4)
    file.note("kept", line=2)

    file.nothing_stored("the disk is full")
    file.in_order()

    assert (file.read, file.created, file.updated, file.unchanged, file.notes) == (5, 0, 0, 0, [])
    assert [(problem.line, problem.reason) for problem in file.problems] == [
        (None, "the disk is full"),
        (4, "bad"),
    ]
