"""The page as text: what a name out of a file may not do."""

from msgspec.structs import replace

from effprof.formats.html import html
from effprof.report.bundle import Bundle
from tests.formats.sample import FULL

HOSTILE = "<script>alert(1)</script>.onnx"


def test_a_name_is_text() -> None:
    page = html(Bundle((replace(FULL, model=replace(FULL.model, name=HOSTILE)),)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.onnx" in page
