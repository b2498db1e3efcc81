"""The document: templates filled with what the other files of this folder prepared."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from effprof.base.quantity import show_metric
from effprof.report.bundle import Bundle


def page(bundle: Bundle) -> str:
    made = Environment(
        loader=PackageLoader("effprof.formats.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = show_metric
    return made.get_template("page.html").render(bundle=bundle)
