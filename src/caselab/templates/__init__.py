"""How every page looks (`style.html`), and how its template is filled and writes numbers."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from caselab import numbers


def template(room: str, name: str) -> Template:
    """Return a template of a room's folder, with the numbers of `caselab.numbers` as filters.

    It asks no other server, and may include `style.html`.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(room, "."), PackageLoader(__name__, ".")]),
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
