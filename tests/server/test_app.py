import json

import httpx
import pytest
from served import SVG, pair, plain, text

from visual_erm import VisualReward

BROKEN = "<svg xmlns='http://www.w3.org/2000/svg'><rect"


def lines(answer):
    return [json.loads(line) for line in answer.text.splitlines()]


def by_library(*items):
    rewards = VisualReward(workers=1).score_batch(items)
    rows = [reward.row() for reward in rewards]
    return [plain(json.loads(json.dumps(row))) for row in rows]


def test_two_pictures_in_json_and_in_a_form_give_what_the_library_gives(
    server, reference, prediction
):
    expected = by_library({"task": "svg", "reference": reference, "prediction": prediction})[0]
    assert expected["errors"] and expected["status"] == "scored"
    answer = server.client.post("/v1/judge", json=pair(reference, prediction))
    assert answer.status_code == 200 and plain(answer.json()) == expected
    uri = "data:image/png;base64," + text(reference)
    body = {**pair(reference, prediction), "reference": uri}
    assert plain(server.client.post("/v1/judge", json=body).json()) == expected
    files = {"reference": ("../../etc/passwd", reference), "prediction": ("b.png", prediction)}
    form = server.client.post("/v1/judge", data={"task": "svg"}, files=files)
    assert plain(form.json()) == expected


def test_a_source_is_drawn_judged_and_shown(server, reference):
    item = {"task": "svg", "reference": reference, "source": SVG}
    asked = {**item, "reference": text(reference), "rendering": True}
    row = server.client.post("/v1/score", json=asked).json()
    assert plain(row) == by_library(item)[0]
    drawn = VisualReward(workers=1).score(item).rendering
    assert row["rendering"]["fingerprint"] == drawn.fingerprint
    shown = row["rendering"]["picture"]
    again = server.client.post(
        "/v1/judge", json={**asked, "prediction": shown} | {"reference": text(reference)}
    )
    assert again.status_code == 422  # of another route: source and rendering are unknown there
    body = {"task": "svg", "reference": text(reference), "prediction": shown}
    assert server.client.post("/v1/judge", json=body).json()["reward"] == row["reward"]


def test_the_policys_fault_is_a_result_with_the_lowest_reward(server, reference):
    body = {"task": "svg", "reference": text(reference), "source": BROKEN}
    answer = server.client.post("/v1/score", json=body)
    row = answer.json()
    assert answer.status_code == 200 and row["status"] == "policy_fault" and row["reward"] == 0
    assert row["failure"]["code"] == "malformed"


def test_a_batch_is_what_score_batch_gives_line_by_line(server, reference, prediction):
    reply = f"Here:\n```svg\n{SVG}\n```"
    items = [
        {"task": "svg", "reference": reference, "completion": reply, "id": "reply"},
        {"task": "svg", "reference": reference, "source": BROKEN},
        {"task": "svg", "reference": reference, "prediction": prediction, "id": "picture"},
    ]
    body = {
        "items": [
            {k: text(v) if isinstance(v, bytes) else v for k, v in item.items()} for item in items
        ]
    }
    answer = server.client.post("/v1/batch", json=body)
    assert answer.headers["content-type"] == "application/x-ndjson"
    rows = {row["id"]: plain(row) for row in lines(answer)}
    items[1]["id"] = "1"
    assert rows == {row["id"]: row for row in by_library(*items)}
    late = lines(server.client.post("/v1/batch", json=body | {"deadline": 1e-9}))
    assert {(row["reward"], row["failure"]["code"]) for row in late} == {(None, "deadline")}
    assert sorted(row["id"] for row in late) == sorted(rows)


def test_openrlhf_gets_a_number_for_a_sample_and_the_same_keys_every_time(server, reference):
    query = f"<|vision_pad|>...<|im_start|>assistant\n```svg\n{SVG}\n```<|im_end|>\n"
    body = {"query": [query], "prompts": ["<|image_pad|>..."], "labels": [text(reference)]}
    answer = server.client.post("/openrlhf/svg", json=body).json()
    item = {"task": "svg", "reference": reference, "source": SVG}
    assert answer["rewards"] == answer["scores"] == by_library(item)[0]["reward"]
    nothing = server.client.post("/openrlhf/svg", json={**body, "query": ["no source"]}).json()
    assert nothing["rewards"] == 0 and nothing["extra_logs"].keys() == answer["extra_logs"].keys()
    # what it sends to all servers but one
    empty = server.client.post("/openrlhf/svg", json={"query": [], "prompts": [], "labels": []})
    assert empty.status_code == 200 and empty.json()["rewards"] is None


def test_every_example_of_the_openapi_document_is_answered_as_it_says(server):
    document = server.client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        post = operations.get("post", {"requestBody": {"content": {}}})
        for content in post["requestBody"]["content"].values():
            for example in content.get("examples", {}).values():
                answer = server.client.post(path.replace("{task}", "svg"), json=example["value"])
                assert answer.status_code == 200, answer.text


def test_health_ready_about_and_metrics_say_what_they_should(server, reference, prediction):
    assert server.client.get("/health").json() == {"status": "ok"}
    assert server.client.get("/ready").json()["renders"] == "yes"
    about = server.client.get("/v1/about").json()
    assert about["judge"]["name"] == "embedded" and (about["low"], about["high"]) == (0, 1)
    server.client.post("/v1/judge", json=pair(reference, prediction))
    server.client.post("/v1/judge", content=b"{}")
    metrics = server.client.get("/metrics").text
    for line in (
        'verm_requests_total{route="/v1/judge",status="200"}',
        'verm_samples_total{outcome="scored",task="svg"}',
        'verm_faults_total{code="unknown_type",kind="request",stage="request"}',
        'verm_request_seconds_bucket{le="0.01",route="/v1/judge"}',
        "verm_queue_depth 0.0",
        "verm_in_work 0.0",
        "verm_held_bytes 0.0",
    ):
        assert line in metrics


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "unknown_route"), ("PUT", "/v1/judge", 405, "unknown_method")],
)
def test_other_paths_and_methods_are_problems_too(server, method, path, status, code):
    answer = server.client.request(method, path)
    assert answer.status_code == status and answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_client_that_leaves_takes_its_sample_along(server, reference, prediction):
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{server.url}/v1/judge", json=pair(reference, prediction), timeout=(5, 0.001, 5, 5)
        )
    assert server.client.get("/ready").json()["ready"]
