"""What a run costs, computed from its journal of questions: calls, tokens and GPU-hours for 500 timepoints of 6 views.

A run with the simulated reader (or ``--run``, any run whose journal kept its pictures) says how many questions are
asked, how often again, and what is in each. What a model would make of that rests on assumptions, all of them options:

- A picture is a token for each 32 x 32 px (Qwen3-VL, Qwen3.5: patches of 16 px, merged 2 x 2; Qwen2.5-VL: 28 px), its
  sides rounded to whole tokens, and at least 64 tokens.
- Text is a token for each 3.5 letters. An answer has 25 tokens more for its reason, which the reader does not give, and
  no thinking.
- One H100 with a 27B model in bfloat16 reads 7,000 tokens/s (54 GFLOP a token at 40 % of the card's 990 TFLOP/s) and
  writes 2,000 tokens/s (54 GB of weights at 3.35 TB/s for each step, 32 answers side by side). Neither is measured. No
  prefix is cached; exemplars come before the current view, so a server that caches them reads less.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from _harness import Report, arguments, measure, recordings
from _reader import SIMULATED, ReaderServer

from behaviorvlm.chat.record import AnswerRecord
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.summary import summarize

TIMEPOINTS, VIEWS = 500, 6
LEAST_PICTURE_TOKENS = 64
SECONDS_PER_HOUR = 3600


def main() -> None:
    """Read the journal, count, and scale."""
    options = arguments(__doc__, _options)
    report = Report("vlm_cost", f"{SIMULATED}; the speed of the model is assumed")
    with _run(options) as (title, run):
        total, timepoints, views = count(run, options)
    figures = {name: value for name, value in total.items() if "tokens" not in name}
    report.add(f"{title}: {timepoints} timepoints, {views} views, as run", figures)
    scale = TIMEPOINTS * VIEWS / (timepoints * views)
    report.add(f"{title}: for {TIMEPOINTS} timepoints of {VIEWS} views", costs(total, scale, options))
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--run", type=Path, default=None, help="a finished run, instead of one with the simulated reader"
    )
    parser.add_argument("--session", default="arena_ring")
    parser.add_argument("--timepoints", default="0:30", metavar="A:B")
    parser.add_argument("--annotator", default="vlm", choices=("vlm", "auto"))
    parser.add_argument("--picture-side-px", type=int, default=32, help="side of the square that is one token")
    parser.add_argument("--letters-per-token", type=float, default=3.5)
    parser.add_argument("--reason-tokens", type=int, default=25)
    parser.add_argument("--thinking-tokens", type=int, default=0, help="of each answer")
    parser.add_argument("--read-tokens-per-s", type=float, default=7000.0)
    parser.add_argument("--write-tokens-per-s", type=float, default=2000.0)


@contextmanager
def _run(options: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Yield the run to look into and what to call it."""
    if options.run is not None:
        yield options.run.name, options.run
        return
    session = recordings(options.data, options.session)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        folder = Path(temporary) / "run"
        with ReaderServer(session, confusion="low", slots=32) as server:
            measure(server.command(session, folder, "--timepoints", options.timepoints, annotator=options.annotator))
        yield options.annotator, folder


def count(run: Path, options: argparse.Namespace) -> tuple[Counter[str], int, int]:
    """Return what was asked of each stage and in all, and the number of timepoints and views."""
    with PoseRun.open(run) as opened:
        timepoints, views = summarize(opened).timepoints_done, len(opened.manifest.session.cameras)
    total: Counter[str] = Counter()
    sizes: dict[str, int] = {}
    with AnswerJournal(run / ANSWERS_FILE, writable=False) as journal:
        for record in journal.records():
            for content_hash in record.asked.picture_hashes:
                if content_hash not in sizes:
                    sizes[content_hash] = _picture_tokens(journal, content_hash, side_px=options.picture_side_px)
            total.update(_tokens(record, sizes, options))
    return total, timepoints, views


def _tokens(record: AnswerRecord, sizes: dict[str, int], options: argparse.Namespace) -> Counter[str]:
    parts = [part for message in record.asked.messages for part in message["parts"]]
    letters = sum(len(part.get("text", "")) for part in parts)
    calls = len(record.attempts)
    reply_letters = sum(len(attempt.reply) for attempt in record.attempts)
    extra = options.thinking_tokens + (options.reason_tokens if record.stage != "body_region_detection" else 0)
    return Counter(
        {
            "questions": 1,
            "calls": calls,
            "pictures": len(record.asked.picture_hashes) * calls,
            f"calls of {record.stage}": calls,
            "picture_tokens": calls * sum(sizes[one] for one in record.asked.picture_hashes),
            "text_tokens": round(calls * letters / options.letters_per_token),
            "answer_tokens": round(reply_letters / options.letters_per_token) + calls * extra,
        }
    )


def _picture_tokens(journal: AnswerJournal, content_hash: str, *, side_px: int) -> int:
    picture = journal.picture(content_hash)
    if picture is None:
        raise SystemExit("the journal of this run did not keep its pictures: run without --no-keep-pictures")
    height, width = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_GRAYSCALE).shape
    return max(LEAST_PICTURE_TOKENS, round(width / side_px) * round(height / side_px))


def costs(total: Counter[str], scale: float, options: argparse.Namespace) -> dict[str, object]:
    """Return calls, tokens and hours, scaled."""
    read, written = total["picture_tokens"] + total["text_tokens"], total["answer_tokens"]
    seconds = read / options.read_tokens_per_s + written / options.write_tokens_per_s
    return {
        "calls": math.ceil(total["calls"] * scale),
        "million_picture_tokens": total["picture_tokens"] * scale / 1e6,
        "million_text_tokens": total["text_tokens"] * scale / 1e6,
        "million_answer_tokens": written * scale / 1e6,
        "tokens_per_call": read / max(total["calls"], 1),
        "gpu_hours": seconds * scale / SECONDS_PER_HOUR,
        "assumed_read_tokens_per_s": options.read_tokens_per_s,
        "assumed_write_tokens_per_s": options.write_tokens_per_s,
    }


if __name__ == "__main__":
    main()
