"""Figures come out as images, once each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from homeport.sandbox import Image, Limits, Logs, Sandbox, Sandboxes

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def plotter(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with Sandboxes(tmp_path_factory.mktemp("plots"), limits=Limits(images=5), spares=0) as owner:
        sandbox = owner.sandbox("plots")
        assert (
            await sandbox.run("import matplotlib.pyplot as plt\nfrom matplotlib.figure import Figure")
        ).status == "completed"
        yield sandbox


async def outputs(box: Sandbox, code: str) -> list[str]:
    """What a call shows: the text of logs, and "image" for images, each checked to be one."""
    from PIL import Image as Picture

    result = await box.run(code)
    assert result.status == "completed", result
    shown = []
    for output in result.outputs:
        if isinstance(output, Image):
            with Picture.open(BytesIO(output.data)) as picture:
                picture.load()
                assert picture.format == "PNG"
                assert picture.width > 100
        shown.append(output.text if isinstance(output, Logs) else "image")
    return shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("plt.plot([1, 2]); plt.show()", ["image"]),
        ("plt.plot([1, 2]);", ["image"]),
        (
            "print('a')\nplt.plot([1]); plt.show()\nprint('b')\nplt.plot([2]); plt.show()",
            ["a\n", "image", "b\n", "image"],
        ),
        ("plt.figure(); plt.figure(); plt.show()", ["image", "image"]),
        ("fig, ax = plt.subplots()\nfig", ["image"]),
        ("Figure()", ["image"]),
        ("plt.plot([1]); plt.savefig('a.png'); plt.close()", ["image"]),
        ("plt.plot([1]); plt.savefig('a.png'); plt.show()", ["image"]),
        ("plt.plot([1]); plt.savefig('a.pdf'); plt.savefig('a.svg')", ["image"]),
        ("fig = Figure(); fig.savefig('b.png')", ["image"]),
        ("fig = Figure(); fig.savefig(fname='c.png')", ["image"]),
        ("fig = Figure(); fig.savefig('d.pdf', backend='pdf', metadata={'CreationDate': None})", ["image"]),
        ("fig = Figure(); fig.savefig('e.eps', papertype='a4')", []),
        ("import io; fig = Figure(); fig.savefig(io.BytesIO())", []),
        ("plt.plot([1]); plt.close()", []),
        ("plt.show()", []),
        ("from PIL import Image\nImage.new('RGB', (200, 100))", ["image"]),
        ("import pandas\npandas.DataFrame({'x': [1, 2]}).plot();", ["image"]),
        ("import pandas\npandas.DataFrame({'x': [1]})", ["   x\n0  1\n"]),
        ("import sympy\nsympy.integrate('x**2')", ["x**3/3\n"]),
        ("import numpy\nnumpy.arange(3) * 2.5", ["array([0. , 2.5, 5. ])\n"]),
    ],
)
async def test_what_is_shown(plotter: Sandbox, code: str, shown: list[str]) -> None:
    assert await outputs(plotter, code) == shown


async def test_a_saved_figure_is_a_file_too(plotter: Sandbox) -> None:
    result = await plotter.run("plt.plot([1, 2]); plt.savefig('/mnt/data/saved.png')")
    assert [file.name for file in result.changed] == ["saved.png"]
    with await plotter.open("saved.png") as file:
        assert file.read(4) == b"\x89PNG"


async def test_pages_of_a_pdf(plotter: Sandbox) -> None:
    result = await plotter.run(
        "from matplotlib.backends.backend_pdf import PdfPages\n"
        "with PdfPages('pages.pdf') as pages:\n"
        "    plt.plot([1, 2]); pages.savefig(); plt.close()\n"
        "    pages.savefig(Figure())"
    )
    assert (result.status, result.outputs) == ("completed", [])
    with await plotter.open("pages.pdf") as file:
        assert file.read(5) == b"%PDF-"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("plt.plot([1]);", ["image"]),
        ("plt.plot([1]); plt.savefig('a.png'); plt.close()", ["image"]),
        ("plt.plot([1]); plt.show(); print('after')", ["image", "after\n"]),
        ("fig, ax = plt.subplots()\nfig", ["image"]),
    ],
)
async def test_code_that_chooses_agg_itself(box: Sandbox, code: str, shown: list[str]) -> None:
    begin = "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
    assert await outputs(box, begin + code) == shown


async def test_a_module_of_the_code_that_chooses_agg(box: Sandbox) -> None:
    await box.put("mine.py", b"import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n")
    assert await outputs(box, "import mine; mine.plt.plot([1, 2]);") == ["image"]


async def test_a_figure_that_is_too_large_is_left_out(box: Sandbox) -> None:
    await box.run("x = 1\nimport numpy, matplotlib.pyplot as plt")
    result = await box.run(
        "plt.figure(figsize=(8, 8), dpi=150); plt.imshow(numpy.random.rand(1200, 1200)); plt.savefig('noise.png')\n"
        "plt.close(); print('end')"
    )
    assert (result.status, result.truncated, result.outputs) == ("completed", True, [Logs("end\n")])
    assert result.changed[0].size_bytes > 2 * box.limits.image_bytes, "the file is whole"
    assert await outputs(box, "print(x)") == ["1\n"]


async def test_a_failing_call_shows_what_it_had_drawn(plotter: Sandbox) -> None:
    result = await plotter.run("plt.plot([1, 2])\n1 / 0")
    assert result.status == "failed"
    assert [type(output) for output in result.outputs] == [Logs, Image]
    assert (await plotter.run("1")).outputs == [Logs("1\n")], "and the next call does not show it again"


async def test_a_figure_that_can_not_be_drawn_is_an_answer(plotter: Sandbox) -> None:
    result = await plotter.run("plt.title('$\\\\nonsense{$'); plt.show()")
    assert result.status == "failed"
    assert (await plotter.run("plt.close('all')")).status == "completed"
