"""The HTTP application: routes, guard, errors and what is opened for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware

from index.encoder import Encoder
from service.api import additions, chat, health, page, problems, questions, statements
from service.api.guard import Guard, largest_body
from service.api.metrics import Metrics
from service.api.openapi import document
from service.api.probe import Probe
from service.api.state import State
from service.api.watch import Watch
from service.corpus_view import CorpusView
from service.engine import open_engine
from service.jobs import Jobs
from service.runner import Runner
from service.settings import Settings


def create_app(
    settings: Settings, encoder: Encoder | None = None, insecure: bool = False, metrics: Path | None = None
) -> FastAPI:
    """The application over the data folder of the settings, which is opened when it starts.

    `encoder` stands in for the model of the settings, `insecure` opens every route to every host without a
    key, `metrics` is the folder in which several workers count together.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening = open_engine(settings, encoder, create=True)
        engine = await to_thread.run_sync(opening.__enter__)
        jobs = Jobs(settings.data)
        runner = Runner(engine, jobs)
        app.state.service = State(engine, jobs, runner, counted, CorpusView(engine), Probe(engine, runner))
        runner.start()
        try:
            yield
        finally:
            await to_thread.run_sync(runner.stop)
            opening.__exit__(None, None, None)

    counted = Metrics(metrics)
    app = FastAPI(
        title="Communiqué",
        version=version("communique"),
        summary="Cited, checkable answers over policy statements.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Watch, metrics=counted, log_questions=settings.log_questions),
            Middleware(Guard, access=settings.access, insecure=insecure, limits=settings.limits),
        ],
    )
    problems.install(app)
    # The guard refuses bodies by the length they state; these are the limits of those that state none.
    for module in (questions, statements, chat, health, page):
        app.include_router(module.routes, max_body_size=largest_body(settings.limits, is_write=False))
    app.include_router(additions.jobs)
    app.include_router(additions.routes, max_body_size=largest_body(settings.limits, is_write=True))
    app.openapi = lambda: document(app, settings.access)  # type: ignore[method-assign]
    return app
