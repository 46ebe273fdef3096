"""The templates of the pages, and how they write numbers."""

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from caselab import numbers


def template(name: str) -> Template:
    """Return a template of this folder, with the numbers of `caselab.numbers` as filters."""
    environment = Environment(
        loader=PackageLoader("caselab.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": numbers.number,
        "percent": numbers.percent,
        "score": numbers.score,
        "seconds": numbers.seconds,
        "size": numbers.size,
        "figure": numbers.figure,
        "milliseconds": lambda seconds: "" if seconds is None else f"{1000 * seconds:,.1f}",
        "minute": numbers.minute,
        "chance": numbers.chance,
    }
    return environment.get_template(name)
