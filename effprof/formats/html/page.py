"""The document: templates filled with what the other files of this folder prepared.

Nothing in it is fetched from anywhere, and its own policy (CSP) forbids it: scripts run only if
their hash is listed, so that a name which got past the escaping could still do nothing.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from effprof import __version__
from effprof.base.quantity import show_metric
from effprof.formats.html.one import Room, View, view
from effprof.formats.html.several import labels, several
from effprof.formats.text_look import Look
from effprof.report.bundle import Bundle
from effprof.report.names import named_apart

_MOST_REPORTS = (8, 4, 1)  # told in full, fewer where it gets heavy; the tables hold every one
_HEAVY_BYTES = 1_400_000
_VENDOR = (("d3", "d3.min.js"), ("plot", "plot.umd.min.js"))
_OWN = ("units.js", "charts.js", "across.js", "page.js")
_ORIGINS = ("measured", "emulated", "modelled")
_CLEAN = Look().clean


def page(bundle: Bundle) -> str:
    for most in _MOST_REPORTS:
        written = _page(bundle, most)
        if len(written) < _HEAVY_BYTES:
            break
    return written.decode()


def _page(bundle: Bundle, most: int) -> bytes:
    shown = bundle.reports[:most]
    knees = [*bundle.knees, *([None] * len(shown))]
    room = Room.shared(len(shown))
    views = [view(one, f"r{at}", knees[at], room) for at, one in enumerate(shown)]
    together = several(bundle) if len(bundle.reports) > 1 else None
    scripts = [*(_vendored(*one) for one in _VENDOR), *(_text("static", name) for name in _OWN)]
    written = (
        _environment()
        .get_template("page.html")
        .render(
            bundle=bundle,
            views=views,
            together=together,
            labels=labels(bundle.reports),
            names=named_apart(bundle.reports),
            data=_printable_all(_charts(views) | (together.charts if together else {})),
            left_out=len(bundle.reports) - len(shown),
            origins=_ORIGINS,
            style=Markup(_text("static", "style.css")),  # noqa: S704 - our own file
            scripts=[Markup(one) for one in scripts],  # noqa: S704 - files of this package
            hashes=" ".join(f"'sha256-{_hash(one)}'" for one in scripts),
            version=__version__,
        )
    )
    return written.encode("utf-8", "backslashreplace")


def _charts(views: list[View]) -> dict[str, Any]:
    return {f"{one.name}-{name}": chart for one in views for name, chart in one.charts.items()}


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("effprof.formats.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = show_metric
    return made


def _printable(value: Any) -> Any:
    """Control and invisible characters of a name as escapes: none turns a line around."""
    return _CLEAN(value) if type(value) is str else value


def _printable_all(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _printable_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable_all(one) for one in value]
    return _printable(value)


def _vendored(name: str, file: str) -> str:
    """Its licence stands above it, as it asks for."""
    licence = _text("static", "vendor", f"LICENSE.{name}").strip()
    return f"/*\n{licence}\n*/\n{_text('static', 'vendor', file)}"


@cache
def _text(*path: str) -> str:
    return files("effprof.formats.html").joinpath(*path).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
