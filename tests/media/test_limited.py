"""Hostile documents, each read by a real child: it ends, says why, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import docx
import openpyxl
import pytest

from homeport.media.chunking import Chunking
from homeport.media.documents.block import Block
from homeport.media.errors import (
    DocumentTooLarge,
    ParserFailed,
    ParserTimeout,
    UnreadableFile,
)
from homeport.media.limited import open_blocks, open_chunks
from homeport.media.records import Limits
from tests import minilm
from tests.media.pdf import nested_pdf, write_pdf
from tests.media.reading import blocks_of, children, command_of, parsers, text_of

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A PDF of 200 kB that would take hours, page by page, in little memory."""
    path = tmp_path / "endless.pdf"
    path.write_bytes(nested_pdf(levels=5, pages=2000))
    return path


@pytest.fixture(autouse=True)
async def no_child_is_left() -> AsyncIterator[None]:
    yield
    assert parsers() == []


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while not condition():
            await anyio.sleep(0.01)


# --- documents that take too much ---------------------------------------------------------


async def test_a_pdf_that_loops_is_stopped_by_processor_time(endless: Path) -> None:
    with pytest.raises(ParserTimeout, match=r"endless\.pdf: reading it took more processor time"):
        await blocks_of(endless, limits=Limits(cpu_s=1))


async def test_a_pdf_that_loops_is_stopped_by_the_clock(endless: Path) -> None:
    with pytest.raises(ParserTimeout, match=r"endless\.pdf: reading it took longer than 0\.5 seconds"):
        await blocks_of(endless, limits=Limits(timeout_s=0.5))


async def test_a_pdf_that_grows_is_stopped_by_memory(tmp_path: Path) -> None:
    path = tmp_path / "growing.pdf"
    path.write_bytes(nested_pdf(levels=12))
    with pytest.raises(UnreadableFile, match=r"growing\.pdf: .*memory"):
        await blocks_of(path, limits=Limits(memory_bytes=200 * MIB))


async def test_the_clock_stands_still_while_the_caller_works(tmp_path: Path) -> None:
    """Only waiting for the child counts: a caller that embeds what it has got may take all the time it needs."""
    path = tmp_path / "long.txt"
    path.write_text("words of a text\n" * 20_000)
    got = 0
    async with open_blocks(path, path.name, limits=Limits(timeout_s=3)) as blocks:
        async for block in blocks:
            if not got:
                await anyio.sleep(3.1)
            got += len(block.text)
    assert got == path.stat().st_size


async def test_json_without_end_to_its_depth(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 1_000_000)
    with pytest.raises(UnreadableFile, match=r"deep\.json: its content is nested too deeply"):
        await blocks_of(path)


async def test_json_of_some_depth_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 500 + '"here"' + "]" * 500)
    assert "- here" in await text_of(path)


async def test_html_of_a_million_nested_tags(tmp_path: Path) -> None:
    """Inline elements are read in no time; of others, the HTML standard makes the parser look back at all."""
    spans, divs = tmp_path / "spans.html", tmp_path / "divs.html"
    spans.write_text("<html>" + "<span>" * 200_000 + "deep")
    divs.write_text("<html>" + "<div>" * 1_000_000 + "deep")
    assert (await text_of(spans)).strip() == "deep"
    with pytest.raises(ParserTimeout):
        await blocks_of(divs, limits=Limits(cpu_s=1, cpu_s_per_mb=0))


async def test_html_nested_thousands_deep_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<html>" + "<div>" * 5000 + "<table><tr><td>" * 50 + "deep")
    assert (await text_of(path)).strip() == "| deep |\n| --- |"


async def test_a_csv_line_of_two_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("name,text\n" + "x," * 100_000)
    os.truncate(path, 2 * 1024 * MIB)  # a hole: it takes no room on the disk
    with pytest.raises(DocumentTooLarge, match=r"line\.csv: line 2 is longer than"):
        await blocks_of(path, limits=Limits(memory_bytes=256 * MIB))


async def test_a_csv_quote_that_is_never_closed(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('name,text\n1,"never closed\n' + "2,more\n" * 200_000)
    with pytest.raises(UnreadableFile, match=r"quote\.csv: row \d+ can't be read .*quote"):
        await blocks_of(path)


async def test_a_text_without_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text("x" * 5_000_000)
    assert len(await text_of(path, limits=Limits(memory_bytes=128 * MIB))) == 5_000_000


async def test_more_text_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 100_000)
    limits = Limits(max_text_chars=100_000)
    with pytest.raises(DocumentTooLarge, match=r"long\.txt: it has more than 100,000 characters"):
        await blocks_of(path, limits=limits)
    with pytest.raises(DocumentTooLarge):
        async with open_chunks(path, path.name, Chunking(), tokenizer_file=None, limits=limits) as chunks:
            async for _ in chunks:
                pass


# --- packed documents ---------------------------------------------------------------------


def repacked(source: Path, target: Path, change: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change.get(part.filename, old.read(part)))
        for name in change.keys() - set(old.namelist()):
            new.writestr(name, change[name])
    return target


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("Dear reader")
    document.save(str(tmp_path / "plain.docx"))
    return tmp_path / "plain.docx"


async def test_a_zip_bomb_in_a_docx(tmp_path: Path, letter: Path) -> None:
    bomb = repacked(letter, tmp_path / "bomb.docx", {"word/media/image1.png": bytes(100 * MIB)})
    assert bomb.stat().st_size < MIB
    with pytest.raises(UnreadableFile, match=r"bomb\.docx: it unpacks to more than 200 times its size"):
        await blocks_of(bomb)
    with pytest.raises(DocumentTooLarge, match=r"bomb\.docx: it unpacks to more than 50 MiB"):
        await blocks_of(bomb, limits=Limits(max_inflated_bytes=50 * MIB))


async def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path, letter: Path) -> None:
    size = 64 * MIB + 4711
    bomb = repacked(letter, tmp_path / "liar.docx", {"word/document.xml": b"<!--" + b" " * (size - 4)})
    content = bomb.read_bytes()
    assert content.count(size.to_bytes(4, "little")) == 2  # in the part's own head and in the directory
    bomb.write_bytes(content.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(DocumentTooLarge, match=r"liar\.docx: reading it takes more than 160 MiB of memory"):
        await blocks_of(bomb, limits=Limits(memory_bytes=160 * MIB))


async def test_a_document_that_takes_too_much_memory(tmp_path: Path, letter: Path) -> None:
    with zipfile.ZipFile(letter) as packed:
        body = packed.read("word/document.xml")
    start, end = body.index(b"<w:p>"), body.index(b"<w:sectPr")
    paragraphs = b"".join(b"<w:p><w:r><w:t>%d</w:t></w:r></w:p>" % number for number in range(300_000))
    large = repacked(letter, tmp_path / "large.docx", {"word/document.xml": body[:start] + paragraphs + body[end:]})
    with pytest.raises(DocumentTooLarge, match=r"large\.docx: reading it takes more than 150 MiB of memory"):
        await blocks_of(large, limits=Limits(memory_bytes=150 * MIB))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DTD = f'<!DOCTYPE bomb [<!ENTITY l0 "laughs"> {LAUGHS} <!ENTITY file SYSTEM "file:///etc/passwd">]>'.encode()
SMALL = Limits(memory_bytes=400 * MIB, cpu_s=5)


def with_entities(letter: Path, entities: bytes) -> Path:
    with zipfile.ZipFile(letter) as packed:
        head, body = packed.read("word/document.xml").split(b"?>", 1)
    changed = head + b"?>" + DTD + body.replace(b"Dear reader", b"Dear " + entities + b" reader")
    return repacked(letter, letter.with_name("bomb.docx"), {"word/document.xml": changed})


async def test_an_entity_in_a_docx_does_not_grow(letter: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"bomb\.docx: it is damaged.*entity"):
        await blocks_of(with_entities(letter, b"&l11;"), limits=SMALL)


async def test_an_entity_in_a_docx_does_not_read_another_file(letter: Path) -> None:
    text = await text_of(with_entities(letter, b"&file;"), limits=SMALL)
    assert text.startswith("Dear ")
    assert "root:" not in text


async def test_entities_in_an_xlsx_are_not_resolved(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["a", 1])
    workbook.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as packed:
        body = packed.read("xl/worksheets/sheet1.xml")
    bomb_body = DTD + body.replace(b"<v>1</v>", b"<v>&l11;&file;</v>")
    assert bomb_body != DTD + body
    bomb = repacked(tmp_path / "plain.xlsx", tmp_path / "bomb.xlsx", {"xl/worksheets/sheet1.xml": bomb_body})
    with pytest.raises(UnreadableFile, match=r"bomb\.xlsx: it is damaged"):
        await blocks_of(bomb, limits=SMALL)


# --- the child ----------------------------------------------------------------------------


async def test_the_child_has_nothing_that_it_does_not_need(endless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEPORT_ADMIN_KEY", "sk-secret")
    async with open_blocks(endless, "the owner's name.pdf"):
        [pid] = parsers()
        proc = Path(f"/proc/{pid}")
        await until(lambda: "Max open files            64 " in (proc / "limits").read_text())
        await until(lambda: "Max core file size        0 " in (proc / "limits").read_text())
        limits = (proc / "limits").read_text()
        assert f"Max address space         {Limits().memory_bytes} " in limits
        assert "Max processes             0 " in limits
        assert os.getpriority(os.PRIO_PROCESS, pid) == 19
        assert os.getpgid(pid) == pid
        assert os.getsid(pid) == os.getsid(0)
        assert (proc / "fd" / "0").readlink() == Path("/dev/null")
        said = (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
        assert b"sk-secret" not in said
        assert b"owner" not in said


async def test_leaving_ends_the_child(endless: Path) -> None:
    async with open_blocks(endless, endless.name):
        [pid] = parsers()
        assert command_of(pid)
    assert not command_of(pid)


async def test_leaving_ends_a_child_whose_words_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("words of a text\n" * 500_000)
    async with open_blocks(path, path.name) as blocks:
        [pid] = parsers()
        assert isinstance(await anext(blocks), Block)
        assert command_of(pid)
    assert not command_of(pid)


async def test_being_cancelled_ends_the_child(endless: Path) -> None:
    task = asyncio.create_task(blocks_of(endless))
    await until(lambda: len(parsers()) == 1)
    [pid] = parsers()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not command_of(pid)


async def test_a_child_that_is_killed_is_not_the_documents_fault(endless: Path) -> None:
    task = asyncio.create_task(blocks_of(endless))
    await until(lambda: len(parsers()) == 1)
    os.kill(parsers()[0], signal.SIGKILL)
    with pytest.raises(ParserFailed, match=r"endless\.pdf: its parser was killed \(SIGKILL\)") as raised:
        await task
    assert raised.value.code == "server_error"


PARENT = """
import asyncio, sys
from pathlib import Path
from homeport.media.limited import open_blocks

async def main():
    async with open_blocks(Path(sys.argv[1]), "document") as blocks:
        if sys.argv[2] == "read":
            await anext(blocks)
        print("open", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["that works", "that waits"])
async def test_a_parent_that_is_killed_leaves_no_child(endless: Path, tmp_path: Path, kind: str) -> None:
    path = endless
    if kind == "that waits":
        path = tmp_path / "long.txt"
        path.write_text("words of a text\n" * 500_000)
    mode = "read" if kind == "that waits" else "open"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(path), mode], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"open\n"
        [pid] = children(parent.pid)
        await until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 19)
        parent.kill()
    await until(lambda: not command_of(pid))


MEMORY = """
import asyncio, resource, sys
from pathlib import Path
from homeport.media.limited import open_blocks

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def main():
    before, length = peak(), 0
    async with open_blocks(Path(sys.argv[1]), "long.txt") as blocks:
        async for block in blocks:
            length += len(block.text)
    print(length, peak() - before)

asyncio.run(main())
"""


async def test_a_long_text_takes_no_memory_to_speak_of(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("words of a long text\n" * 1_000_000)
    said = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True).stdout
    length, grown_bytes = map(int, said.split())
    assert length == path.stat().st_size
    assert grown_bytes < 8 * MIB


async def test_chunks_are_the_same_each_time(tmp_path: Path) -> None:
    """An ingestion that was broken off goes on where it was."""
    path = tmp_path / "manual.pdf"
    lines = [[f"Line {line} of page {page}, which says this and that." for line in range(40)] for page in range(20)]
    path.write_bytes(write_pdf(lines, outline=[("First part", 1), ("Second part", 11)]))
    tokenizer_file = minilm.source() / "tokenizer.json"
    readings = []
    for _ in range(2):
        async with open_chunks(path, path.name, Chunking(200, 50), tokenizer_file=tokenizer_file) as chunks:
            readings.append([chunk async for chunk in chunks])
    assert readings[0] == readings[1]
    assert {chunk.heading for chunk in readings[0]} == {"First part", "Second part"}
    assert [chunk.page for chunk in readings[0]] == sorted(chunk.page or 0 for chunk in readings[0])
    assert readings[0][-1].last_page == 20
