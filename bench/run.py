#!/usr/bin/env python3
"""The benchmarks and their peers, side by side in one run; prints one table.

usage: bench/run.py [--itsup build/release/itsup] [--seconds 8] [--docker URL, default DOCKER_HOST]

HTTP: requests per CPU second of the server (that is: per core), beside nginx serving the same bytes.
Logs: bytes per second and CPU of the history of one container, beside `docker logs`. Needs an engine and the
image that samples/images/make.sh makes.
Configuration: wall and CPU seconds of `itsup validate` and `itsup generate` with 25 and 1,000 projects.
Memory: resident, idle, after a million requests and after 10,000 connections.
Ratios are what counts: absolute figures drift with the machine. Never a timed test.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

TOKEN = "bench-" + os.urandom(16).hex()
PORT, NGINX_PORT = 18473, 18474
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mb(pid: int) -> float:
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def make_root(projects: int) -> pathlib.Path:
    root = pathlib.Path(tempfile.mkdtemp(prefix="itsup-bench-"))
    (root / "secrets").mkdir()
    (root / "secrets/itsup.txt").write_text(f"API_ADMIN_TOKEN={TOKEN}\n")
    for number in range(projects):
        folder = root / f"projects/project-{number:04}"
        folder.mkdir(parents=True)
        (folder / "docker-compose.yml").write_text(
            "services:\n  web:\n    image: example/web:1\n  db:\n    image: example/db:1\n")
        (folder / "itsup-project.yml").write_text(
            f"ingress:\n  - service: web\n    domain: p{number}.example.org\n    port: 8080\n")
    return root


def fetch(path: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}",
                                     headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def start_itsup(program: str, root: pathlib.Path, docker: str) -> subprocess.Popen:
    environment = dict(os.environ, ITSUP_RATE_LIMIT="0", DOCKER_HOST=docker, ITSUP_LOG_FORMAT="json")
    started = time.monotonic()
    process = subprocess.Popen([program, "serve", "--root", str(root), "--listen", f"127.0.0.1:{PORT}"],
                               env=environment, stdout=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", PORT)).close()
            break
        except OSError:
            if process.poll() is not None or time.monotonic() - started > 20:
                sys.exit("itsup did not start")
            time.sleep(0.001)
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=10).read()
    answered = time.monotonic()
    fetch("/projects")
    print(f"start to first answer, {len(list((root / 'projects').iterdir()))} projects: "
          f"{(answered - started) * 1000:.0f} ms (to their list: {(time.monotonic() - started) * 1000:.0f} ms)")
    return process


def start_nginx(folder: pathlib.Path, health: bytes, projects: bytes) -> tuple[subprocess.Popen, int]:
    (folder / "www").mkdir()
    (folder / "www/projects").write_bytes(projects)
    quoted = health.decode().replace("'", "\\'").replace("$", "")
    (folder / "nginx.conf").write_text(f"""
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; default_type application/json;
  server {{ listen 127.0.0.1:{NGINX_PORT}; root {folder}/www;
    location = /health {{ return 200 '{quoted}'; }} }} }}
""")
    os.chmod(folder, 0o755)
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    for _ in range(200):
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        if children:
            return process, int(children[0])
        time.sleep(0.01)
    sys.exit("nginx did not start")


def load(pid: int, port: int, path: str, seconds: float, extra: list[str]) -> tuple[int, float, float]:
    """Requests, requests per second, and the server's CPU seconds."""
    before = cpu_seconds(pid)
    out = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", *extra, f"http://127.0.0.1:{port}{path}"],
                         capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    if "Non-2xx" in out:
        sys.exit(f"{path}: {out}")
    return requests, float(re.search(r"Requests/sec: +([\d.]+)", out).group(1)), cpu_seconds(pid) - before


def http_rows(itsup: int, nginx: int, seconds: float) -> list[list[str]]:
    rows = []
    token = ["-H", f"Authorization: Bearer {TOKEN}"]
    etag = None
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}/projects", headers={
            "Authorization": f"Bearer {TOKEN}"})) as answer:
        etag = answer.headers["ETag"]
    cases = [("/health", token, "GET /health", "nginx return 200"),
             ("/projects", token, "GET /projects (100)", "nginx static file")]
    for path, headers, name, peer in cases:
        ours = load(itsup, PORT, path, seconds, headers)
        theirs = load(nginx, NGINX_PORT, path, seconds, headers)
        mine, other = ours[0] / ours[2], theirs[0] / theirs[2]
        rows.append([name, f"{mine:,.0f}/CPU s", f"{peer}: {other:,.0f}/CPU s", f"{mine / other:.2f} x"])
        if path == "/health":
            health = mine
    again = load(itsup, PORT, "/projects", seconds, [*token, "-H", f"If-None-Match: {etag}"])
    rows.append(["GET /projects, If-None-Match", f"{again[0] / again[2]:,.0f}/CPU s",
                 f"GET /health: {health:,.0f}/CPU s", f"{again[0] / again[2] / health:.2f} x"])
    return rows


def hold_connections(count: int) -> None:
    sockets = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", PORT))
        connection.sendall(f"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        sockets.append(connection)
    for connection in sockets:
        connection.recv(4096)
        connection.close()


def memory_rows(itsup: int, idle: float) -> list[list[str]]:
    rows = [["resident, idle, 100 projects", f"{idle:.1f} MB", "goal 15 MB", ""]]
    done = 0
    while done < 1_000_000:
        done += load(itsup, PORT, "/health", 10, [])[0]
    time.sleep(1)
    rows.append([f"after {done:,} requests", f"{rss_mb(itsup):.1f} MB", "goal +1 MB", f"{rss_mb(itsup) - idle:+.1f} MB"])
    hold_connections(9_900)
    time.sleep(2)
    rows.append(["after 9,900 connections at once", f"{rss_mb(itsup):.1f} MB", "goal +1 MB",
                 f"{rss_mb(itsup) - idle:+.1f} MB"])
    return rows


def log_rows(itsup: int, docker: str, image: str) -> list[list[str]]:
    client = ["docker", "-H", docker]
    subprocess.run([*client, "rm", "-f", "itsup-bench-logs"], capture_output=True)
    line = "x" * 120
    script = f"i=0; while [ $i -lt 200000 ]; do echo $i {line}; i=$((i+1)); done"
    subprocess.run([*client, "run", "--name", "itsup-bench-logs", "--network", "none",
                    "--label", "com.docker.compose.project=project-0000", "--label", "com.docker.compose.service=web",
                    "--label", "com.docker.compose.container-number=1", image, "/bin/busybox", "sh", "-c", script],
                   check=True, stdout=subprocess.DEVNULL)
    time.sleep(1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    size = len(subprocess.run([*client, "logs", "--tail", "100000", "itsup-bench-logs"], capture_output=True, check=True).stdout)
    took = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cli_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cpu = cpu_seconds(itsup)
    started = time.monotonic()
    mine = len(subprocess.run(["curl", "-s", "-H", f"Authorization: Bearer {TOKEN}",
                               f"http://127.0.0.1:{PORT}/projects/project-0000/logs?tail=100000"],
                              capture_output=True, check=True).stdout)
    mine_took = time.monotonic() - started
    cpu = cpu_seconds(itsup) - cpu
    subprocess.run([*client, "rm", "-f", "itsup-bench-logs"], capture_output=True)
    rate, peer = mine / mine_took / 1e6, size / took / 1e6
    return [["log history, MB/s", f"{rate:.1f}", f"docker logs: {peer:.1f}", f"{rate / peer:.2f} x"],
            ["log history, CPU s per 100 MB", f"{cpu / mine * 1e8:.2f}", f"docker CLI: {cli_cpu / size * 1e8:.2f}",
             f"{(cpu / mine) / (cli_cpu / size):.2f} x"]]


def timed(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def configuration_rows(program: str) -> list[list[str]]:
    rows = []
    for count in (25, 1000):
        root = make_root(count)
        (root / "secrets/itsup.txt").write_text("LETSENCRYPT_EMAIL=bench@example.org\nTRAEFIK_ADMIN=admin:x\n")
        (root / "projects/itsup.yml").write_text(
            "schemaVersion: 2.1.0\ntraefikDomain: t.example.org\nrouterIP: 127.0.0.1\nversions: {traefik: v3.6}\n")
        # What is ours: Compose itself costs 70 ms of a core for a project.
        for verb, more in (("validate", ["--no-compose"]), ("generate", ["--out", str(root / "out")])):
            wall, cpu = timed([program, verb, "--root", str(root), *more])
            rows.append([f"{verb}, {count:,} projects", f"{wall:.2f} s ({cpu:.2f} CPU s)",
                         "goal 1 s" if count == 1000 else "", ""])
        shutil.rmtree(root)
    return rows


def engine_answers(docker: str) -> bool:
    return subprocess.run(["docker", "-H", docker, "version"], capture_output=True).returncode == 0


def print_table(rows: list[list[str]]) -> None:
    heading = ["what", "itsUP", "beside", "ratio"]
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(4)]
    for row in [heading, ["-" * w for w in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--itsup", default="build/release/itsup")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--docker", default=os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    parser.add_argument("--image", default="itsup-sample-web:1")
    options = parser.parse_args()
    for program in ("wrk", "nginx", "curl"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: bin/install.sh test")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 65536), limit))
    root = make_root(100)
    itsup = start_itsup(options.itsup, root, options.docker)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="itsup-bench-nginx-"))
    nginx = None
    try:
        time.sleep(1)
        idle = rss_mb(itsup.pid)
        projects = fetch("/projects")
        print(f"GET /projects: {len(projects):,} bytes, {len(json.loads(projects)['items'])} projects")
        nginx, worker = start_nginx(folder, fetch("/health"), projects)
        rows = http_rows(itsup.pid, worker, options.seconds)
        if engine_answers(options.docker):
            rows += log_rows(itsup.pid, options.docker, options.image)
        else:
            rows.append(["log history", "not measured", f"no engine at {options.docker}", ""])
        rows += configuration_rows(options.itsup)
        print_table(rows + memory_rows(itsup.pid, idle))
    finally:
        for process in filter(None, (itsup, nginx)):
            process.terminate()
            process.wait()
        shutil.rmtree(root)
        shutil.rmtree(folder)


main()
