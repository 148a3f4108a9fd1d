#!/usr/bin/env python3
"""Fails on an include that the floors of the house do not allow.

Reads the same project_folder(<folder> USES ...) lines as CMake. A folder includes itself and what it
names in USES (and nothing that those use in turn). The allow-list is empty and stays empty.
The folders named in USES must themselves lie on a lower floor.
"""
import pathlib
import re
import sys

FLOORS = {
    "base": 0, "schema": 1, "runtime": 1, "model": 2, "net": 2, "config": 3, "artifacts": 3,
    "access": 3, "docker": 4, "compose": 4, "store": 4, "gitops": 4, "deploy": 5, "live": 5,
    "services": 6, "api": 7, "cli": 7, "bin": 8,
}
# cli may read the contract that api declares, and nothing else of that neighbour (the house says so).
NEIGHBOURS = {("cli", "api"): "api/contract/"}
DECLARATION = re.compile(r"project_folder\(\s*(\w+)([^)]*)\)", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([a-z_]+)/([^>"]+)[>"]', re.M)


def declared_uses(source: pathlib.Path) -> dict[str, set[str]]:
    uses = {}
    for lists in sorted(source.glob("*/CMakeLists.txt")):
        for folder, rest in DECLARATION.findall(lists.read_text()):
            words = rest.split()
            names, on = set(), False
            for word in words:
                if word in ("USES", "LIBS", "TEST_LIBS"):
                    on = word == "USES"
                elif on:
                    names.add(word)
            uses[folder] = names
    return uses


def check_declarations(uses: dict[str, set[str]]) -> list[str]:
    problems = []
    for folder, names in uses.items():
        if folder not in FLOORS:
            problems.append(f"src/{folder}: no floor of that name in ARCHITECTURE.md")
            continue
        for name in names:
            lower = FLOORS.get(name, 99) < FLOORS[folder]
            if not lower and (folder, name) not in NEIGHBOURS:
                problems.append(f"src/{folder}/CMakeLists.txt: USES {name}, which is not on a lower floor")
    return problems


def check_file(path: pathlib.Path, folder: str, uses: dict[str, set[str]]) -> list[str]:
    problems = []
    text = path.read_text(errors="replace")
    for match in INCLUDE.finditer(text):
        used, rest = match.groups()
        if used not in FLOORS or used == folder:
            continue
        line = text.count("\n", 0, match.start(1)) + 1
        if used not in uses.get(folder, set()):
            problems.append(f"{path}:{line}: includes <{used}/{rest}>, but {folder} does not USE {used}")
        elif (folder, used) in NEIGHBOURS and not f"{used}/{rest}".startswith(NEIGHBOURS[(folder, used)]):
            problems.append(f"{path}:{line}: {folder} may include only {NEIGHBOURS[(folder, used)]}")
    return problems


def main() -> int:
    source = pathlib.Path("src")
    uses = declared_uses(source)
    problems = check_declarations(uses)
    for path in sorted(source.rglob("*.[ch]pp")):
        folder = path.relative_to(source).parts[0]
        if folder in uses:
            problems += check_file(path, folder, uses)
    print("\n".join(problems) if problems else f"floors: {len(uses)} folders keep to what they USE")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
