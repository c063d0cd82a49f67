"""What a call gives back, and what the next one finds."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from homeport.errors import BadRequestError
from homeport.sandbox import Event, Finished, Image, Logs, Result, Sandbox

pytestmark = pytest.mark.anyio


def text(result: Result) -> str:
    return "".join(output.text for output in result.outputs if isinstance(output, Logs))


async def test_variables_imports_functions_and_the_folder_are_kept(box: Sandbox) -> None:
    first = await box.run("import os, math\nos.makedirs('deep'); os.chdir('deep')\ndef double(x): return 2 * x\ny = 20")
    assert (first.status, first.fresh) == ("completed", True)
    second = await box.run("y += 1; print(double(y), math.floor(1.5), os.getcwd())")
    assert (second.status, second.fresh, text(second)) == ("completed", False, "42 1 /mnt/data/deep\n")


@pytest.mark.parametrize(
    ("code", "echo"),
    [
        ("6 * 7", "42\n"),
        ("x = 1", ""),
        ("None", ""),
        ("'a' 'b';", ""),
        ("1\n2", "2\n"),
        ("for i in range(2): i", ""),
        ("", ""),
        ("# nothing", ""),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", "'slept'\n"),
        ("import asyncio\nasync def f(): return 5\nasyncio.run(f())", "5\n"),
        ("display(1, 'two')", "1\n'two'\n"),
        ("5\nexit()", ""),
        ("'ünïcode ✓'", "'ünïcode ✓'\n"),
    ],
)
async def test_the_last_expression_is_echoed(steady: Sandbox, code: str, echo: str) -> None:
    result = await steady.run(code)
    assert (result.status, result.error, text(result)) == ("completed", None, echo)


async def test_a_traceback_shows_the_code_and_nothing_of_the_worker(steady: Sandbox) -> None:
    result = await steady.run("def f(x):\n    return 1 / x\n\nprint('before')\nf(0)")
    assert (result.status, result.error) == ("failed", "ZeroDivisionError: division by zero")
    assert text(result).startswith("before\nTraceback (most recent call last):\n")
    assert "    return 1 / x\n" in text(result)
    assert "worker" not in text(result)
    assert text(await steady.run("f(1)")) == "1.0\n", "the interpreter lives on"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("1 +", "SyntaxError: invalid syntax"),
        ("  x = 1", "IndentationError: unexpected indent"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("a\0b", "source code string cannot contain null bytes"),
        ("'\\ud800'.encode()", "UnicodeEncodeError"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    ],
)
async def test_whatever_is_raised_is_an_answer(steady: Sandbox, code: str, error: str) -> None:
    result = await steady.run(code)
    assert result.status == "failed"
    assert result.error is not None
    assert error in result.error


async def test_half_a_surrogate_pair_in_the_code_is_replaced(steady: Sandbox) -> None:
    assert text(await steady.run("'\ud800'")) == "'?'\n"


async def test_stdout_stderr_and_children_come_in_order(steady: Sandbox) -> None:
    result = await steady.run(
        "import os, subprocess, sys\n"
        "print('one')\n"
        "print('two', file=sys.stderr)\n"
        "os.write(1, b'three\\n')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"four\")'], check=True)\n"
        "print('five')\n"
        "'six'"
    )
    assert text(result) == "one\ntwo\nthree\nfour\nfive\n'six'\n"


async def test_a_script_can_use_processes_and_threads(box: Sandbox) -> None:
    result = await box.run(
        "from multiprocessing import Pool\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
        "with ThreadPoolExecutor(2) as threads: print(list(threads.map(abs, [-3, -4])))"
    )
    assert text(result) == "[1, 2]\n[3, 4]\n"


async def test_logs_are_streamed_while_the_code_runs(box: Sandbox) -> None:
    await box.put("go-on", b"")
    code = "import os, time\nprint('first')\nwhile os.path.exists('go-on'): time.sleep(0.001)\nprint('second')"
    events: list[Event] = []
    async with aclosing(box.stream(code)) as stream:
        async for event in stream:
            events.append(event)
            if event == Logs("first\n"):
                await box.remove("go-on")  # only now can the code go on
    assert [type(event) for event in events] == [Logs, Logs, Finished]


async def test_a_flood_of_output_is_cut_and_the_code_goes_on(box: Sandbox) -> None:
    result = await box.run("for i in range(20_000): print('x' * 100)\nopen('done', 'w').close()")
    assert (result.status, result.truncated) == ("completed", True)
    assert len(text(result)) == box.limits.logs_bytes
    assert [file.name for file in result.changed] == ["done"]
    assert text(await box.run("'next'")) == "'next'\n", "nothing of the flood comes later"


async def test_many_small_writes_are_few_events(steady: Sandbox) -> None:
    async with aclosing(steady.stream("import os\nfor _ in range(20_000): os.write(1, b'x')\nNone")) as stream:
        events = [event async for event in stream]
    *logs, finished = events
    assert isinstance(finished, Finished)
    assert sum(len(event.text) for event in logs if isinstance(event, Logs)) == 20_000
    assert len(logs) <= 2 + finished.duration_s / 0.005


async def test_bytes_that_are_no_text_are_replaced(steady: Sandbox) -> None:
    result = await steady.run("import os\n_ = os.write(1, b'a\\xff\\xc3')\nos.write(1, b'\\xa9\\n\\xe2\\x82');")
    assert text(result) == "a\ufffdé\n\ufffd"


async def test_too_long_a_run_is_stopped_and_the_next_starts_afresh(box: Sandbox) -> None:
    await box.run("x = 1")
    started = time.monotonic()
    result = await box.run(
        "print('so far', flush=True)\nopen('partial', 'w').write('kept')\nwhile True: pass", timeout_s=0.5
    )
    assert result.status == "timed_out"
    assert result.error == "The code ran for more than 0.5 s and was stopped."
    assert time.monotonic() - started < 30
    assert text(result) == "so far\n"
    assert [file.name for file in result.changed] == ["partial"]
    after = await box.run("print(open('partial').read()); 'x' in dir()")
    assert (after.fresh, text(after)) == (True, "kept\nFalse\n")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os._exit(3)", "exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.abort()", "SIGABRT"),
    ],
)
async def test_a_crash_says_how_and_the_next_call_starts_afresh(box: Sandbox, code: str, reason: str) -> None:
    crashed = await box.run(f"print('last words', flush=True)\n{code}")
    assert (crashed.status, text(crashed)) == ("crashed", "last words\n")
    assert crashed.error == f"The interpreter ended unexpectedly: {reason}."
    after = await box.run("1")
    assert (after.status, after.fresh, text(after)) == ("completed", True, "1\n")


async def test_an_interpreter_that_dies_between_calls_is_replaced(box: Sandbox) -> None:
    await box.run("import threading, os\nthreading.Timer(0.01, os._exit, [0]).start()")
    assert box.interpreter is not None
    while box.interpreter.alive:
        await asyncio.sleep(0.01)
    after = await box.run("1")
    assert (after.status, after.fresh) == ("completed", True)


async def test_a_stream_that_is_given_up_stops_the_code(box: Sandbox) -> None:
    async with aclosing(box.stream("print('started', flush=True)\nwhile True: pass")) as stream:
        async for event in stream:
            assert event == Logs("started\n")
            break
    assert box.interpreter is None
    assert (await box.run("1")).fresh


async def test_a_caller_that_is_cancelled_stops_the_code(box: Sandbox) -> None:
    call = asyncio.create_task(box.run("open('running', 'w').close()\nwhile True: pass"))
    while box.interpreter is None or not box.interpreter.calls:
        await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert box.interpreter is None
    assert (await box.run("1")).status == "completed"


async def test_calls_are_taken_one_at_a_time(box: Sandbox) -> None:
    await box.run("order = []")
    await asyncio.gather(
        *(box.run(f"order.append({i}); import time; time.sleep(0.01); order.append({i})") for i in range(4))
    )
    assert text(await box.run("order[::2] == order[1::2], len(order)")) == "(True, 8)\n"


async def test_what_a_call_leaves_running_does_not_speak_in_the_next(box: Sandbox) -> None:
    await box.run(
        "import threading\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(), print('late'))).start()"
    )
    await box.run("go.set(); import time; time.sleep(0.05)")
    result = await box.run("print('mine')")
    assert text(result) == "mine\n"


async def test_code_of_any_length_up_to_the_limit(steady: Sandbox) -> None:
    room = steady.limits.code_bytes - len("len('')")
    assert text(await steady.run(f"len('{'x' * room}')")) == f"{room}\n"
    with pytest.raises(BadRequestError, match="longer than 1,024 KiB"):
        await steady.run(f"len('{'x' * (room + 1)}')")


async def test_modules_among_the_files_can_be_imported(box: Sandbox) -> None:
    await box.put("mine.py", b"answer = 42")
    assert text(await box.run("import mine; mine.answer")) == "42\n"


async def test_a_forked_process_does_not_answer_for_the_interpreter(box: Sandbox) -> None:
    await box.run("import os\npid = os.fork()")
    assert text(await box.run("pid > 0")) == "True\n"


async def test_classes_of_the_code_can_be_pickled(steady: Sandbox) -> None:
    result = await steady.run("import pickle\nclass Point: x = 1\npickle.loads(pickle.dumps(Point())).x")
    assert text(result) == "1\n"


async def test_images_and_logs_keep_their_order(steady: Sandbox) -> None:
    code = (
        "class Picture:\n"
        "    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + b'.' * 10\n"
        "for i in range(2):\n"
        "    print(i); display(Picture())\n"
        "print('end')"
    )
    result = await steady.run(code)
    shown = [output.text if isinstance(output, Logs) else "image" for output in result.outputs]
    assert shown == ["0\n", "image", "1\n", "image", "end\n"]
    assert all(output.media_type == "image/png" for output in result.outputs if isinstance(output, Image))
