"""The composition root: builds everything from a configuration, wires it, owns nothing else.

What a layer needs from one above it is passed in here as a function (`authenticate`, `record`, the dialects'
normalisers), so that imports point down only.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as StarletteRoute

from homeport import __version__, dialects
from homeport.config import Config, ConfigError
from homeport.core.decode import decode_chat, decode_completion, decode_embedding, prepare_types
from homeport.core.models import ModelInfo
from homeport.engines.build import Arrivals, build_engines
from homeport.engines.minilm.weights import tokenizer_file
from homeport.engines.pool import Pool
from homeport.errors import ApiError, MethodNotAllowed, NotFoundError, StorageUnavailable
from homeport.ids import new_request_id
from homeport.inference.complete import complete
from homeport.inference.containers import SWEEP, SWEEP_EVERY_S, Calls, Containers
from homeport.inference.file_parts import FileParts
from homeport.inference.metered import Models
from homeport.jobs import events, periodic, queue
from homeport.jobs.leases import OnDead
from homeport.jobs.worker import Context, Handler, Worker
from homeport.resources import (
    api_keys,
    assistants,
    chat_completions,
    completions,
    container_files,
    containers,
    conversations,
    embeddings,
    files,
    messages,
    models,
    responses,
    runs,
    threads,
    tokens,
    tool_resources,
    uploads,
    vector_store_file_batches,
    vector_store_files,
    vector_stores,
)
from homeport.resources.responses import commits, play
from homeport.resources.responses.play import Player
from homeport.resources.responses.tools import Toolbox
from homeport.resources.runs import commits as run_commits
from homeport.resources.runs import jobs as run_jobs
from homeport.resources.runs import steps as run_steps
from homeport.resources.runs import streams as run_streams
from homeport.resources.runs import tools as run_tools
from homeport.resources.thread_removal import remove_with_runs
from homeport.retrieval import attachments, ingest, stores
from homeport.retrieval.embed import Embedder
from homeport.retrieval.file_search import FileSearch
from homeport.retrieval.index import Search
from homeport.retrieval.ingest import Ingestion
from homeport.retrieval.rewriting import Rewriter
from homeport.retrieval.stores import Stores
from homeport.storage import sweep
from homeport.storage.api_keys import ApiKeys
from homeport.storage.blobs import Blobs
from homeport.storage.database import Database, database_url
from homeport.storage.files import FileStore
from homeport.storage.uploads import UploadStore
from homeport.storage.usage import UsageWriter
from homeport.web import metrics, openapi
from homeport.web.gate import Gate
from homeport.web.generation import GenerationRoute
from homeport.web.replays import Replays
from homeport.web.routes import Endpoints, Route, error_response

log = logging.getLogger("homeport")

COUNT_JOBS_EVERY_S = 15.0  # for /metrics


class Homeport:
    """The server, wired: `asgi` is the application, `generation` the routes that stand ahead of it. One per process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.start_error: ConfigError | None = None
        config.data_dir.mkdir(parents=True, exist_ok=True)
        self.database = Database(database_url(config.storage.database_url, config.data_dir))
        self.keys = ApiKeys(self.database, config.limits)
        self.metrics = metrics.Metrics(self._engines_healthy)
        self._count_jobs_at = 0.0
        self.usage = UsageWriter(self.database, self.metrics.observe)
        self.files = FileStore(self.database, Blobs(config.storage.files_url or config.data_dir / "files"))
        self.uploads = UploadStore(self.files)
        arrivals = Arrivals(config)
        self.pool = Pool(config, build_engines(config), arrivals)
        self.replays = Replays()
        # Kinds of jobs, by name: what does them, seconds between those that come by themselves, what follows a death,
        # and how many at a time where it isn't `jobs.concurrency`.
        self.handlers: dict[str, Handler] = {}
        self.periodic: dict[str, float] = {}
        self.on_dead: dict[str, OnDead] = {}
        self.slots: dict[str, int] = {}
        self.worker = Worker(
            self.database,
            self.handlers,
            config.jobs.concurrency,
            config.jobs.lease_s,
            periodic=self.periodic,
            on_dead=self.on_dead,
            slots=self.slots,
        )
        forget = periodic.forget_events(config.jobs.events_kept_s, "run_", "resp_")
        self.handlers[periodic.FORGET_EVENTS], self.periodic[periodic.FORGET_EVENTS] = (
            forget,
            periodic.FORGET_EVENTS_EVERY_S,
        )
        self.handlers["files.sweep"], self.periodic["files.sweep"] = self._sweep_files, sweep.EVERY_S
        self.models = Models(self.pool, dialects.from_chat, self.usage.record, FileParts(self.files))
        self._wire_retrieval()
        self._wire_containers()
        self._wire_runs()
        self._wire_responses()
        gate = Gate(self.keys.authenticate)
        max_body_bytes = config.server.max_body_bytes
        resolve = tool_resources.resolver(self.database, self.stores)

        self.routes: list[Route] = [
            *chat_completions.routes(),
            *completions.routes(),
            *embeddings.routes(),
            *models.routes(self.pool),
            *tokens.routes(self.pool, dialects.from_chat),
            *files.routes(self.files),
            *uploads.routes(self.uploads),
            *vector_stores.routes(self.stores, self.file_search),
            *vector_store_files.routes(self.stores),
            *vector_store_file_batches.routes(self.stores),
            *assistants.routes(self.database, resolve, self._check_chat_model),
            *runs.routes(  # before threads: /threads/runs is none
                *(self.database, self.stores, resolve, self._check_chat_model),
                *(config.assistants.run_expires_s, self.worker.room),
            ),
            *threads.routes(self.database, self.stores, resolve, remove_with_runs),
            *messages.routes(self.database, self.stores),
            *run_steps.routes(self.database),
            *run_streams.routes(self.database),
            *conversations.routes(self.database, remove_with_runs),
            *responses.routes(self.database, self.player),
            *containers.routes(self.containers),
            *container_files.routes(self.containers),
            *api_keys.routes(self.keys),
        ]
        answer = partial(complete, router=self.pool)

        def generation(operation: str, decode: Callable[[bytes], Any]) -> GenerationRoute:
            return GenerationRoute(operation, decode, answer, gate, self.usage.record, self.replays, max_body_bytes)

        by_path = {
            "/chat/completions": generation("chat", partial(decode_chat, normalise=dialects.from_chat)),
            "/completions": generation(
                "text_completion", partial(decode_completion, normalise=dialects.from_completion)
            ),
            "/embeddings": generation("embeddings", partial(decode_embedding, normalise=dialects.from_embedding)),
        }
        self.generation = {
            (prefix + path).encode(): route for prefix in dialects.PREFIXES for path, route in by_path.items()
        }
        endpoints = Endpoints(gate, self.usage.record, max_body_bytes, dialects.NORMALISERS)
        self.asgi = Starlette(
            routes=[
                StarletteRoute("/healthz", self._healthz),
                StarletteRoute("/readyz", self._readyz),
                StarletteRoute("/metrics", self._metrics),
                *openapi.routes(self.routes, __version__),
                *(route for prefix in dialects.PREFIXES for route in endpoints.mount(self.routes, prefix)),
            ],
            exception_handlers={HTTPException: _http_error, Exception: _bug},
            lifespan=self._lifespan,
        )
        self.asgi.router.redirect_slashes = False
        prepare_types()

    def _wire_retrieval(self) -> None:
        async def describe(model: str) -> ModelInfo:
            return (await self.pool.target(model, "embeddings")).info

        embedder = Embedder(self.config.search.embedding_model or "", self.pool.answer, describe, self.usage.record)
        self.search = Search(self.database, self.config.data_dir / "indexes")
        self.stores = Stores(self.database, embedder.model)
        self.file_search = FileSearch(self.stores, self.search, embedder, Rewriter(self.pool.answer, self.usage.record))
        self.files.on_delete.append(attachments.detach_everywhere)
        ingestion = Ingestion(self.files, embedder, tokenizer_file(self.config.data_dir))
        self.handlers |= {
            attachments.INGEST: ingestion.ingest,
            attachments.REMOVE: ingestion.remove,
            stores.SWEEP: self.stores.sweep,
        }
        self.periodic[stores.SWEEP] = stores.SWEEP_EVERY_S
        self.on_dead[attachments.INGEST] = ingest.on_dead
        self.slots[attachments.INGEST] = ingest.SLOTS

    async def _check_chat_model(self, name: str) -> None:
        """Raises ModelNotFound, and BadRequestError for a model that can't chat."""
        await self.pool.model(name)
        await self.pool.target(name, "chat")

    def _wire_responses(self) -> None:
        async def model_name(name: str) -> str:
            return name if name and await self.pool.model(name) else (await self.pool.target(name, "chat")).info.id

        toolbox = Toolbox(self.stores, self.file_search, self.containers)
        self.player = Player(self.database, self.models, model_name, toolbox, self.worker.room)
        self.handlers[play.JOB] = self.player.work
        self.on_dead[play.JOB] = commits.on_dead
        self.slots[play.JOB] = play.SLOTS

    def _wire_containers(self) -> None:
        limits = self.config.interpreter
        self.code_calls = Calls(self.files, self.config.data_dir / "sandboxes", limits.interpreters)
        self.containers = Containers(self.files, self.code_calls, max_memory_gb=limits.max_memory_gb)
        self.handlers[SWEEP], self.periodic[SWEEP] = self.containers.sweep, SWEEP_EVERY_S

    def _wire_runs(self) -> None:
        tools = run_tools.run_tools(self.stores, self.file_search, self.containers)
        working_memory_tokens = self.config.assistants.working_memory_tokens
        models = self.models.for_threads()
        played = run_jobs.RunJobs(self.database, models, tools, models.count, working_memory_tokens)
        self.handlers |= {run_commits.RUN: played.play, run_commits.EXPIRE: played.expire}
        self.on_dead[run_commits.RUN] = played.on_dead
        self.slots[run_commits.RUN] = run_jobs.SLOTS

    @contextlib.asynccontextmanager
    async def running(self, *, works: bool) -> AsyncIterator[None]:
        """All of the server but HTTP. `works`: on jobs, too. Raises ConfigError for what can't work."""
        try:
            await self.database.open()
            await self.database.write(events.leave_out_lost)
            await self.files.open()
            await self.pool.start()
        except ConfigError:
            await self.database.close()
            raise
        self.usage.start()
        self.code_calls.start()
        self.search.start()
        if works:
            self.worker.start()
        try:
            yield
        finally:
            await self.worker.close()
            await self.code_calls.close()
            await self.pool.close()
            await self.usage.close()
            await self.search.close()
            await self.files.blobs.close()
            await self.database.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.running(works=self.config.jobs.inside))
            except ConfigError as error:
                self.start_error = error
                logging.getLogger("uvicorn.error").disabled = True  # `serve` raises it: no trace for a mistake
                raise
            stack.push_async_callback(self.replays.close)
            stack.push_async_callback(self.keys.close)
            new_admin_key = await self.keys.open(self.config.admin_key)  # made only by a server that then shows it
            # What is here now stays: the collector need not look at it again, and what requests leave behind is freed
            # by counting references. A tenth of a request's CPU went into looking.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 50, 100)
            # The threads of the database hold the interpreter's lock while they make statements. The loop, on which all
            # callers wait, gets it back sooner than after the usual 5 ms.
            sys.setswitchinterval(0.001)
            if new_admin_key is not None:
                print(f"\n  The admin key of this server, shown only now:\n\n      {new_admin_key}\n", flush=True)
            yield

    async def _sweep_files(self, _context: Context) -> None:
        await sweep.sweep(self.files, self.uploads)

    def _engines_healthy(self) -> dict[str, bool]:
        return {name: status.healthy for name, status in self.pool.status().items()}

    async def _healthz(self, _request: Request) -> Response:
        return PlainTextResponse("ok")

    async def _readyz(self, _request: Request) -> Response:
        if not self.pool.healthy():
            return PlainTextResponse("no engine is healthy", 503)
        try:
            await self.database.check()
        except StorageUnavailable as error:
            return PlainTextResponse(error.message, 503)
        return PlainTextResponse("ready")

    async def _metrics(self, _request: Request) -> Response:
        self.usage.observe()
        if time.monotonic() >= self._count_jobs_at:  # however often, and by however many, this is asked for
            self._count_jobs_at = time.monotonic() + COUNT_JOBS_EVERY_S
            with contextlib.suppress(StorageUnavailable):
                self.metrics.count_jobs(self.handlers, await self.database.read(queue.counts))
        return Response(self.metrics.render(), media_type=metrics.CONTENT_TYPE)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    method, path = request.method, request.scope["path"]
    if error.status_code == 405:
        return _method_not_allowed(method, path, error.headers or {})
    return _outside_routes(NotFoundError(f"Invalid URL ({method} {path})", code="unknown_url"))


def _method_not_allowed(method: str, path: str, headers: Mapping[str, str]) -> Response:
    return _outside_routes(MethodNotAllowed(f"Not allowed to {method} on {path}.", headers=dict(headers)))


def _outside_routes(problem: ApiError) -> Response:
    response = error_response(problem)
    response.raw_headers.append((b"x-request-id", new_request_id().encode()))
    return response


async def _bug(_request: Request, error: Exception) -> Response:
    return _outside_routes(ApiError("The server had an error while processing your request.", code="internal_error"))
