"""Ingestion: a 200-page PDF from attach to completed against its embedding calls alone, and small requests meanwhile.

The embedding calls are replayed first, over HTTP, one after the other, on the same server while it does nothing else:
the same texts that ingestion embeds. Small requests are `GET /vector_stores/{id}`, 50 a second.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.files import upload
from benchmarks.processes import KEY, PEER_CORE, SERVER_CORE, homeport
from homeport.engines.minilm.weights import tokenizer_file
from homeport.media.chunking import Chunking
from homeport.media.limited import open_chunks
from homeport.retrieval.windows import windows

PAGES = 200
WORDS_A_PAGE = 120
TEXTS_A_CALL = 2
REQUESTS_PER_S = 50
IDLE_S = 5

_WORDS = re.findall(r"[a-z]+", (Path(__file__).parent.parent / "docs" / "ARCHITECTURE.md").read_text())


def pdf() -> bytes:
    """Pages of words in no order; no two are the same."""
    chance = random.Random(1)
    lines = [[_line(chance, page) for _ in range(WORDS_A_PAGE // 12)] for page in range(PAGES)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(PAGES))
    objects.append(f"<< /Type /Pages /Count {PAGES} /Kids [{kids}] >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for page, text in enumerate(lines):
        shown = "".join(f"({line}) Tj T*\n" for line in text)
        content = f"BT /F1 10 Tf 14 TL 40 780 Td\n{shown}ET".encode()
        entries = f"/Contents {5 + 2 * page} 0 R /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] {entries} >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(written))
    return written + head + table + trailer


def _line(chance: random.Random, page: int) -> str:
    return " ".join(chance.choices(_WORDS, k=11)) + f" {page}"


async def texts_of(document: bytes) -> list[str]:
    """What ingestion embeds of the document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(document)
        sizes = Chunking()
        async with open_chunks(path, path.name, sizes, tokenizer_file=tokenizer_file(Path(folder))) as opened:
            found = [chunk async for chunk in opened]
    neighbours = zip([None, *found], found, [*found[1:], None], strict=False)
    pieces = [
        text
        for before, chunk, after in neighbours
        for text in windows(chunk, before, after, sizes.chunk_overlap_tokens, 409)
    ]
    return list(dict.fromkeys(pieces))


class Caller:
    """One connection to the server."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body)
        self._connection.request(method, f"/v1{path}", data, headers)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer


class Sampler(threading.Thread):
    """Small requests at a steady rate, until it is stopped. `waits_s`: how long each took."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(daemon=True)
        self.waits_s: list[float] = []
        self._caller = Caller(port)
        self._path = path
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(1 / REQUESTS_PER_S):
            started_s = time.perf_counter()
            self._caller.ask("GET", self._path)
            self.waits_s.append(time.perf_counter() - started_s)

    def stop(self) -> tuple[float, float]:
        """The median and the 99th percentile, in milliseconds."""
        self._done.set()
        self.join()
        return statistics.median(self.waits_s) * 1000, statistics.quantiles(self.waits_s, n=100)[98] * 1000


def main() -> None:
    document = pdf()
    texts = asyncio.run(texts_of(document))
    print(f"ingest: a PDF of {PAGES} pages, {len(texts)} texts to embed")
    with homeport(core=f"{SERVER_CORE},{PEER_CORE}") as (port, _):
        caller = Caller(port)
        caller.ask("POST", "/embeddings", {"model": "all-minilm-l6-v2", "input": "warm up"})
        store = caller.ask("POST", "/vector_stores", {"name": "bench"})["id"]
        idle = Sampler(port, f"/vector_stores/{store}")
        idle.start()
        time.sleep(IDLE_S)
        idle_p50_ms, idle_p99_ms = idle.stop()

        started_s = time.perf_counter()
        for start in range(0, len(texts), TEXTS_A_CALL):
            some = texts[start : start + TEXTS_A_CALL]
            caller.ask("POST", "/embeddings", {"model": "all-minilm-l6-v2", "input": some, "encoding_format": "base64"})
        alone_s = time.perf_counter() - started_s

        file_id = upload(port, [document], b"assistants", b"pdf")
        busy = Sampler(port, f"/vector_stores/{store}")
        busy.start()
        started_s = time.perf_counter()
        caller.ask("POST", f"/vector_stores/{store}/files", {"file_id": file_id})
        while (file := caller.ask("GET", f"/vector_stores/{store}/files/{file_id}"))["status"] == "in_progress":
            time.sleep(0.05)
        whole_s = time.perf_counter() - started_s
        busy_p50_ms, busy_p99_ms = busy.stop()
        assert file["status"] == "completed", file
    print(f"embedding alone {alone_s:.1f} s, ingestion {whole_s:.1f} s: {whole_s / alone_s:.2f} times")
    print(
        f"small requests: p50 {idle_p50_ms:.1f} ms, p99 {idle_p99_ms:.1f} ms idle; "
        f"p50 {busy_p50_ms:.1f} ms, p99 {busy_p99_ms:.1f} ms during ingestion: {busy_p99_ms / idle_p99_ms:.1f} times"
    )
