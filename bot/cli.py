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
    serve.add_argument("--port", default="5005", help="the port (default: 5005; 0 takes a free one)")
    serve.set_defaults(command=_serve)

    train = commands.add_parser("train", help="train the dialogue model for the present files, if there is none")
    train.set_defaults(command=_train)

    understand = commands.add_parser("understand", help="read messages from stdin, one a line; print what they say as JSON")
    understand.add_argument("--jsonl", action="store_true", help="lines are JSON objects with `text`")
    understand.add_argument("--explain", action="store_true", help="show the evidence for each mention")
    understand.set_defaults(command=_understand)

    test = commands.add_parser("test", help="run scripted conversations against the real agent")
    what = test.add_mutually_exclusive_group(required=True)
    what.add_argument("path", nargs="*", type=Path, default=[], help="YAML files or folders")
    what.add_argument("--record", type=Path, metavar="FILE", help="chat in the terminal and write it to FILE as a script")
    test.add_argument("--name", metavar="PATTERN", help="only conversations whose name matches this regular expression")
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

    channels = commands.add_parser("channels", help="look after the messaging channels of credentials.yml")
    about = channels.add_subparsers(required=True, metavar="COMMAND")
    asked = about.add_parser("check", help="say of each whether it is configured, reachable and registered")
    asked.add_argument("--url", help="the address under which the server is reached, such as https://bot.clinic.example")
    asked.set_defaults(command=_channels_check)
    dead = about.add_parser("dead", help="say how many replies were not delivered, and why")
    dead.set_defaults(command=_channels_dead)
    resend = about.add_parser("resend", help="send those again")
    resend.add_argument("channel", nargs="?", help="only those of this channel")
    resend.set_defaults(command=_channels_resend)

    store = commands.add_parser("store", help="look after the store of AFTERCHECK_STORE")
    kept = store.add_subparsers(required=True, metavar="COMMAND")
    rotate = kept.add_parser("rotate", help="put a new main key in the place of the old one, with the server stopped")
    rotate.set_defaults(command=_store_rotate)

    explain = commands.add_parser("explain", help="which rules fire for what a patient says, and which do not and why")
    explain.add_argument("text", help="what the patient says, in one or more sentences")
    explain.set_defaults(command=_explain)

    evaluate = commands.add_parser("evaluate", help="print the figures of evaluation/")
    evaluate.add_argument("--set", type=Path, metavar="FILE", help="labelled messages (default: those of evaluation/)")
    evaluate.add_argument("--vignettes", type=Path, metavar="FILE", help="vignettes (default: those of evaluation/)")
    part = evaluate.add_mutually_exclusive_group()
    part.add_argument("--understanding-only", action="store_true", help="leave the interviews out")
    part.add_argument("--typed", action="store_true", help="interviews only: patients who type beside those who press buttons")
    evaluate.add_argument("--baselines", action="store_true", help="measure the baselines too, side by side (`make baselines`)")
    evaluate.add_argument("--errors", action="store_true", help="print every message and interview that went wrong")
    form = evaluate.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="print Markdown tables")
    evaluate.set_defaults(command=_evaluate)

    dependencies = commands.add_parser("dependencies", help="say what the program is made of")
    made_of = dependencies.add_subparsers(required=True, metavar="COMMAND")
    audit = made_of.add_parser("audit", help="list the known advisories of everything that is pinned")
    audit.add_argument("database", nargs="+", type=Path, help="folders or zips of advisories in the OSV schema")
    audit.add_argument("--accepted", type=Path, metavar="FILE", help="other accepted advisories than those of the project")
    audit.add_argument("--json", action="store_true", help="print one JSON object")
    audit.set_defaults(command=_dependencies_audit)
    bill = made_of.add_parser("sbom", help="print a bill of materials in CycloneDX 1.6")
    bill.add_argument("--serial", action="store_true", help="give it a number of its own, which is another each time")
    bill.set_defaults(command=_dependencies_sbom)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import load_agent, prepare
    from bot.knowledge.check import check_pack
    from bot.knowledge.load import DEFAULT_PACK
    from bot.listen import listen
    from bot.settings import clinic, credentials_file
    from bot.state.state import open_state
    from bot.understanding.encoder import encoder
    from bot.wording.texts import load_texts

    # What is quickly checked comes first, so that a mistake is told at once.
    with listen(options.host, options.port) as listener:
        clinic()
        check_pack(DEFAULT_PACK)
        load_texts()
        encoder()
        prepare()
        state = open_state()
        from bot.channels.credentials import load_channels
        from bot.dialogue.model import ensure_model
        from bot.server import Application, serve

        channels = load_channels(credentials_file())
        serve(Application(load_agent(ensure_model(), state), channels, state), listener)
    return 0


def _train(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.dialogue.model import ensure_model

    print(ensure_model().name)
    return 0


def _understand(options: argparse.Namespace) -> int:
    from bot.understanding.command import understand

    return understand(sys.stdin.buffer, sys.stdout.buffer, jsonl=options.jsonl, explain=options.explain)


def _test(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.scripts.run import record_script, run_scripts

    if options.record:
        return record_script(options.record)
    return run_scripts(options.path, options.junit, options.name)


def _knowledge_check(options: argparse.Namespace) -> int:
    from bot.knowledge.check import check_pack
    from bot.knowledge.load import DEFAULT_PACK

    pack = check_pack(options.path or DEFAULT_PACK)
    phrases = sum(len(concept.phrases) for concept in pack.concepts.values())
    unverified = sum(not any(s.verified for s in c.sources) for c in pack.concepts.values())
    print(
        f"{pack.id} {pack.version}: {len(pack.concepts)} concepts, {phrases} phrases, {len(pack.rules)} rules, "
        f"{len(pack.topics)} topics, {len(pack.sources)} sources. {unverified} concepts have no verified source yet. "
        "No problems."
    )
    return 0


def _knowledge_schema(options: argparse.Namespace) -> int:
    from bot.knowledge.schema import write_schemas

    for file in write_schemas(options.path):
        print(file)
    return 0


def _channels_check(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.channels.command import check
    from bot.settings import credentials_file

    return check(credentials_file(), options.url)


def _channels_dead(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.channels.command import dead
    from bot.settings import credentials_file
    from bot.state.state import open_state

    return dead(credentials_file(), open_state(serving=False))


def _channels_resend(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.channels.command import resend
    from bot.settings import credentials_file
    from bot.state.state import open_state

    return resend(credentials_file(), open_state(serving=False), options.channel)


def _store_rotate(options: argparse.Namespace) -> int:
    from bot.dialogue.agent import prepare

    prepare()
    from bot.state.rotate import rotate

    print(rotate())
    return 0


def _explain(options: argparse.Namespace) -> int:
    from bot.knowledge.load import cached_pack
    from bot.triage.assess import assess_message
    from bot.triage.explain import as_text
    from bot.understanding.read import read

    pack = cached_pack()
    print(as_text(*assess_message(read(options.text), pack), pack))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from bot.evaluation import evaluate, evaluate_typed
    from bot.evaluation.sets import ALL_VIGNETTES, MESSAGES, VIGNETTES

    if options.typed:
        files = (options.vignettes,) if options.vignettes else ALL_VIGNETTES
        return evaluate_typed(form=options.form or "text", errors=options.errors, files=files)
    return evaluate(
        form=options.form or "text",
        errors=options.errors,
        baselines=options.baselines,
        understanding_only=options.understanding_only,
        messages=options.set or MESSAGES,
        vignettes=options.vignettes or VIGNETTES,
    )


def _dependencies_audit(options: argparse.Namespace) -> int:
    from bot.dependencies.command import run_audit

    return run_audit(options.database, machine=options.json, accepted=options.accepted)


def _dependencies_sbom(options: argparse.Namespace) -> int:
    from bot.dependencies.command import run_sbom

    return run_sbom(serial=options.serial)


if __name__ == "__main__":
    sys.exit(main())
