"""A simulated reader of pictures behind a real HTTP server: it knows each picture by its hash, and the truth of it.

In a process of its own::

    python tests/reader_server.py --truth SESSION/truth --manifest FILE --confusion middle --slots 32 --latency 0.2

prints its URL and serves until its standard input ends. `reader_watch` writes the manifest, one JSON line for each
current picture, before the picture is sent. Nothing else in a request tells the reader what it shows: the words are
not looked at, only the schema's property names, to tell which kind of answer is wanted, and the seed, which a model's
sampling would depend on, too.

``--log FILE`` gets a JSON line for each request that arrives and for each answer that goes out, and one at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from chat_server import Connections, Fault, Request, Script, random_faults
from reader_answers import CUT, PROSE, Manifest, Reader, parts_of
from reader_confusion import LEVELS, Confusion
from reader_truth import Truth


@dataclass
class Log:
    """A JSON line for each request that arrives, and for each answer that goes out."""

    stream: TextIO | None = None

    def note(self, request: Request, what: str) -> None:
        if self.stream is not None:
            self.write(s=time.time(), what=what, request=fingerprint(request))

    def write(self, **row: object) -> None:
        if self.stream is not None:
            self.stream.write(json.dumps(row) + "\n")
            self.stream.flush()


def fingerprint(request: Request) -> int:
    """Return a hash of all that is said in a request; equal requests have equal ones within this process."""
    said = ((part.get("text"), part.get("image_url", {}).get("url")) for part in parts_of(request))
    return hash((request.get("seed"), *said))  # Python keeps the hash of a text: the second time costs nothing


FAULTS = {
    "500": Fault("status", status=500),
    "429": Fault("status", status=429, retry_after="1"),
    "stall": Fault("stall"),
    "malformed_body": Fault("malformed"),
    "prose": Fault("answer", text=PROSE),
    "cut_answer": Fault("answer", text=CUT, finish_reason="length"),
    "cut": Fault("cut"),
}
"""What ``--fault NAME=SHARE`` can do."""


@dataclass
class Restart:
    """Goes away once, for a while, after so many answers."""

    after_answers: int | None
    down_s: float
    connections: Connections | None = None
    _answers: int = 0
    _task: asyncio.Task[None] | None = None

    def count(self) -> None:
        self._answers += 1
        if self._answers == self.after_answers:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        assert self.connections is not None
        await self.connections.shut()
        await asyncio.sleep(self.down_s)
        await self.connections.open()


def script_of(options: argparse.Namespace, reader: Reader, log: Log, restart: Restart) -> Script:
    """Return what the server does."""
    shares = {FAULTS[name]: float(share) for name, _, share in (text.partition("=") for text in options.fault)}
    dice = random_faults(shares, seed=options.fault_seed)

    def fault(request: Request) -> Fault | None:
        met = dice(request)
        log.note(request, next((name for name, one in FAULTS.items() if one is met), "asked"))
        return met

    def answer(request: Request) -> str:
        try:
            text = reader.answer(request)
        except LookupError as error:  # a mistake of the test; it shows in the log and in the journal
            log.note(request, "unknown")
            return str(error)
        log.note(request, "answered")
        restart.count()
        return text

    return Script(answer=answer, fault=fault, slots=options.slots, latency_s=options.latency, key=options.key)


async def _serve(options: argparse.Namespace) -> None:
    strength = LEVELS[options.confusion] if options.confusion in LEVELS else float(options.confusion)
    confusion = Confusion(
        strength, wrong_decisions=options.wrong_decisions, draws=options.draws, lasting=options.lasting
    )
    reader = Reader(Truth.read(options.truth), Manifest(options.manifest), confusion)
    restart = Restart(options.restart_after, options.down)
    with options.log.open("a") if options.log else contextlib.nullcontext() as stream:
        log = Log(stream)
        connections = Connections(script_of(options, reader, log, restart), kept_requests=0)
        restart.connections = connections
        await connections.open()
        print(f"http://127.0.0.1:{connections.port}/v1", flush=True)  # noqa: T201 - its only word to its parent
        await asyncio.to_thread(sys.stdin.read)
        await connections.shut()
        log.write(what="end", cpu_s=time.process_time(), most_in_flight=connections.most_in_flight, tally=reader.tally)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, required=True, help="folder of points2d_<camera>.csv")
    parser.add_argument("--manifest", type=Path, required=True, help="file that reader_watch writes")
    parser.add_argument("--confusion", default="middle", help=f"{', '.join(LEVELS)} or a number")
    parser.add_argument("--wrong-decisions", type=float, default=0.10)
    parser.add_argument("--draws", type=int, default=0, help="another number, other mistakes")
    parser.add_argument("--lasting", type=int, default=1, help="for how many timepoints a mistake lasts")
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a slot is busy with an answer")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=SHARE", help=", ".join(FAULTS))
    parser.add_argument("--fault-seed", type=int, default=0)
    parser.add_argument("--restart-after", type=int, default=None, metavar="ANSWERS")
    parser.add_argument("--down", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--key", default=None)
    parser.add_argument("--log", type=Path, default=None)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
