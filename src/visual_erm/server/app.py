"""The routes: what a client can ask, and how the engine's answers become responses.

The event loop waits; bodies are read by two threads of their own, pictures are decoded, drawn and
judged by the reward engine's.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from visual_erm import __version__, images, renderers
from visual_erm.errors import BackendError, Fault, VisualErmError, boundary
from visual_erm.rewards.items import Item
from visual_erm.rewards.visual import VisualReward
from visual_erm.server import front, openapi, openrlhf, reports, uploads, wire
from visual_erm.server.desk import Desk
from visual_erm.server.intake import BODY, Held, Intake, until_of
from visual_erm.server.metrics import Metrics
from visual_erm.server.problems import MEDIA, Problem
from visual_erm.server.settings import Settings
from visual_erm.types import TASKS, Reward, Task

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Body = TypeVar("Body", bound=BaseModel)
Result = TypeVar("Result")
READERS = 2
"""Threads that read bodies."""
NDJSON = "application/x-ndjson"
TRIAL = "<svg xmlns='http://www.w3.org/2000/svg' width='32' height='32'><circle r='20'/></svg>"
"""Drawn at the start, to know whether sources can be drawn here."""


class Service:
    """What the routes share: the engine, its queue, the counts."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet.

        Raises:
            UsageError: unknown shaping.
        """
        self.settings = settings
        self.reward = VisualReward(settings.judge, settings.shaping, workers=settings.workers)
        self.held = Held(settings.held)
        self.metrics = Metrics(
            lambda: self.desk.waiting, lambda: self.desk.working, lambda: self.held.bytes
        )
        self.desk = Desk(self.reward, settings.queue, self.metrics.left)
        self.warm = False
        self.renders = "not tried yet"
        self._readers = ThreadPoolExecutor(READERS, "verm-bodies")

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Run something that computes beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def read(self, request: Request, model: type[Body]) -> Body:
        """The body as a model; Problem where it is none."""
        body = request.scope.pop(BODY)
        content_type = request.headers.get("content-type", "")
        settings = self.settings
        return await self.in_thread(lambda: uploads.read(body, content_type, model, settings))

    async def score(self, item: Item, until: float) -> Reward:
        """One sample, counted. Faults are problems; a policy's fault has a value."""
        try:
            reward = await self.desk.score(item, until)
        except BackendError as error:
            raise _backend_problem(error) from None
        self.metrics.sample(item.task, reward)
        if reward.failure is not None and reward.failure.kind != "policy":
            raise Problem.of(reward.failure)
        return reward

    async def warm_up(self) -> None:
        """Open the judge and try both halves of the work once.

        Raises:
            BackendError: the judge is missing or down.
        """
        await asyncio.to_thread(lambda: self.reward.identity)
        try:
            with boundary("render"):
                await asyncio.to_thread(renderers.render, TRIAL, task="svg")
            self.renders = "yes"
        except (BackendError, Fault) as error:
            self.renders = str(error)
        if self.reward.computes:
            await asyncio.gather(*(self._try_judge(place) for place in range(self.reward.workers)))
        self.warm = True

    async def _try_judge(self, place: int) -> None:
        """Have one of the judging processes start and load what it needs."""
        picture = images.blank(64, 64)
        picture[:16, : 16 + place] = 0
        other = images.blank(64, 64)
        other[16:, :16] = 0
        with suppress(VisualErmError):  # what a judge says of these does not matter
            await self.reward.ascore(Item("svg", picture, prediction=other))

    def close(self) -> None:
        """End the threads, unless one still works: it would be waited for."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        if not self.desk.working:
            self.reward.close()


class Server:
    """The ASGI application: the routes, behind what every request passes."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before the application's lifespan begins.

        Raises:
            UsageError: unknown shaping.
        """
        self.service = service = Service(settings)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            await service.warm_up()
            yield
            service.close()

        self.routes = app = FastAPI(
            title="visual-erm judge server",
            version=__version__,
            description=openapi.DESCRIPTION,
            docs_url=None,  # both would load scripts from elsewhere
            redoc_url=None,
            lifespan=lifespan,
        )
        _add_work(app, service)
        _add_watching(app, service)
        if math.isfinite(service.reward.low):
            _add_openrlhf(app, service)
        front.add(app, token=bool(settings.token))
        if settings.runs is not None:
            reports.add(app, settings.runs)
        _add_problems(app, service)
        gets, posts = _paths(app)
        self._intake = Intake(
            app,
            settings=settings,
            desk=service.desk,
            metrics=service.metrics,
            held=service.held,
            gets=gets,
            posts=posts,
        )
        app.openapi = lambda: openapi.schema(app, settings)  # type: ignore[method-assign]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._intake(scope, receive, send)


def _add_work(app: FastAPI, service: Service) -> None:
    @app.post("/v1/judge", **openapi.route(wire.JudgeRequest, wire.Row, form=True))
    async def judge(request: Request) -> Response:
        """Compare two pictures, and reward the second one."""
        return await _unless_gone(request, _judged(service, request))

    @app.post("/v1/score", **openapi.route(wire.ScoreRequest, wire.Row, form=True))
    async def score(request: Request) -> Response:
        """Draw what a model wrote, judge it, and give it a reward.

        A source that does not draw is a result: status "policy_fault" and the lowest reward.
        """
        return await _unless_gone(request, _scored(service, request))

    @app.post("/v1/batch", **openapi.route(wire.BatchRequest, wire.Row, lines=True))
    async def batch(request: Request) -> Response:
        """Score samples; a line of JSON for each, in the order in which they finish.

        A sample that cannot be scored is a line with a failure and no reward; a batch whose
        deadline passes says so in the lines of those that are left.
        """
        asked = await service.read(request, wire.BatchRequest)
        items = asked.named()
        most = service.settings.longest_batch
        if len(items) > most:
            raise Problem(
                422, "long_batch", f"the batch has {len(items)} items; at most {most} are taken"
            )
        until = until_of(request.scope, asked.deadline, service.settings)
        rewards = service.desk.score_all(items, until)
        return StreamingResponse(_lines(service, items, rewards), media_type=NDJSON)


async def _judged(service: Service, request: Request) -> Response:
    asked = await service.read(request, wire.JudgeRequest)
    until = until_of(request.scope, asked.deadline, service.settings)
    reward = await service.score(asked.item(), until)
    return _json(reward.row())


async def _scored(service: Service, request: Request) -> Response:
    asked = await service.read(request, wire.ScoreRequest)
    until = until_of(request.scope, asked.deadline, service.settings)
    reward = await service.score(asked.item(), until)
    row = reward.row()
    if asked.rendering and reward.rendering is not None and "rendering" in row:
        picture = reward.rendering.image
        row["rendering"]["picture"] = await service.in_thread(lambda: images.data_uri(picture))
    return _json(row)


async def _lines(
    service: Service, items: Iterable[Item], rewards: AsyncIterator[Reward]
) -> AsyncIterator[bytes]:
    tasks: dict[str | None, Task] = {item.id: item.task for item in items}
    async for reward in rewards:
        task = tasks[reward.id]
        service.metrics.sample(task, reward)
        yield _encoded(reward.row()) + b"\n"


def _add_openrlhf(app: FastAPI, service: Service) -> None:
    @app.post("/openrlhf/{task}", **openapi.route(wire.RemoteRewardRequest, wire.RemoteReward))
    async def openrlhf_reward(task: Task, request: Request) -> Response:
        """OpenRLHF's remote reward; labels are reference pictures in base64.

        A fault is an HTTP error, which OpenRLHF tries again, and never a number.
        """
        return await _unless_gone(request, _remote(service, request, task))


async def _remote(service: Service, request: Request, task: Task) -> Response:
    asked = await service.read(request, wire.RemoteRewardRequest)
    item = openrlhf.item_of(asked, task)
    until = until_of(request.scope, None, service.settings)
    reward = await service.score(item, until) if item else None
    answer = openrlhf.answer(reward, service.reward.low, service.reward.high)
    return _json(answer.model_dump())


def _add_watching(app: FastAPI, service: Service) -> None:
    @app.get("/health", response_model=wire.Health)
    async def health() -> Response:
        """Whether the process answers."""
        return _json({"status": "ok"})

    @app.get("/ready", response_model=wire.State, responses=openapi.NOT_READY)
    async def ready() -> Response:
        """Whether it can work: 503 while it starts and while it stops."""
        fit = service.warm and not service.desk.stopping
        state = wire.State(
            ready=fit,
            stopping=service.desk.stopping,
            renders=service.renders,
            waiting=service.desk.waiting,
            working=service.desk.working,
        )
        return JSONResponse(state.model_dump(), 200 if fit else 503)

    @app.get("/metrics", response_class=Response, responses=openapi.METRICS)
    async def metrics() -> Response:
        """Counts for Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")

    @app.get("/v1/about", response_model=wire.About, responses=openapi.WITH_TOKEN)
    async def about() -> Response:
        """Judge, shaping and limits."""
        reward, settings = service.reward, service.settings
        facts = wire.About(
            version=__version__,
            judge=reward.identity,
            shaping=reward.shaping.name,
            low=reward.low if math.isfinite(reward.low) else None,
            high=reward.high,
            deadline=settings.deadline,
            body=settings.body,
            pixels=settings.pixels,
            batch=settings.longest_batch,
            queue=settings.queue,
        )
        return _json(facts.model_dump(mode="json"))


def _add_problems(app: FastAPI, service: Service) -> None:
    def respond(problem: Problem) -> Response:
        stage = problem.stage or "request"
        service.metrics.fault(problem.kind, stage, problem.code)
        content, headers = problem.encoded(), problem.headers
        return Response(content, problem.status, media_type=MEDIA, headers=headers)

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return respond(Problem(422, "invalid", f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        told = {
            404: Problem(404, "unknown_route", "there is nothing at this path"),
            405: Problem(405, "unknown_method", f"this path takes {headers.get('Allow')}"),
        }
        known = told.get(error.status_code) or Problem(error.status_code, "http", error.detail)
        response = respond(known)
        response.headers.update(headers)
        return response

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> Response:
        # Starlette raises it again after this answer, and it is logged with its traceback
        detail = "the server failed over this request; its log says how"
        return respond(Problem(500, "internal", detail, kind="infrastructure", stage="serve"))


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """The response, or none for a client that has left, whose work is dropped."""
    answer = asyncio.ensure_future(work)
    left = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            return Response(status_code=499)
        return answer.result()
    finally:
        answer.cancel()
        left.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _paths(app: FastAPI) -> tuple[list[str], list[str]]:
    """Paths that are read, and paths that are posted to; a task in a path is written out."""
    gets: list[str] = []
    posts: list[str] = []
    for route in app.routes:
        path = str(getattr(route, "path", ""))
        paths = [path.replace("{task}", task) for task in TASKS] if "{task}" in path else [path]
        (posts if "POST" in (getattr(route, "methods", None) or ()) else gets).extend(paths)
    return gets, posts


def _backend_problem(error: BackendError) -> Problem:
    return Problem(503, "backend", str(error), kind="infrastructure", stage="render")


def _json(value: Any) -> Response:
    return Response(
        _encoded(value), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
