"""What an interrupted run leaves on disk, and what the next one makes of it."""

import json

import pytest

from thumborlike.batch.journal import open_journal
from thumborlike.errors import ConfigurationError

HEAD = {"journal": "of a test", "of": "http://a"}


def opened(path, head=HEAD, **how):
    return open_journal(path, head, **how)


def noted(path, *records):
    journal = opened(path)
    for each in records:
        journal.note(each)
    journal.close()


def read(path):
    journal = opened(path)
    try:
        return list(journal.records())
    finally:
        journal.close()


def test_what_was_noted_is_read_by_the_next_run(tmp_path):
    path = tmp_path / "j"
    noted(path, {"name": "a"}, {"name": "ü"})
    noted(path, {"name": "c"})
    assert [each["name"] for each in read(path)] == ["a", "ü", "c"]


@pytest.mark.parametrize("tail", [b'{"name":"b', b"x" * 200_000, b"\0" * 10])
def test_a_torn_last_line_is_dropped(tmp_path, tail):
    path = tmp_path / "j"
    noted(path, {"name": "a"})
    with path.open("ab") as file:
        file.write(tail)
    noted(path, {"name": "c"})
    assert [each["name"] for each in read(path)] == ["a", "c"]


def test_a_journal_that_was_torn_in_its_first_line_begins_anew(tmp_path):
    path = tmp_path / "j"
    path.write_bytes(b'{"journal":')
    noted(path, {"name": "a"})
    assert json.loads(path.read_text().splitlines()[0]) == HEAD


def test_lines_that_make_no_sense_are_left_out(tmp_path):
    path = tmp_path / "j"
    noted(path, {"name": "a"})
    with path.open("ab") as file:
        file.write(b"\xff\xfe\n[1]\n7\n\n")
    assert read(path) == [{"name": "a"}]


@pytest.mark.parametrize("other", [{"journal": "of a test", "of": "http://b"}, {}])
def test_the_journal_of_another_run_is_refused(tmp_path, other):
    path = tmp_path / "j"
    noted(path)
    with pytest.raises(ConfigurationError, match="no journal of a run like this one"):
        opened(path, other)
    opened(path, other, anew=True).close()


def test_some_other_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "j"
    path.write_text("dear diary\n")
    with pytest.raises(ConfigurationError):
        opened(path)
    assert path.read_text() == "dear diary\n"


def test_one_process_at_a_time(tmp_path):
    journal = opened(tmp_path / "j")
    with pytest.raises(ConfigurationError, match="another process"):
        opened(tmp_path / "j")
    journal.close()


def test_without_a_file_nothing_is_noted_and_a_folder_is_none(tmp_path):
    journal = opened(None)
    journal.note({"name": "a"})
    assert list(journal.records()) == []
    with pytest.raises(ConfigurationError):
        opened(tmp_path)
    assert not list(tmp_path.iterdir())
