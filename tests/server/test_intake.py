import asyncio
import json

import httpx
import pytest
from served import pair, text

from visual_erm.server import Settings, make_app

MIB = 1 << 20
TOKEN = "correct-horse-battery"


def test_a_foreign_name_or_page_is_refused(server):
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Host": "["}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": server.url}, 200),
    ):
        assert server.client.get("/health", headers=headers).status_code == status


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_refused_and_not_kept(server, chunked):
    def chunks():
        for _ in range(100):
            yield bytes(MIB)

    content = chunks() if chunked else bytes(100 * MIB)
    headers = {"Content-Type": "application/json"}
    answer = server.client.post("/v1/judge", content=content, headers=headers)
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"
    assert server.client.get("/health").status_code == 200


def test_a_token_is_asked_for_wherever_work_or_samples_are():
    async def test():
        transport = httpx.ASGITransport(make_app(Settings(token=TOKEN)))
        async with httpx.AsyncClient(transport=transport, base_url="http://any.example") as client:
            assert (await client.get("/health")).status_code == 200
            for given in ("", "Bearer wrong", f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN}x"):
                headers = {"Authorization": given}
                for method, path in (("POST", "/v1/judge"), ("GET", "/metrics"), ("GET", "/nix")):
                    answer = await client.request(method, path, headers=headers)
                    assert answer.status_code == 401
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert TOKEN not in answer.text
            right = {"Authorization": f"Bearer {TOKEN}"}
            assert (await client.get("/metrics", headers=right)).status_code == 200
            assert (await client.post("/v1/judge", headers=right)).status_code == 415

    asyncio.run(test())


class Upload:
    """A request whose body arrives when a test says so."""

    def __init__(self, app, stated):
        self.sent, self._chunks = [], asyncio.Queue()
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/judge",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-length", str(stated).encode())],
        }
        self.task = asyncio.ensure_future(app(scope, self._chunks.get, self._send))

    def put(self, content, more):
        self._chunks.put_nowait({"type": "http.request", "body": content, "more_body": more})

    def leave(self):
        self._chunks.put_nowait({"type": "http.disconnect"})

    async def _send(self, message):
        self.sent.append(message)

    async def code(self):
        await self.task
        return json.loads(self.sent[1]["body"])["code"]


def test_all_bodies_together_have_one_bound_and_give_their_memory_back():
    async def test():
        app = make_app(Settings(body=1000, held=1500))
        first = Upload(app, 900)
        await asyncio.sleep(0)
        assert app.service.held.bytes == 900
        second = Upload(app, 601)
        second.put(bytes(601), False)
        assert await second.code() == "memory_full"
        third = Upload(app, 600)
        third.put(bytes(600), False)
        assert await third.code() == "unknown_type"
        first.leave()
        assert await first.code() == "incomplete"
        assert app.service.held.bytes == 0

    asyncio.run(test())


def test_a_body_that_dawdles_is_given_up_at_the_deadline():
    async def test():
        app = make_app(Settings(deadline=0.05))
        slow = Upload(app, 99)
        slow.put(b"{", True)
        assert await slow.code() == "slow_body"
        assert slow.sent[0]["status"] == 408 and app.service.held.bytes == 0

    asyncio.run(test())


def test_a_batch_that_no_queue_could_hold_is_not_asked_to_come_again(reference):
    async def test():
        app = make_app(Settings(queue=2))
        transport = httpx.ASGITransport(app)
        item = {"task": "svg", "reference": text(reference), "source": "<svg/>"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.post("/v1/batch", json={"items": [item] * 3})
        assert answer.json()["code"] == "long_batch" and "at most 2" in answer.json()["detail"]
        most = app.routes.openapi()["components"]["schemas"]["BatchRequest"]["properties"]["items"]
        assert most["maxItems"] == 2

    asyncio.run(test())


def test_when_the_queue_is_full_bodies_are_not_even_read(reference, prediction):
    async def test():
        app = make_app(Settings(queue=1))
        app.service.desk.accepted = 100
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.post("/v1/judge", json=pair(reference, prediction))
            assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1

    asyncio.run(test())
