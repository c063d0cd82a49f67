"""Measures the model over an OpenAI API on held-out cases: fresh words, phrasings, tools, schemas. Needs only Python.

python -m training.evaluate --base-url http://127.0.0.1:8000/v1 --key sk-... --model homeport-small
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import sys
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from .heldout import talk, texts, tools
from .heldout.draw import Answer, Case, Draw

#: Skill, how its cases are made, what we want to reach.
SKILLS: tuple[tuple[str, Callable[[Draw], Case], float | None], ...] = (
    ("greeting and stop", talk.greeting, 0.99),
    ("says what it is", talk.identity, None),
    ("declines what is too hard", talk.limits, None),
    ("known tools, arguments exact", tools.known_tool, 0.95),
    ("tools never seen", tools.novel_tool, 0.80),
    ("two parallel calls", tools.parallel, None),
    ("no call when none fits", tools.no_tool, None),
    ("small talk with tools at hand", tools.small_talk_with_tools, None),
    ("answer from a tool's result", tools.from_result, None),
    ("JSON, keys named", texts.json_named, 0.95),
    ("JSON, schema only", texts.json_schema_only, None),
    ("span from a passage", texts.span, 0.90),
    ("says when it is not there", texts.unanswerable, None),
    ("memory", talk.memory, 0.97),
    ("system prompt", talk.system_prompt, None),
    ("sentiment", talk.sentiment, None),
    ("one-digit sums", talk.sum_one, None),
    ("two-digit sums", talk.sum_two, None),
    ("title", texts.title, None),
    ("one-line summary", texts.summary, None),
    ("long: tool after 1,000-1,800 tokens", tools.long_tool, 0.80),
    ("long: span in 1,000-2,000 tokens", texts.long_span, 0.80),
    ("long: memory over 1,000-2,000 tokens", texts.long_memory, 0.80),
)


NAMES = {skill for skill, _, _ in SKILLS}


@dataclass(slots=True)
class Score:
    skill: str
    right: int
    asked: int
    goal: float | None
    wrong: list[tuple[Case, Answer]]

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval, which stays honest near 0 and 1."""
        z, n = 1.959964, self.asked
        p = self.right / n
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


class Client:
    """The little of an OpenAI client that is needed here."""

    def __init__(self, base_url: str, key: str, model: str, timeout: float = 120) -> None:
        self.url, self.key, self.model, self.timeout = (
            urlsplit(base_url.rstrip("/") + "/chat/completions"),
            key,
            model,
            timeout,
        )

    def ask(self, case: Case) -> Answer:
        body: dict[str, object] = {"model": self.model, "messages": case.messages, "temperature": 0, "max_tokens": 300}
        if case.tools:
            body["tools"] = case.tools
        if case.schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "record", "strict": True, "schema": case.schema},
            }
        make = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = make(self.url.hostname or "", self.url.port, timeout=self.timeout)
        try:
            connection.request(
                "POST",
                self.url.path,
                json.dumps(body),
                {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
            )
            reply = connection.getresponse()
            data = json.loads(reply.read())
        finally:
            connection.close()
        if reply.status in (401, 404, 429):  # says nothing of the model
            raise SystemExit(f"HTTP {reply.status}: {data}")
        if reply.status != 200:
            return Answer(f"HTTP {reply.status}: {data}", [], "error")
        choice = data["choices"][0]
        calls = []
        for call in choice["message"].get("tool_calls") or []:
            try:
                arguments = json.loads(call["function"]["arguments"])
            except ValueError:
                arguments = None
            calls.append((call["function"]["name"], arguments))
        return Answer(choice["message"].get("content") or "", calls, choice["finish_reason"])


def evaluate(client: Client, cases: int, seed: int = 2027, only: Sequence[str] = (), workers: int = 2) -> list[Score]:
    """Asks `cases` held-out cases of each skill. The same seed asks the same cases."""
    scores = []
    with ThreadPoolExecutor(workers) as pool:
        for skill, make, goal in SKILLS:
            if only and skill not in only and not any(part in skill for part in set(only) - NAMES):
                continue
            draw = Draw(seed + zlib.crc32(skill.encode()))
            drawn = [make(draw) for _ in range(cases)]
            answers = list(pool.map(client.ask, drawn))
            wrong = [(case, answer) for case, answer in zip(drawn, answers, strict=True) if not case.check(answer)]
            scores.append(Score(skill, cases - len(wrong), cases, goal, wrong))
            if any(case.fields for case in drawn):
                fields = [right for case, answer in zip(drawn, answers, strict=True) for right in _fields(case, answer)]
                scores.append(Score(f"{skill}: each field", sum(fields), len(fields), goal, []))
    return scores


def _fields(case: Case, answer: Answer) -> list[bool]:
    """Which of the wanted fields are right."""
    try:
        found = json.loads(answer.content)
    except ValueError:
        found = {}
    found = found if isinstance(found, dict) else {}
    return [key in found and found[key] == value for key, value in (case.fields or {}).items()]


def table(scores: list[Score]) -> str:
    lines = ["| skill | accuracy | n | 95% interval | goal |", "|---|---|---|---|---|"]
    for score in scores:
        low, high = score.interval
        goal = (
            ""
            if score.goal is None
            else f"{score.goal:.0%}" + ("" if score.right / score.asked >= score.goal else " (missed)")
        )
        lines.append(
            f"| {score.skill} | {score.right / score.asked:.1%} | {score.asked} | {low:.1%} – {high:.1%} | {goal} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--model", default="homeport-small")
    parser.add_argument("--cases", type=int, default=200, help="cases per skill")
    parser.add_argument("--short", action="store_true", help="ten cases per skill")
    parser.add_argument("--only", nargs="*", default=[], help="names of skills, or words in them")
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each skill")
    parser.add_argument("--seed", type=int, default=2027)
    options = parser.parse_args(arguments)
    scores = evaluate(
        Client(options.base_url, options.key, options.model),
        10 if options.short else options.cases,
        options.seed,
        options.only,
    )
    print(table(scores))
    for score in scores:
        for case, answer in score.wrong[: options.show]:
            last = case.messages[-1]["content"]
            print(f"\n[{score.skill}] {last}\n  -> {answer.finish}: {answer.content!r} {answer.calls}", file=sys.stderr)


if __name__ == "__main__":
    main()
