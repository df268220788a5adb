"""How fast /parent/<id> is, beside a plain handler that sends the same bytes.

The server runs in a process of its own, over a school of 1,200 pupils on SQLite, each view recorded before it is sent. In
that process, too, are a plain handler, Tornado alone, one page gzipped beforehand, the same headers; and Panel's own
server with an application that shows nothing. Eight connections ask without pause; the three take turns, round by round.
Rates depend on the machine and its neighbours, their ratios less so.

    python -m benchmarks parent_page
"""

import asyncio
import json
import time
from statistics import median
from typing import Any

from benchmarks.school import PAGES, served

CONNECTIONS, ROUNDS, SECONDS = 8, 5, 2.0
GOAL = 0.15
SELECTS = 2
"""Who asks and what decides; then that child's data. The record of the view has statements of its own."""
MOST_CPU = 16
"""Times the plain handler's CPU in the same run, since machines differ: a page that costs more has become slower."""


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head and body of one answer on a connection that stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    start = head.index(b"Content-Length: ") + 16
    return head, await reader.readexactly(int(head[start : head.index(b"\r", start)]))


async def _fetch(port: int, path: str, cookie: str = "", sent: bytes = b"") -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = request_to(path, cookie)
    if sent:
        request = request.replace(b"GET", b"POST", 1)[:-2] + f"Content-Length: {len(sent)}\r\n\r\n".encode() + sent
    writer.write(request)
    try:
        return await answer(reader)
    finally:
        writer.close()


def request_to(path: str, cookie: str) -> bytes:
    """As a browser asks that has been here before: with the cookie against forged forms."""
    cookie += "; xsrf=2|11223344|66b1a7c9d2f0e4835a6c7d8e9fa0b1c2|1773313200"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sid={cookie}\r\nAccept-Encoding: gzip\r\n\r\n".encode()


async def asked(port: int, requests: list[bytes], connections: int = CONNECTIONS) -> tuple[float, list[float]]:
    """Pages a second, and how long each took, in ms."""
    end = time.perf_counter() + SECONDS
    taken: list[float] = []

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begun := time.perf_counter()) < end:
            writer.write(requests[(number := number + connections) % len(requests)])
            head, _ = await answer(reader)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            taken.append(1000 * (time.perf_counter() - begun))
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(connections)))
    return len(taken) / (time.perf_counter() - begun), sorted(taken)


async def _measure(told: dict[str, Any]) -> list[str]:
    control, page = told["plain"], told["page"]
    requests = {
        "page": [request_to(f"/parent/{child}", cookie) for child, cookie in told["parents"]],
        "plain": [request_to("/plain", told["parents"][0][1])],
        "panel": [request_to("/", "").replace(b"localhost", f"localhost:{told['panel']}".encode())],
    }
    ports = {"page": page, "plain": control, "panel": told["panel"]}
    child, cookie = told["parents"][0]
    head, body = await _fetch(page, f"/parent/{child}", cookie)
    await _fetch(control, "/plain", sent=head + body)
    await _fetch(control, "/statements")
    await _fetch(page, f"/parent/{child}", cookie)
    statements = json.loads((await _fetch(control, "/statements"))[1])
    rates: dict[str, list[float]] = {name: [] for name in ports}
    cpu: dict[str, list[float]] = {name: [] for name in ports}
    middle: dict[str, list[float]] = {name: [] for name in ports}
    for number in range(ROUNDS + 1):
        for name, port in ports.items():
            before = json.loads((await _fetch(control, "/cpu"))[1])
            rate, taken = await asked(port, requests[name])
            used = json.loads((await _fetch(control, "/cpu"))[1]) - before
            if number:  # the first only warms up
                rates[name].append(rate)
                cpu[name].append(1000 * used / len(taken))
                middle[name].append(taken[len(taken) // 2])
    print(
        f"/parent/<id>, {PAGES} parents in turn, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:g} s, medians"
    )
    print(f"  {len(body):,} bytes gzipped, {len(head)} of headers, {statements} statements a page and its record")
    for name in ports:
        print(
            f"  {name:5} {median(rates[name]):7.0f} pages/s   p50 {median(middle[name]):5.1f} ms"
            f"   CPU {median(cpu[name]):5.2f} ms a page"
        )
    for name, told_as in (
        ("plain", f"of the plain handler; the aim is {GOAL} or more"),
        ("panel", "of an empty Panel page"),
    ):
        ratios = [page / other for page, other in zip(rates["page"], rates[name], strict=True)]
        print(f"  ratio {median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) {told_as}")
    times = median(cpu["page"]) / median(cpu["plain"])
    print(f"  CPU {times:.1f} times the plain handler's; the bound is {MOST_CPU}")
    faults = [f"a page takes {statements} SELECTs, not {SELECTS}"] if statements != SELECTS else []
    return faults + ([f"a page takes {times:.1f} times the CPU of the plain handler"] if times > MOST_CPU else [])


def main() -> list[str]:
    """Build a school, serve it from another process, measure."""
    with served() as told:
        return asyncio.run(_measure(told))


if __name__ == "__main__":
    main()
