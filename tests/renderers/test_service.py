from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from visual_erm.errors import BackendError, InfrastructureFault, PolicyFault
from visual_erm.renderers.service import Job, Limits, Service

FOLDER = Path(__file__).parent / "jobs"
LIMITS = Limits(memory=300 << 20, cpu=4, deadline=1.0, output=4 << 20, source=10_000)
PROGRAM = Job("test", "jobs_for_tests:act", preload=("numpy",), limits=LIMITS)
DOCUMENT = replace(PROGRAM, reuse=True)
SPARED = replace(PROGRAM, spares=True, idle="jobs_for_tests:prepare", scout="jobs_for_tests:scouts")
JOBS = {"program": PROGRAM, "spared": SPARED, "document": DOCUMENT}


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    sys.path.append(str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module", params=list(JOBS))
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    made = Service(JOBS[request.param], 2)
    while not made.prepared:
        time.sleep(0.05)
    yield made
    made.close()


@pytest.fixture
def make() -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def build(job: Job = PROGRAM, workers: int = 2) -> Service:
        made.append(Service(job, workers))
        return made[-1]

    yield build
    for one in made:
        one.close()


def fault_of(service: Service, word: str) -> PolicyFault:
    with pytest.raises(PolicyFault) as caught:
        service.run(word, deadline=3)
    return caught.value


def test_what_is_given_up_while_it_starts_leaves_no_folder(
    make: Callable[..., Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visual_erm.renderers.processes._START_SECONDS", 1)
    slow = replace(
        PROGRAM, preload=("jobs_for_tests:linger",), environment=(("TMPDIR", str(tmp_path)),)
    )
    with pytest.raises(BackendError, match="cannot start: no sign of them in 1 s; the machine may"):
        make(slow).run("hello")
    assert not list(tmp_path.iterdir())


def test_drawing_arrives_whole(service: Service) -> None:
    output = service.run("hello \u6c34", {"grey": 9})
    assert output.image is not None
    assert output.image.shape == (40, 60, 3)
    assert (output.image == 9).all()
    assert output.document == "hello \u6c34".encode()
    assert output.seconds > 0
    assert output.cpu_seconds is not None


def test_document_without_picture(service: Service) -> None:
    output = service.run("document")
    assert output.image is None
    assert output.document == b"\0{}"


def test_worker_knows_nothing_of_the_trainer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "value")
    meta = service.run("x").meta
    assert "SECRET" not in meta["environment"]
    assert meta["environment"]["PYTHONHASHSEED"] == "0"
    assert meta["directory"] == "/"
    assert meta["session"] == meta["pid"] != os.getsid(0)
    assert str(FOLDER) not in meta["path"]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("raise", "exception"),
        ("reject", "not_good"),
        ("exit", "crash"),
        ("leave", "exit"),
        ("memory", "memory"),
        ("segfault", "crash"),
        ("nothing", "no_output"),
        ("wrong", "exception"),
        ("large", "too_large"),
        ("x" * 20_000, "too_long"),
    ],
)
def test_every_way_to_fail_has_its_code(service: Service, word: str, code: str) -> None:
    fault = fault_of(service, word)
    assert fault.failure.code == code
    assert fault.failure.kind == "policy"
    assert fault.failure.stage == "render"
    assert service.run("good").image is not None


def test_message_names_no_folder(service: Service) -> None:
    failure = fault_of(service, "raise").failure
    assert "private" not in failure.message + failure.detail
    assert "file.txt" in failure.message
    assert "http://example.org/a/b" in failure.message


@pytest.mark.parametrize("word", ["loop", "sleep"])
def test_deadline_is_hard_and_gives_the_worker_back(service: Service, word: str) -> None:
    started = time.monotonic()
    with pytest.raises(PolicyFault, match="was stopped") as caught:
        service.run(word, deadline=0.4)
    assert caught.value.failure.code == "timeout"
    assert time.monotonic() - started < 20
    assert service.run("good").image is not None


def test_program_gets_a_process_of_its_own(make: Callable[..., Service]) -> None:
    service = make()
    first, second = service.run("a").meta, service.run("b").meta
    assert first["pid"] != second["pid"]
    assert first["seen"] == second["seen"] == 1


def test_document_worker_is_reused_and_recycled(make: Callable[..., Service]) -> None:
    service = make(replace(DOCUMENT, recycle=3), workers=1)
    pids = [service.run("a").meta["pid"] for _ in range(7)]
    assert len(set(pids)) == 3


def test_a_failing_document_does_not_cost_the_worker(make: Callable[..., Service]) -> None:
    service = make(DOCUMENT, workers=1)
    before = service.run("a").meta["pid"]
    fault_of(service, "reject")
    assert service.run("a").meta["pid"] == before


def test_cpu_limit_is_a_time_out(make: Callable[..., Service]) -> None:
    service = make(replace(PROGRAM, limits=replace(LIMITS, cpu=0.5)))
    with pytest.raises(PolicyFault, match=r"processor time|was stopped") as caught:
        service.run("loop", deadline=20)
    assert caught.value.failure.code == "timeout"


def test_memory_without_address_space_limit(make: Callable[..., Service]) -> None:
    limits = replace(LIMITS, address_space=False, memory=100 << 20, deadline=10)
    fault = fault_of(make(replace(PROGRAM, limits=limits)), "resident")
    assert fault.failure.code == "memory"


def test_items_run_at_once_and_no_more_than_workers(make: Callable[..., Service]) -> None:
    service = make(workers=3)
    service.run("warm")
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        zygote = psutil.Process(service.processes()[0])
        while not done.wait(0.01):
            most = max(most, len(zygote.children()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(6) as pool:

        def sleep(_: int) -> None:
            with suppress(PolicyFault):
                service.run("sleep", deadline=0.5)

        list(pool.map(sleep, range(6)))
    done.set()
    watcher.join()
    assert 2 <= most <= 3


def test_killed_zygote_is_replaced(make: Callable[..., Service]) -> None:
    service = make()
    service.run("a")
    zygote = service.processes()[0]
    os.kill(zygote, signal.SIGKILL)
    assert service.run("b").image is not None
    assert service.restarts == 1
    assert service.processes()[0] != zygote


def test_zygote_killed_under_items_in_flight(make: Callable[..., Service]) -> None:
    service = make(DOCUMENT, workers=4)
    service.run("a")
    zygote = service.processes()[0]
    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(service.run, "x") for _ in range(40)]
        os.kill(zygote, signal.SIGKILL)
        assert all(result.result().image is not None for result in results)
    assert service.restarts == 1


def test_killed_idle_worker_is_not_missed(make: Callable[..., Service]) -> None:
    service = make(DOCUMENT, workers=1)
    os.kill(service.run("a").meta["pid"], signal.SIGKILL)
    time.sleep(0.1)
    assert service.run("b").image is not None
    assert service.restarts == 0


def test_zygote_that_cannot_start_says_why(make: Callable[..., Service]) -> None:
    with pytest.raises(BackendError, match="No module named 'absent_module'"):
        make(replace(PROGRAM, preload=("absent_module",))).run("x")


def test_pickled_service_starts_its_own(make: Callable[..., Service]) -> None:
    service = make()
    service.run("a")
    copy = pickle.loads(pickle.dumps(service))
    try:
        assert copy.processes() == []
        assert copy.run("a").image is not None
        assert copy.processes()[0] != service.processes()[0]
    finally:
        copy.close()


def _in_fork(service: Service, answers: multiprocessing.Queue[object]) -> None:
    output = service.run("a")
    answers.put((service.processes()[0], output.image is not None))
    service.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_process_starts_its_own(make: Callable[..., Service]) -> None:
    service = make(DOCUMENT)
    service.run("a")
    own = service.processes()[0]
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[object] = context.Queue()
    child = context.Process(target=_in_fork, args=(service, answers))
    child.start()
    zygote, drawn = answers.get(timeout=60)  # type: ignore[misc]
    child.join()
    assert drawn
    assert zygote != own
    assert service.run("b").image is not None
    assert service.restarts == 0
    assert service.processes()[0] == own


def test_nothing_outlives_close(make: Callable[..., Service]) -> None:
    service = make(DOCUMENT)
    service.run("a")
    processes = [psutil.Process(pid) for pid in service.processes()]
    assert len(processes) == 2
    service.close()
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive
    assert service.run("b").image is not None


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "pass"])
def test_nothing_outlives_the_trainer(end: str, tmp_path: Path) -> None:
    script = f"""
        import os, sys, threading, time
        import psutil
        sys.path.append({str(FOLDER)!r})
        from visual_erm.renderers.service import Job, Service
        service = Service(Job("test", "jobs_for_tests:act", reuse=True), 2)
        service.run("a")
        threading.Thread(target=service.run, args=("sleep",), daemon=True).start()
        while len(service.processes()) > 1:  # until its worker is no longer idle
            time.sleep(0.01)
        service.run("a")
        zygote = psutil.Process(service.processes()[0])
        print(zygote.pid, *(child.pid for child in zygote.children()), flush=True)
        {end}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) >= 3, done.stderr
    deadline = time.monotonic() + 30
    while (left := [pid for pid in pids if psutil.pid_exists(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_zygote_outlives_the_thread_that_started_it(make: Callable[..., Service]) -> None:
    service = make()
    thread = threading.Thread(target=service.run, args=("a",))
    thread.start()
    thread.join()
    time.sleep(0.1)
    service.run("b")
    assert service.restarts == 0


def test_zygote_never_sees_a_source_and_leaves_no_file(make: Callable[..., Service]) -> None:
    service = make()
    secret = "needle-" + "7391"
    service.run(secret)
    zygote = service.processes()[0]
    if os.getuid() == 0:
        assert secret.encode() not in _writable_memory(zygote)
    scratch = Path("/tmp").glob(f"verm-zygote-*/{zygote}*")
    assert not list(scratch)
    names = [os.readlink(path) for path in Path(f"/proc/{zygote}/fd").iterdir()]
    assert not [name for name in names if "memfd" in name]


def _writable_memory(pid: int) -> bytes:
    blocks = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, mode = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if mode.startswith("rw"):
                memory.seek(start)
                with suppress(OSError):
                    blocks.append(memory.read(end - start))
    return b"".join(blocks)


@pytest.mark.parametrize("job", [PROGRAM, SPARED], ids=["program", "spared"])
def test_descriptors_do_not_leak(make: Callable[..., Service], job: Job) -> None:
    service = make(job)
    while not service.prepared:
        time.sleep(0.05)
    for word in ("a", "raise", "exit"):
        with suppress(PolicyFault):
            service.run(word)
    before = _settled(service)
    for word in ("a", "raise", "exit", "memory", "a"):
        with suppress(PolicyFault):
            service.run(word)
    assert _settled(service) == before


def _settled(service: Service) -> tuple[int, int]:
    """Open descriptors here and in the zygote, once finished workers are gone and spares there."""
    zygote = service.processes()[0]
    last, since = (0, 0), time.monotonic()
    deadline = since + 30
    while time.monotonic() < min(deadline, since + 0.5):
        now = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{zygote}/fd"))
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.02)
    return last


def _with_spares(service: Service, count: int = 2) -> list[int]:
    """Process ids of the zygote and of its spares, once all are there."""
    while not service.prepared:
        time.sleep(0.05)
    service.run("first")
    deadline = time.monotonic() + 30
    while len(ids := service.processes()) < 1 + count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(ids) == 1 + count
    return ids


def test_spares_are_forked_ahead_and_used_once(make: Callable[..., Service]) -> None:
    service = make(SPARED)
    for _ in range(3):
        spares = _with_spares(service)[1:]
        meta = service.run("x").meta
        assert meta["pid"] in spares
        assert meta["seen"] == 1
        assert meta["pid"] not in service.processes()


def test_no_spares_before_they_are_worth_it(make: Callable[..., Service]) -> None:
    service = make(replace(SPARED, idle="jobs_for_tests:prepare_for_long"))
    service.run("x")
    assert len(service.processes()) == 1


def test_dead_spares_are_not_missed(make: Callable[..., Service]) -> None:
    service = make(SPARED)
    for pid in _with_spares(service)[1:]:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert service.run("x").image is not None
    assert service.restarts == 0


@pytest.mark.parametrize("end", ["close", "zygote"])
def test_spares_do_not_outlive_their_zygote(make: Callable[..., Service], end: str) -> None:
    service = make(SPARED)
    processes = [psutil.Process(pid) for pid in _with_spares(service)]
    if end == "close":
        service.close()
    else:
        processes.pop(0).kill()
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive


def test_bell_rung_early_gains_nothing(make: Callable[..., Service]) -> None:
    service = make()
    started = time.monotonic()
    fault = fault_of(service, "ring")
    assert fault.failure.code == "bad_output"
    assert time.monotonic() - started < 20
    zygote = psutil.Process(service.processes()[0])
    _, alive = psutil.wait_procs(zygote.children(), timeout=30)
    assert not alive


def test_processor_time_of_a_worker_that_is_gone_is_its_parents_word() -> None:
    from visual_erm.renderers import processes

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    done = subprocess.Popen(["true"])
    done.wait()
    theirs.send(json.dumps({"pid": done.pid}).encode())
    theirs.send(json.dumps({"exit": 0, "cpu": 0.25, "peak": 0}).encode())
    with ours, theirs:
        assert processes.Worker(ours, ours)._cpu_in_all() == 0.25


def test_starved_worker_is_not_the_policys_fault(make: Callable[..., Service]) -> None:
    """A worker that is ready to run and kept from running is stopped by us, not by its source."""
    service = make(workers=1)
    service.run("a")
    from visual_erm.renderers import processes

    worker = processes.Worker.__new__(processes.Worker)
    worker._used = worker._waited = 0.0
    worker.pid = 0
    assert worker._starving(1.0), "not even forked after a whole deadline"
    worker.pid = os.getpid()
    worker._waited = processes._waited_for_processor(worker.pid)
    worker._used = processes._processor_time(worker.pid)
    assert not worker._starving(1.0), "idle by its own choice"
    worker._waited -= 0.9
    assert worker._starving(1.0)


def test_source_of_bytes_and_surrogates(service: Service) -> None:
    assert service.run(b"bytes").document == b"bytes"
    assert fault_of(service, "\ud800").failure.code == "exception"


def test_faults_pickle(service: Service) -> None:
    fault = fault_of(service, "raise")
    assert pickle.loads(pickle.dumps(fault)).failure == fault.failure
    assert not isinstance(fault, InfrastructureFault)


def test_pixels_are_exact(service: Service) -> None:
    output = service.run("x", {"grey": 200})
    assert output.image is not None
    assert output.image.dtype == np.uint8
    assert output.image.flags.c_contiguous
