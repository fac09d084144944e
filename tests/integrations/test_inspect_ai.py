"""inspect_ai's scorer, in real evaluations and on stored logs."""

import importlib.util
import math
import subprocess
import sys
from importlib.metadata import entry_points

import faulty_judges as faulty
import pytest

REFERENCE = faulty.reference()
REPLIES = (faulty.svg(), faulty.svg(30), "no drawing")


def test_inspect_finds_it_by_its_entry_point():
    (ours,) = (e for e in entry_points(group="inspect_ai") if e.name == "visual_erm")
    assert importlib.util.find_spec(ours.value) is not None


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None,
    reason="inspect_ai is not installed here; `make trainers` makes an environment with it",
)
class TestRealEvaluation:
    def run(self, folder, scorer, replies=REPLIES, **metadata):
        from inspect_ai import Task, eval
        from inspect_ai.dataset import MemoryDataset, Sample
        from inspect_ai.model import (
            ChatMessageUser,
            ContentImage,
            ContentText,
            ModelOutput,
            ModelUsage,
            get_model,
        )
        from inspect_ai.solver import generate

        def output(text):
            said = ModelOutput.from_content("mockllm/model", text)
            # otherwise tokens are counted by a tokenizer from the network
            said.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
            return said

        picture = [ContentImage(image=REFERENCE), ContentText(text="Draw it.")]
        samples = [
            Sample(input=[ChatMessageUser(content=picture)], metadata={"task": "svg", **metadata})
            for _ in replies
        ]
        model = get_model("mockllm/model", custom_outputs=[output(text) for text in replies])
        task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=scorer)
        (log,) = eval(task, model=model, log_dir=str(folder), display="none", max_samples=1)
        assert log.status == "success", log.error
        return log

    def metrics(self, log):
        return {s.name: next(iter(s.metrics.values())).value for s in log.results.scores}

    def test_an_evaluation_and_its_log_judged_anew(self, tmp_path):
        from inspect_ai import score
        from inspect_ai.log import read_eval_log

        from visual_erm.integrations.inspect_ai import visual_erm

        log = self.run(tmp_path, visual_erm())
        values = [s.scores["visual_erm"].value for s in log.samples]
        assert values[0]["reward"] == 1.0 > values[1]["reward"] > values[2]["reward"] == 0.0
        assert self.metrics(log)["rendered"] == pytest.approx(2 / 3)
        again = score(read_eval_log(log.location), visual_erm(), action="overwrite")
        assert self.metrics(again) == self.metrics(log)

    def test_the_command_line_finds_it_and_rescores(self, tmp_path):
        from visual_erm.integrations.inspect_ai import visual_erm

        log = self.run(tmp_path, visual_erm(), replies=REPLIES[:1])
        command = [sys.executable, "-m", "inspect_ai"]
        arguments = ["score", log.location, "--scorer", "visual_erm/visual_erm"]
        done = subprocess.run(
            [*command, *arguments, "--action", "overwrite", "--overwrite", "--display", "plain"],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert "reward" in done.stdout

    @pytest.mark.parametrize("judge", faulty.FAULTY)
    def test_a_fault_is_unscored_and_counted(self, judge, tmp_path):
        from visual_erm.integrations.inspect_ai import visual_erm

        log = self.run(tmp_path, visual_erm(judge=faulty.FAULTY[judge]))
        scores = [sample.scores["visual_erm"] for sample in log.samples]
        assert [isinstance(s.value, float) and math.isnan(s.value) for s in scores[:2]] == [
            True
        ] * 2
        assert scores[2].value["reward"] == 0.0
        reward = next(s for s in log.results.scores if s.name == "reward")
        assert (reward.scored_samples, reward.unscored_samples) == (1, 2)

    def test_a_hanging_judge_is_given_up(self, tmp_path):
        from visual_erm.integrations.inspect_ai import visual_erm

        scorer = visual_erm(judge=faulty.Hanging(), item_deadline=1)
        log = self.run(tmp_path, scorer, replies=(faulty.svg(50, "navy"), faulty.svg()))
        reward = next(s for s in log.results.scores if s.name == "reward")
        assert (reward.scored_samples, reward.unscored_samples) == (1, 1)
        assert reward.metrics["mean"].value == 1.0
