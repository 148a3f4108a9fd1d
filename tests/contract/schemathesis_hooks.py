"""What schemathesis cannot know: names that exist, and that a stream is read only when it ends."""

import os
import re

import schemathesis

KNOWN = {
    "name": ["shop", "clock", "dns"],
    "service": ["web"],
    "id": os.environ["ITSUP_DEPLOYMENTS"].split(","),
}
# Valid forms; anything else was made to be refused and stays as it is.
FORMS = {
    "name": re.compile(r"[a-z0-9][a-z0-9_-]{0,62}"),
    "service": re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"),
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}


def known_or_same(key, value):
    """Mostly a name that exists, now and then the one that was generated."""
    form = FORMS.get(key)
    if form is None or not isinstance(value, str) or not form.fullmatch(value):
        return value
    turn = sum(value.encode())
    return value if turn % 4 == 0 else KNOWN[key][turn % len(KNOWN[key])]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or context.operation.path.startswith("/schemas/"):
        return path_parameters
    return {key: known_or_same(key, value) for key, value in path_parameters.items()}


@schemathesis.hook
def filter_query(context, query):
    # A pattern cannot know leap years, so the document cannot say that this day may be refused.
    return not any("-02-29" in str((query or {}).get(key)) for key in ("since", "until"))


@schemathesis.hook
def before_call(context, case, kwargs):
    names = {parameter.name for parameter in case.operation.query}
    query = case.query or {}
    if "follow" in names and query.get("follow", "true") in (True, "true", "True", "1", ""):
        case.query = {**query, "follow": "false"}
