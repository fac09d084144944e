"""verifiers' reward: called by parameter names, faults as errors; and real tasks where they are."""

import asyncio
import importlib.util
import inspect
from types import SimpleNamespace

import faulty_judges as faulty
import pytest

from visual_erm.errors import InfrastructureFault
from visual_erm.integrations.verifiers import visual

REFERENCE = faulty.reference()


def call(reply, **fields):
    metrics = {}
    task = SimpleNamespace(**({"reference": REFERENCE, "task": "svg"} | fields))
    trace = SimpleNamespace(last_reply=reply, record_metrics=metrics.update)
    return asyncio.run(visual(task, trace)), metrics


def test_called_as_verifiers_calls_it():
    assert inspect.iscoroutinefunction(visual)
    assert set(inspect.signature(visual).parameters) <= {"task", "trace", "runtime"}
    value, metrics = call(faulty.svg())
    assert value == 1.0 and metrics["visual_rendered"] == 1.0
    assert call("no drawing")[0] == 0.0


def test_a_fault_is_an_error_or_the_stated_value(monkeypatch):
    with pytest.raises(InfrastructureFault, match="no such file"):
        call(faulty.svg(), reference="missing.png")
    monkeypatch.setenv("VISUAL_ERM_JUDGE", faulty.UNREACHABLE)
    with pytest.raises(InfrastructureFault):
        call(faulty.svg())
    monkeypatch.setenv("VISUAL_ERM_UNSCORED", "0.25")
    value, metrics = call(faulty.svg())
    assert value == 0.25 and metrics["visual_unscored"] == 1.0


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(
    importlib.util.find_spec("verifiers") is None,
    reason="verifiers is not installed here; `make trainers` makes an environment with it",
)
class TestRealTasks:
    @pytest.fixture
    def score(self):
        import verifiers.v1 as vf
        from verifiers.v1.configs.task import RewardFunctionConfig, TaskConfig

        class Data(vf.TaskData):
            reference: str
            task: str = "svg"

        class Task(vf.Task[Data]):
            pass

        fn = RewardFunctionConfig(fn="visual_erm.integrations.verifiers:visual", weight=2.0)

        def run(reply, reference=REFERENCE):
            data = Data(reference=reference, prompt=[{"role": "user", "content": "Draw."}])
            task = Task(data, TaskConfig(rewards={"visual": fn}))
            trace = vf.Trace(
                task=vf.TraceTask(type="Task", data=data),
                agent=vf.AgentInfo(config=vf.AgentConfig()),
            )
            trace.root_reply = reply
            asyncio.run(task.score(trace))
            return trace

        return run

    def test_a_reward_by_its_import_path(self, score):
        traces = [score(reply) for reply in (faulty.svg(), faulty.svg(30), "no drawing")]
        values = [trace.reward for trace in traces]
        assert values[0] == 2.0 > values[1] > values[2] == 0.0
        assert [trace.metrics["visual_policy_fault"] for trace in traces] == [0, 0, 1]

    @pytest.mark.parametrize("judge", ["down", "nan", "junk", "broken"])
    def test_a_fault_is_an_error_of_the_task_and_no_zero(self, score, judge, monkeypatch):
        from verifiers.v1.errors import TaskError

        from visual_erm.integrations import verifiers as ours
        from visual_erm.integrations.settings import Settings

        chosen = Settings.of(judge=faulty.FAULTY[judge])
        monkeypatch.setattr(ours.Settings, "of", lambda: chosen)
        with pytest.raises(TaskError):
            score(faulty.svg())
        assert score("no drawing").reward == 0.0
