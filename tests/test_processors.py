from visual_erm import processors


def test_ranks_share_the_machine(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(24)))
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert processors.processors() == 24
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    assert processors.processors() == 3
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "64")
    assert processors.processors() == 1


def test_a_limit_holds_until_it_is_taken_back():
    usual = processors.available()
    processors.limit(7)
    assert (processors.processors(), processors.available()) == (7, usual)
    processors.limit(None)
    assert processors.processors() == usual
