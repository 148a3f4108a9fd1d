#!/usr/bin/env python3
"""No shell, ever: a subprocess is a vector of arguments. Fails on system(), popen() and "sh -c" in src/."""
import pathlib
import re
import sys

FORBIDDEN = [
    (re.compile(r"(?<![\w.>:])(?:std::)?(?:system|popen|wordexp)\s*\("), "calls a shell"),
    (re.compile(r'"(?:/usr)?(?:/bin/)?(?:ba|da|z)?sh"'), "names a shell"),
    (re.compile(r'"-c"'), 'passes "-c", as for a shell'),
]
# Text that the daemon writes for others to run inside their containers, or says to a person.
ALLOWED = {
    "src/artifacts": "the generated compose files hold health checks and an entrypoint for images",
}


def main() -> int:
    problems = []
    for path in sorted(pathlib.Path("src").rglob("*.[ch]pp")):
        if path.name.endswith("_test.cpp") or any(str(path).startswith(p + "/") for p in ALLOWED):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            code = line.split("//", 1)[0]
            if "no-shell-lint:" in line:
                continue
            for pattern, what in FORBIDDEN:
                if pattern.search(code):
                    problems.append(f"{path}:{number}: {what}: {line.strip()}")
    print("\n".join(problems) if problems else "no shell: src/ starts programs by argument vectors only")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
