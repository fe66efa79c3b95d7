from pathlib import Path

from pipeline.runs.events import EventLog, Finished, Metrics, Progress, Tail, read_events


def test_events_are_numbered_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.write(Progress(stage="training", done=1, total=10))
        log.write(Metrics(step=1, values={"loss": 2.5}))
    events = read_events(path)
    assert [event.seq for event in events] == [1, 2]
    assert isinstance(events[1], Metrics)
    assert events[1].values == {"loss": 2.5}


def test_a_torn_line_is_skipped_and_cut_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.write(Metrics(step=1, values={"loss": 2.5}))
    with path.open("ab") as file:
        file.write(b'{"event": "metrics", "st')
    assert len(read_events(path)) == 1
    with EventLog(path) as log:
        log.write(Finished(step=1))
    assert [event.seq for event in read_events(path)] == [1, 2]


def test_a_tail_sees_each_event_once_and_skips_unknown_kinds(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert list(tail) == []
    with EventLog(path) as log:
        log.write(Metrics(step=1, values={}))
        assert len(list(tail)) == 1
        with path.open("ab") as file:
            file.write(b'{"event": "from_the_future", "seq": 2, "time": 0}\n')
        assert list(tail) == []
    with EventLog(path) as log:
        log.write(Finished(step=1))
    assert [event.seq for event in tail] == [3]
