"""The least that a call costs: CPU of ``Converse`` at no latency, by the client that makes it.

    .venv/bin/python -m benchmarks.floor [--calls 2000]

Each client runs in a process of its own against the server of `benchmarks.asking`; what imports and the first calls
cost is not counted. boto3 signs as it always does, the others as the project does.
"""

import argparse
import asyncio
import http.client
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import boto3
import urllib3
from botocore.config import Config

from benchmarks.asking.clients import ROOT
from benchmarks.asking.contest import serving
from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, REGION, prompt
from brainswap.adapters.http import HttpClient
from brainswap.adapters.signing import Credentials, Scope, Target, signed_headers, target
from brainswap.adapters.urls import url
from brainswap.runtime import SystemClock

IN_FLIGHT = (1, 50)
WARM_UP = 100
SCOPE = Scope(region=REGION, service="bedrock")
ANY_KEY = "measured"
CREDENTIALS = Credentials(access_key=ANY_KEY, secret_key=ANY_KEY)

Ask = Callable[[int], str]
AskSoon = Callable[[int], Awaitable[str]]
Go = Callable[[AskSoon], Awaitable[None]]


def body_of(number: int) -> bytes:
    messages = [{"role": "user", "content": [{"text": prompt(number)}]}]
    return json.dumps({"messages": messages, "inferenceConfig": {"maxTokens": MAX_TOKENS}}).encode()


def signed(to: Target, body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    return signed_headers(to, body, content_type="application/json", scope=SCOPE, credentials=CREDENTIALS, at=now)


def path_of(to: Target) -> str:
    return to.url.removeprefix(f"http://{to.host}")


def text_of(data: bytes) -> str:
    return str(json.loads(data)["output"]["message"]["content"][0]["text"])


def with_boto3(to: Target, in_flight: int) -> Ask:
    client = boto3.client(
        "bedrock-runtime",
        region_name=REGION,
        endpoint_url=f"http://{to.host}",
        aws_access_key_id=CREDENTIALS.access_key,
        aws_secret_access_key=CREDENTIALS.secret_key,
        config=Config(max_pool_connections=in_flight),
    )

    def ask(number: int) -> str:
        response = client.converse(
            modelId=MODEL,
            messages=[{"role": "user", "content": [{"text": prompt(number)}]}],
            inferenceConfig={"maxTokens": MAX_TOKENS},
        )
        return response["output"]["message"]["content"][0]["text"]

    return ask


def with_urllib3(to: Target, in_flight: int) -> Ask:
    pool = urllib3.PoolManager(maxsize=in_flight, block=True)

    def ask(number: int) -> str:
        body = body_of(number)
        return text_of(pool.request("POST", to.url, body=body, headers=signed(to, body)).data)

    return ask


def with_http_client(to: Target, _in_flight: int) -> Ask:
    of_thread = threading.local()

    def ask(number: int) -> str:
        if not hasattr(of_thread, "connection"):
            of_thread.connection = http.client.HTTPConnection(to.host)
        body = body_of(number)
        of_thread.connection.request("POST", path_of(to), body, signed(to, body))
        return text_of(of_thread.connection.getresponse().read())

    return ask


async def with_ours(to: Target, _in_flight: int, go: Go) -> None:
    client = HttpClient(SystemClock(), timeout_s=60)

    async def ask(number: int) -> str:
        body = body_of(number)
        async with client.post(MODEL, url(to.url), headers=signed(to, body), body=body) as exchange:
            return text_of(await exchange.body())

    await go(ask)
    await client.close()


async def with_streams(to: Target, in_flight: int, go: Go) -> None:
    """HTTP by hand on asyncio's streams: what no client can be much below."""
    name, _, port = to.host.partition(":")
    idle = [await asyncio.open_connection(name, int(port)) for _ in range(in_flight)]

    async def ask(number: int) -> str:
        reader, writer = idle.pop()
        body = body_of(number)
        headers = "".join(f"{key}: {value}\r\n" for key, value in signed(to, body).items())
        head = f"POST {path_of(to)} HTTP/1.1\r\nhost: {to.host}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        answered = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answered.partition(b"content-length:")[2].partition(b"\r")[0])
        text = text_of(await reader.readexactly(length))
        idle.append((reader, writer))
        return text

    await go(ask)


SYNC: Mapping[str, Callable[[Target, int], Ask]] = {
    "boto3": with_boto3,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
}
ASYNC: Mapping[str, Callable[[Target, int, Go], Coroutine[None, None, None]]] = {
    "brainswap": with_ours,
    "asyncio streams": with_streams,
}


class Meter:
    """CPU and time since it was made."""

    def __init__(self) -> None:
        self._cpu = _cpu_s()
        self._began = time.perf_counter()

    def tell(self, calls: int) -> None:
        spent_us = (_cpu_s() - self._cpu) / calls * 1e6
        print(json.dumps([spent_us, calls / (time.perf_counter() - self._began)]))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure_threads(ask: Ask, calls: int, in_flight: int) -> None:
    with ThreadPoolExecutor(in_flight) as pool:
        check(pool.map(ask, range(WARM_UP)))
        meter = Meter()
        check(pool.map(ask, range(calls)))
        meter.tell(calls)


async def measure_tasks(calls: int, in_flight: int, ask: AskSoon) -> None:
    async def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            check([await ask(number)])

    async def ask_all(count: int) -> None:
        numbers = iter(range(count))
        await asyncio.gather(*(work(numbers) for _ in range(in_flight)))

    await ask_all(WARM_UP)
    meter = Meter()
    await ask_all(calls)
    meter.tell(calls)


def check(texts: Iterable[str]) -> None:
    if any(text != EXPECTED for text in texts):
        raise SystemExit("a call got another answer than the server's")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--client", choices=[*SYNC, *ASYNC], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--in-flight", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.client is None:
        compare(chosen.calls)
        return
    to = target(chosen.url, "model", MODEL, "converse")
    if chosen.client in SYNC:
        measure_threads(SYNC[chosen.client](to, chosen.in_flight), chosen.calls, chosen.in_flight)
    else:
        go = partial(measure_tasks, chosen.calls, chosen.in_flight)
        asyncio.run(ASYNC[chosen.client](to, chosen.in_flight, go))


def compare(calls: int) -> None:
    """Print the table."""
    print(f"{'client':<16} {'in flight':>9} {'CPU us per call':>15} {'calls/s':>8}")
    with serving() as server:
        for client in (*SYNC, *ASYNC):
            for in_flight in IN_FLIGHT:
                server.reset({"latency_ms": 0})
                command = [sys.executable, "-m", "benchmarks.floor", "--client", client, "--calls", str(calls)]
                said = subprocess.run(  # noqa: S603 - this very module
                    [*command, "--url", server.url, "--in-flight", str(in_flight)],
                    cwd=ROOT,
                    env=os.environ | {"NO_PROXY": "*"},
                    check=True,
                    capture_output=True,
                    text=True,
                )
                cpu_us, per_s = json.loads(said.stdout)
                print(f"{client:<16} {in_flight:>9} {cpu_us:>15.0f} {per_s:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
