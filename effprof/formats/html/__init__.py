"""One page that opens offline: all of a report, or of several side by side."""

from effprof.report.bundle import Bundle


def html(bundle: Bundle) -> str:
    """The whole document; every value of a report passes the templates' escaping."""
    from effprof.formats.html.page import page

    return page(bundle)
