#!/usr/bin/env python3
"""Makes of docs/errors.md the page that the `type` of every problem names: /docs/errors#KIND.

usage: errors_page.py ERRORS_MD OUT
"""
import html
import pathlib
import re
import sys


def inline(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text.replace("\n", " "), quote=False))


def entries(table: str) -> str:
    """A heading that its link finds for each row below the head of the table."""
    out = []
    for row in table.splitlines()[2:]:
        kind, status, meaning, remedy = (cell.strip() for cell in row.strip("|").split("|"))
        name = kind.strip("`").split("#")[1]
        out.append(f'<h2 id="{name}">{name} <small>{status}</small></h2>\n<p>{inline(meaning)}</p>')
        if remedy:
            out.append(f"<p><strong>What to do:</strong> {inline(remedy)}</p>")
    return "\n".join(out)


def block(text: str) -> str:
    if text.startswith("# "):
        return f"<h1>{inline(text[2:])}</h1>"
    return entries(text) if text.startswith("| ") else f"<p>{inline(text)}</p>"


def main() -> None:
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    body = "\n".join(block(text.strip()) for text in source.read_text().split("\n\n"))
    out.write_text('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
                   '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
                   "<title>Errors · itsUP</title>\n</head>\n<body>\n<main>\n"
                   f'{body}\n</main>\n<p><a href="/docs">The API</a></p>\n</body>\n</html>\n')


main()
