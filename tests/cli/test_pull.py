"""`homeport pull` against a real HTTP server that cuts, lies and changes its mind."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeport.cli import download, main
from homeport.cli.pull import _copied
from tests.cli.file_server import FileServer
from tests.cli.model_files import write_model
from tests.cli.terminal import Terminal, homeport


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BACKOFF_S", 0.005)


def pull(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["pull", "--data-dir", str(data), *arguments])


def models(data: Path) -> list[str]:
    folder = data / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# --- over HTTP -----------------------------------------------------------------------


def test_url(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/a%20model.gguf", model)
    result = pull(data, url, "--name", "mine")
    assert result.exit_code == 0, result.output
    assert (data / "models" / "mine.gguf").read_bytes() == model
    assert models(data) == ["mine.gguf"]
    assert "mine is in" in result.output


def test_cut_connections_resume_where_they_stopped(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, cut_after=[150_000, 100_000, 2])
    result = pull(data, url)
    assert result.exit_code == 0, result.output
    assert (data / "models" / "m.gguf").read_bytes() == model
    asked = files.asked("/m.gguf")
    assert [headers.get("range") for headers in asked] == [None, "bytes=150000-", "bytes=250000-", "bytes=250002-"]
    assert {headers["if-range"] for headers in asked[1:]} == {files.files["/m.gguf"].etag}


def test_a_server_that_does_not_tell_the_whole_size(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, cut_after=[100_000, 50_000, 50_000], tells_total=False)
    assert pull(data, url).exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == model


def test_server_without_ranges_starts_over(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, cut_after=[150_000, 200_000], ranges=False)
    assert pull(data, url).exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == model


def test_server_without_validator_starts_over_unless_the_sum_is_known(
    files: FileServer, model: bytes, data: Path
) -> None:
    url = files.add("/m.gguf", model, cut_after=[150_000], validator=False)
    assert pull(data, url).exit_code == 0
    assert "range" not in files.asked("/m.gguf")[1]
    url = files.add("/n.gguf", model, cut_after=[150_000], validator=False)
    assert pull(data, url, "--sha256", hashlib.sha256(model).hexdigest()).exit_code == 0
    assert files.asked("/n.gguf")[1]["range"] == "bytes=150000-"
    assert (data / "models" / "m.gguf").read_bytes() == (data / "models" / "n.gguf").read_bytes() == model


def test_a_later_run_goes_on_and_a_changed_file_is_noticed(
    files: FileServer, model: bytes, data: Path, tmp_path: Path
) -> None:
    url = files.add("/m.gguf", model, cut_after=[100_000, *[0] * 10])
    first = pull(data, url)
    assert first.exit_code == 1
    assert "100.0 kB are kept: run the command again to go on." in first.output
    assert models(data) == ["m.gguf.part", "m.gguf.part.json"]

    files.files["/m.gguf"].cut_after = [100_000, *[0] * 10]
    assert pull(data, url).exit_code == 1
    assert (data / "models" / "m.gguf.part").read_bytes() == model[:200_000]

    other = write_model(tmp_path / "other.gguf", "qwen3").read_bytes()
    files.files["/m.gguf"].content, files.files["/m.gguf"].cut_after = other, []
    assert pull(data, url).exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == other
    assert models(data) == ["m.gguf"]


def test_partial_file_of_another_url_is_not_continued(files: FileServer, model: bytes, data: Path) -> None:
    assert pull(data, files.add("/a.gguf", model, cut_after=[90_000, *[0] * 10]), "--name", "m").exit_code == 1
    assert pull(data, files.add("/b.gguf", model), "--name", "m").exit_code == 0
    assert "range" not in files.asked("/b.gguf")[0]
    assert (data / "models" / "m.gguf").read_bytes() == model


def test_file_that_was_whole_already(files: FileServer, model: bytes, data: Path) -> None:
    """A process that dies between the last byte and the rename leaves a whole partial file."""
    url = files.add("/m.gguf", model, cut_after=[len(model) - 1, *[0] * 10])
    assert pull(data, url).exit_code == 1
    with (data / "models" / "m.gguf.part").open("ab") as part:
        part.write(model[-1:])
    files.files["/m.gguf"].cut_after = []
    assert pull(data, url).exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == model


def test_server_that_announces_more_than_it_sends(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, announced_bytes=len(model) + 1000, ranges=False)
    result = pull(data, url)
    assert result.exit_code == 1
    assert "the connection was cut after" in result.output
    assert "m.gguf" not in models(data)


def test_server_that_announces_less_is_found_out_by_the_sum(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, announced_bytes=len(model) - 1000)
    result = pull(data, url, "--sha256", hashlib.sha256(model).hexdigest())
    assert result.exit_code == 1
    assert "as expected. It was thrown away." in result.output
    assert models(data) == []


def test_trouble_that_passes_is_waited_out(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, statuses=[503, 500])
    assert pull(data, url).exit_code == 0
    assert len(files.asked("/m.gguf")) == 3


def test_retry_after_is_heeded(files: FileServer, model: bytes, data: Path) -> None:
    url = files.add("/m.gguf", model, statuses=[429], headers={"Retry-After": "1"})
    started = time.monotonic()
    assert pull(data, url).exit_code == 0
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "There is no file at"),
        (401, "may not be read"),
        (403, "may not be read"),
        (400, "the server answered 400"),
    ],
)
def test_refusals(files: FileServer, data: Path, status: int, says: str) -> None:
    url = files.add("/m.gguf", statuses=[status])
    result = pull(data, url)
    assert result.exit_code == 1
    assert says in result.output
    assert len(files.requests) == 1
    assert models(data) == []


def test_web_page_in_place_of_a_model(files: FileServer, data: Path) -> None:
    url = files.add("/m.gguf", b"<html>" + b" " * 5_000_000, content_type="text/html; charset=utf-8")
    result = pull(data, url)
    assert result.exit_code == 1
    assert "is no GGUF file, but text/html: it starts with b'<htm'" in result.output
    assert models(data) == []


@pytest.mark.parametrize("content", [b"", b"GG", b"GGUF", b"GGUF\x03\x00\x00\x00" + b"\xff" * 100])
def test_damaged_model(files: FileServer, data: Path, content: bytes) -> None:
    result = pull(data, files.add("/m.gguf", content))
    assert result.exit_code == 1
    assert "thrown away" in result.output
    assert models(data) == []


def test_more_than_the_disk_holds(files: FileServer, model: bytes, data: Path) -> None:
    result = pull(data, files.add("/m.gguf", model, announced_bytes=10**15))
    assert result.exit_code == 1
    assert "1000.0 TB are needed" in result.output
    assert models(data) == []


def test_unreachable_hosts(data: Path) -> None:
    result = pull(data, "http://127.0.0.1:9/m.gguf")
    assert result.exit_code == 1
    assert "Cannot fetch http://127.0.0.1:9/m.gguf: connection refused." in result.output
    assert models(data) == []


def test_two_at_once_do_not_mix(files: FileServer, model: bytes, data: Path) -> None:
    pause = threading.Event()
    url = files.add("/m.gguf", model, pause=pause)
    results: list[Result] = []
    first = threading.Thread(target=lambda: results.append(pull(data, url)))
    first.start()
    try:
        while not (data / "models" / "m.gguf.part.json").exists():
            time.sleep(0.01)
        second = homeport("pull", "--data-dir", str(data), url)
    finally:
        pause.set()
        first.join()
    assert second.returncode == 1
    assert "is being fetched by another process" in second.stderr
    assert results[0].exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == model


# --- from a path ---------------------------------------------------------------------


def test_path(data: Path, tmp_path: Path) -> None:
    source = write_model(tmp_path / "source.gguf")
    result = homeport("pull", "--data-dir", str(data), str(source))
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"source is in {data / 'models'}; a server started now serves it.\n"
    assert (data / "models" / "source.gguf").read_bytes() == source.read_bytes()


def test_what_a_stopped_copy_left_is_no_part_of_a_download(
    files: FileServer, model: bytes, data: Path, tmp_path: Path
) -> None:
    url = files.add("/m.gguf", model, cut_after=[5000, *[0] * 10])
    assert pull(data, url).exit_code == 1
    copying = _copied(write_model(tmp_path / "m.gguf", "qwen3")).transfer

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copying(data / "models" / "m.gguf.part", stop)  # type: ignore[arg-type]
    files.files["/m.gguf"].cut_after = []
    assert pull(data, url).exit_code == 0
    assert (data / "models" / "m.gguf").read_bytes() == model


def test_a_path_that_is_too_long_is_told(data: Path) -> None:
    result = homeport("pull", "--data-dir", str(data), "x" * 300)
    assert result.returncode == 1
    assert result.stderr == f"Error: {'x' * 300}: File name too long\n"


def test_path_of_a_model_in_parts(data: Path, tmp_path: Path) -> None:
    names = [f"big-0000{part}-of-00002.gguf" for part in (1, 2)]
    write_model(tmp_path / names[0])
    result = pull(data, str(tmp_path / names[0]))
    assert result.exit_code == 1
    assert f"{names[1]} is missing" in result.output
    write_model(tmp_path / names[1])
    result = pull(data, str(tmp_path / names[0]), "--name", "mine")
    assert result.exit_code == 0
    assert models(data) == ["mine-00001-of-00002.gguf", "mine-00002-of-00002.gguf"]
    assert "mine is in" in result.output


def test_no_model_at_the_path(data: Path, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("not a model")
    result = pull(data, str(tmp_path / "text.gguf"))
    assert result.exit_code == 1
    assert "text.gguf: no GGUF file: it starts with b'not '" in result.output
    assert models(data) == []


def test_what_is_there_is_kept(data: Path, tmp_path: Path) -> None:
    source = write_model(tmp_path / "m.gguf")
    there = write_model(data / "models" / "m.gguf", "qwen3")
    before = there.read_bytes()
    assert "is there already; --force" in pull(data, str(source)).output
    assert there.read_bytes() == before
    wrong = pull(data, str(source), "--sha256", hashlib.sha256(source.read_bytes()).hexdigest())
    assert wrong.exit_code == 1
    assert "with another sha256" in wrong.output
    assert pull(data, str(source), "--force").exit_code == 0
    assert there.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing.gguf"], "'nothing.gguf' is no file, no http(s) URL and no Hugging Face reference"),
        (["models/nothing.gguf"], "is no file"),
        ([""], "is no file"),
        (["ftp://host/m.gguf"], "is no file"),
        (["/"], "is a folder"),
        (["m.gguf", "--sha256", "abc"], "64 hexadecimal digits"),
        (["m.gguf", "--name", "../escape"], "letters, digits"),
        ([], "Missing argument 'SOURCE'"),
    ],
)
def test_mistakes(data: Path, arguments: list[str], says: str) -> None:
    result = pull(data, *arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_unwritable_folder(tmp_path: Path) -> None:
    source = write_model(tmp_path / "m.gguf")
    (tmp_path / "data").write_text("a file")
    result = pull(tmp_path / "data", str(source))
    assert result.exit_code == 1
    assert "Not a directory" in result.output


# --- what is shown -------------------------------------------------------------------


def test_progress_bar_in_a_terminal_only(files: FileServer, model: bytes, data: Path) -> None:
    pause = threading.Event()
    url = files.add("/m.gguf", model, pause=pause)
    with Terminal("pull", "--data-dir", str(data), url) as terminal:
        terminal.expect(f"of {len(model) / 1000:.1f} kB")
        pause.set()
        terminal.expect("100%")
        assert terminal.wait() == 0
        assert "█" * 30 in terminal.text
    piped = homeport("pull", "--data-dir", str(data), "--force", url)
    assert piped.returncode == 0
    assert piped.stderr == ""


def test_ctrl_c_keeps_what_has_come(files: FileServer, model: bytes, data: Path) -> None:
    pause = threading.Event()
    url = files.add("/m.gguf", model, pause=pause)
    with Terminal("pull", "--data-dir", str(data), url) as terminal:
        terminal.expect(" of ")
        terminal.type("\x03")
        assert terminal.wait() == 130
        assert "Stopped. Run the command again to go on." in terminal.text
        assert "Traceback" not in terminal.text
    pause.set()
    assert (data / "models" / "m.gguf.part").stat().st_size > 0
    files.files["/m.gguf"].pause = None
    assert pull(data, url).exit_code == 0
    assert files.asked("/m.gguf")[1]["range"].startswith("bytes=")
    assert (data / "models" / "m.gguf").read_bytes() == model
