"""TRL's reward function: its signature, faults, pickling; and a real trainer where there is one."""

import functools
import importlib.util
import inspect
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import faulty_judges as faulty
import numpy as np
import pytest
from PIL import Image

from visual_erm import images
from visual_erm.errors import UsageError
from visual_erm.integrations.trl import TrlReward, visual_reward

REFERENCE = faulty.reference()


def pil(picture):
    return Image.fromarray(picture)


def columns(**other):
    count = len(other.get("completions", "ab"))
    return {
        "prompts": ["draw"] * count,
        "completions": [faulty.svg(), "none"],
        "completion_ids": [[1]] * count,
        "reference": [REFERENCE] * count,
        "task": ["svg"] * count,
        "trainer_state": None,
    } | other


def test_called_as_trl_calls_it():
    metrics, extras = {}, {}
    values = visual_reward(
        **columns(
            completions=[[{"role": "assistant", "content": faulty.svg()}], "none"],
            log_metric=metrics.__setitem__,
            log_extra=extras.__setitem__,
        )
    )
    assert values == [1.0, 0.0]
    assert metrics["visual/rendered"] == 0.5
    assert metrics["visual/unscored"] == 0.0
    assert extras["visual_why"][0] == "no errors"
    assert not inspect.iscoroutinefunction(visual_reward)


def test_where_the_reference_is_found():
    picture = images.load(REFERENCE)
    for named in ({"image": [picture] * 2}, {"images": [[picture, None]] * 2}):
        given = columns(**named)
        del given["reference"]
        assert visual_reward(**given) == [1.0, 0.0]
    with pytest.raises(UsageError, match="picture to reproduce"):
        visual_reward(completions=["x"], task=["svg"])
    # a column of single pictures, as a data set of one picture a row has it
    assert visual_reward(**columns(reference=None, images=[pil(picture)] * 2)) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ({"reference": [REFERENCE]}, '"reference".* of 2 completions, got 1 values'),
        ({"reference": REFERENCE}, '"reference".* got one str'),
        ({"reference": [REFERENCE] * 3}, '"reference".* got 3 values'),
        ({"task": "svg"}, '"task".* got one str'),
        ({"reference": None, "images": pil(images.load(REFERENCE))}, '"images".* got one Image'),
    ],
)
def test_a_column_that_is_no_column_of_this_batch_is_said(wrong, got):
    with pytest.raises(UsageError, match=got):
        visual_reward(**columns(**wrong))


def test_columns_may_be_arrays():
    given = {"reference": np.array([REFERENCE] * 2), "task": np.array(["svg"] * 2)}
    assert visual_reward(**columns(**given)) == [1.0, 0.0]


def test_what_can_be_sent_to_a_child():
    configured = TrlReward(task="svg", name="drawing")
    for function in (visual_reward, configured, functools.partial(visual_reward)):
        again = pickle.loads(pickle.dumps(function))
        assert again(**columns()) == [1.0, 0.0]
    assert configured.__name__ == "drawing"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_opens_an_engine_of_its_own():
    reward = TrlReward()
    assert reward(**columns()) == [1.0, 0.0]
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        assert pool.submit(reward, **columns()).result(120) == [1.0, 0.0]


@pytest.mark.parametrize("name", faulty.FAULTY)
def test_faults_are_none(name):
    assert TrlReward(judge=faulty.FAULTY[name])(**columns()) == [None, 0.0]


def _train(reward, completions=None, task="svg", algorithm="GRPO"):
    """Two steps with a tiny Qwen3-VL; what it writes is replaced by `completions` if given."""
    import tempfile

    import trl
    from datasets import Dataset, Features, List, Value
    from datasets import Image as ImageFeature
    from PIL import Image
    from tiny_policy import tiny_qwen3_vl

    pictures = [Image.fromarray(images.load(REFERENCE)) for _ in range(4)]
    data = Dataset.from_dict(
        {
            "prompt": [[{"role": "user", "content": f"Draw it {k}."}] for k in range(4)],
            "images": [[picture] for picture in pictures],
            "reference": pictures,
            "task": [task] * 4,
        },
        features=Features(
            {
                "prompt": List({"role": Value("string"), "content": Value("string")}),
                "images": List(ImageFeature()),
                "reference": ImageFeature(),
                "task": Value("string"),
            }
        ),
    )

    def rewarded(completions, **columns):
        texts = [[{"role": "assistant", "content": text}] for text in drawn]
        return reward(completions=texts, **columns)

    drawn = completions
    model, processor = tiny_qwen3_vl()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with tempfile.TemporaryDirectory() as folder:
        config = getattr(trl, f"{algorithm}Config")(
            output_dir=folder,
            max_steps=2,
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=12,
            learning_rate=1e-3,
            logging_steps=1,
            report_to="none",
            use_cpu=True,
            bf16=False,
            beta=0.0,  # no copy of a model that is on no hub
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = getattr(trl, f"{algorithm}Trainer")(
            model=model,
            args=config,
            reward_funcs=rewarded if completions else reward,
            train_dataset=data,
            processing_class=processor,
        )
        trainer.train()
    after = model.state_dict()
    changed = any(not (before[name] == after[name]).all() for name in before)
    finite = all(tensor.isfinite().all() for tensor in after.values())
    return [row for row in trainer.state.log_history if "reward" in row], changed, finite


real = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        importlib.util.find_spec("trl") is None,
        reason="TRL is not installed here; `make trainers` makes an environment with it",
    ),
]


class TestRealTrainer:
    pytestmark = real

    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch):
        monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")

    def test_two_steps_of_grpo_on_what_a_tiny_policy_writes(self):
        rows, _, finite = _train(visual_reward)
        assert len(rows) == 2 and finite
        assert all(row["reward"] == 0.0 and row["visual/policy_fault"] == 1.0 for row in rows)
        assert all(row["rewards/visual_reward/mean"] == 0.0 for row in rows)

    @pytest.mark.parametrize("algorithm", ["GRPO", "RLOO"])
    def test_two_steps_on_drawings(self, algorithm):
        drawings = [faulty.svg(), faulty.svg(30), "none", faulty.svg(50, "navy")]
        rows, changed, finite = _train(TrlReward(), drawings, algorithm=algorithm)
        assert changed and finite
        assert all(0 < row["reward"] < 1 and row["reward_std"] > 0 for row in rows)
        assert all(row["visual/rendered"] == 0.75 for row in rows)

    @pytest.mark.parametrize("name", faulty.FAULTY)
    def test_training_goes_on_without_what_could_not_be_scored(self, name):
        drawings = [faulty.svg(), faulty.svg(30), "none", faulty.svg(50, "navy")]
        rows, _, finite = _train(TrlReward(judge=faulty.FAULTY[name]), drawings)
        assert len(rows) == 2 and finite
        # the one value is that of the reply without a drawing; nothing else entered the mean
        assert all(row["reward"] == 0.0 and row["visual/unscored"] == 0.75 for row in rows)

    def test_one_hanging_judgement_is_left_out_of_its_group(self):
        drawings = [faulty.svg(), faulty.svg(30), "none", faulty.svg(50, "navy")]
        rows, changed, finite = _train(TrlReward(judge=faulty.Hanging(), item_deadline=1), drawings)
        assert changed and finite
        assert all(row["reward"] == pytest.approx(2 / 3, abs=1e-4) for row in rows)
        assert all(row["visual/timed_out"] == 0.25 for row in rows)

    def test_one_hanging_program_is_stopped_and_gets_nothing(self):
        bars = "```python\nimport matplotlib.pyplot as plt\nplt.bar([1, 2], [3, {}])\n```"
        programs = [bars.format(1), bars.format(9), faulty.HANGING_CHART, "none"]
        reward = TrlReward(render_deadline=2)
        rows, changed, finite = _train(reward, programs, task="chart")
        assert changed and finite
        assert all(row["visual/timed_out"] == 0.25 for row in rows)
        assert all(row["visual/unscored"] == 0 < row["reward"] for row in rows)
