"""The command `aftercheck`. Each subcommand imports only what it needs, so that `understand` starts without Rasa."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bot.knowledge.errors import KnowledgeError
from bot.settings import SettingsError

Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; the exit code is 0 when it did what was asked."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except (KnowledgeError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aftercheck", description="A symptom self-check after a treatment.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="train if needed, then serve the page, REST and the channels")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=5005)
    serve.set_defaults(command=_serve)

    train = commands.add_parser("train", help="train the dialogue model for the present files, if there is none")
    train.set_defaults(command=_train)

    understand = commands.add_parser("understand", help="read messages from stdin, one a line; print what they say as JSON")
    understand.add_argument("--jsonl", action="store_true", help="lines are JSON objects with `text`")
    understand.add_argument("--explain", action="store_true", help="show the evidence for each mention")
    understand.set_defaults(command=_understand)

    test = commands.add_parser("test", help="run scripted conversations against the real agent")
    test.add_argument("path", nargs="+", type=Path, help="YAML files or folders")
    test.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    test.set_defaults(command=_test)

    knowledge = commands.add_parser("knowledge", help="look after knowledge packs")
    packs = knowledge.add_subparsers(required=True, metavar="COMMAND")
    check = packs.add_parser("check", help="validate a pack; every problem with file and line")
    check.add_argument("path", nargs="?", type=Path)
    check.set_defaults(command=_knowledge_check)
    schema = packs.add_parser("schema", help="write the JSON Schema of the knowledge files, for editors")
    schema.add_argument("path", nargs="?", type=Path)
    schema.set_defaults(command=_knowledge_schema)

    evaluate = commands.add_parser("evaluate", help="print the figures of evaluation/")
    evaluate.add_argument("--errors", action="store_true", help="print every message that is read wrongly")
    evaluate.set_defaults(command=_evaluate)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import load_agent, prepare

    prepare()
    from bot.dialogue.model import TrainingError, ensure_model
    from bot.knowledge.check import check_pack
    from bot.knowledge.load import DEFAULT_PACK
    from bot.server import check_address, load_channels, make_app, serve
    from bot.settings import clinic
    from bot.understanding.encoder import ModelError

    check_address(options.host, options.port)
    clinic()
    check_pack(DEFAULT_PACK)
    try:
        app = make_app(load_agent(ensure_model()), load_channels())
    except (TrainingError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    serve(app, options.host, options.port)
    return 0


def _train(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.dialogue.model import TrainingError, ensure_model

    try:
        print(ensure_model().name)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _understand(options: argparse.Namespace) -> int:
    from bot.understanding.command import understand

    return understand(sys.stdin.buffer, sys.stdout.buffer, jsonl=options.jsonl, explain=options.explain)


def _test(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.scripts.run import run_scripts

    return run_scripts(options.path, options.junit)


def _knowledge_check(options: argparse.Namespace) -> int:
    from bot.knowledge.check import check_pack
    from bot.knowledge.load import DEFAULT_PACK

    pack = check_pack(options.path or DEFAULT_PACK)
    phrases = sum(len(concept.phrases) for concept in pack.concepts.values())
    unverified = sum(not any(s.verified for s in c.sources) for c in pack.concepts.values())
    print(
        f"{pack.id} {pack.version}: {len(pack.concepts)} concepts, {phrases} phrases, {len(pack.rules)} rules, "
        f"{len(pack.topics)} topics, {len(pack.sources)} sources. {unverified} concepts have no verified source yet. No problems."
    )
    return 0


def _knowledge_schema(options: argparse.Namespace) -> int:
    from bot.knowledge.schema import write_schemas

    for file in write_schemas(options.path):
        print(file)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from bot.evaluation import evaluate

    return evaluate(errors=options.errors)


if __name__ == "__main__":
    sys.exit(main())
