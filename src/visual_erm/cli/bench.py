"""`verm bench`: how good is a judge, and can a reward be cheated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.cli import common
from visual_erm.cli.report import RowsOption, RunsArgument
from visual_erm.errors import InputError, UsageError

if TYPE_CHECKING:
    from visual_erm.bench.scores import Report

WORST = 40
"""Cases that the page of a report card shows."""

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure judges and rewards."""


@app.command("vc-reward-bench")
def vc_reward_bench(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="The benchmark's files; fetched from the hub without it."
        ),
    ] = None,
    *,
    judge: common.JudgeOption = "embedded",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Verdicts and records; resumed."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field", metavar="NAME", help="Score verdicts in the files, such as pred_json_gpt."
        ),
    ] = None,
    matcher: common.MatcherOption = "deterministic",
    workers: common.WorkersOption = None,
    fresh: common.FreshOption = False,
    retry: common.RetryOption = False,
    as_json: common.JsonOption = False,
) -> None:
    """Score a judge on VC-RewardBench, officially and strictly, beside the published table."""
    from visual_erm.bench import vc_reward_bench as benchmark
    from visual_erm.bench.model_matcher import ModelMatcher, make_matcher
    from visual_erm.data.packages import cache
    from visual_erm.rewards.visual import AT_A_SERVER, VisualReward

    if (out is None) == (field is None):
        raise UsageError("give --out FOLDER for what the judge says, or --field NAME; not both")
    if field is not None and (workers or fresh or retry):
        raise UsageError("--workers, --fresh and --retry go with --out: --field asks no judge")
    entries = benchmark.load(folder or benchmark.download())
    kept = out or cache() / "bench"
    _make(kept)
    match = make_matcher(matcher, kept)
    at_once = AT_A_SERVER if isinstance(match, ModelMatcher) else 1
    if field is not None:
        items, name = benchmark.recorded(entries, field, match, at_once), field
    else:
        assert out is not None
        reward = VisualReward(judge, workers=workers, keep_renderings=False)
        with common.progress("judging") as progress:
            items = benchmark.run(
                entries,
                out,
                reward,
                matcher=match,
                workers=at_once,
                resume=not fresh,
                retry=retry,
                progress=progress,
            )
        name = judge
    reports = benchmark.scores(items)
    if as_json:
        common.print_json({"judge": name, **{made.mode: made.row() for made in reports}})
    else:
        _print(name, *reports)
        ours = f"by {match.name}" if isinstance(match, ModelMatcher) else "by place and words"
        typer.echo(f"Published figures were matched by a model; ours {ours}.")


@app.command()
def judge(
    judges: Annotated[
        list[str] | None,
        typer.Argument(metavar="JUDGE...", help="Names as verm judge takes them.  [embedded]"),
    ] = None,
    *,
    pairs: Annotated[
        list[Path] | None,
        typer.Option(
            "--pairs", "-p", metavar="FOLDER", help="A build; again for more. Own ones, if none."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Verdicts; resumed.")
    ] = Path("bench"),
    probes: Annotated[
        bool,
        typer.Option(
            "--probes",
            help="Judge a sample again: exchanged, padded, scaled, dimmed, compressed, repeated.",
        ),
    ] = False,
    html: common.HtmlOption = None,
    matcher: common.MatcherOption = "deterministic",
    workers: common.WorkersOption = None,
    fresh: common.FreshOption = False,
    retry: common.RetryOption = False,
    as_json: common.JsonOption = False,
) -> None:
    """Write the report card of a judge, from pairs with known truth.

    Without --pairs it builds the recipes chart-dev, table-dev and svg-dev first, whose sources
    nothing was trained or tuned on. Of several judges the first is compared with each other one,
    on the pairs that both scored. --html writes a page for the first.
    """
    from visual_erm.bench import judging, page
    from visual_erm.bench import probes as probing
    from visual_erm.bench.card import make_card, worst
    from visual_erm.bench.comparison import compare
    from visual_erm.bench.model_matcher import ModelMatcher, make_matcher
    from visual_erm.bench.tallies import Matches
    from visual_erm.cli import cards
    from visual_erm.rewards.visual import AT_A_SERVER, VisualReward

    folders = list(pairs or [])
    if not folders:
        for preset in judging.PRESETS:
            with common.progress(f"building {preset}") as progress:
                folders.append(judging.own(preset, progress))
    _make(out)
    match = make_matcher(matcher, out)
    said, files, probed = {}, {}, {}
    for name in judges or ["embedded"]:
        reward = VisualReward(name, workers=workers, keep_renderings=False)
        safe = "".join(sign if sign.isalnum() else "-" for sign in name)
        files[name] = out / f"{safe}.jsonl"
        options: Any = {"resume": not fresh, "retry": retry}
        with common.progress(f"judging with {name}") as progress:
            said[name] = judging.judge_pairs(
                folders, files[name], reward, **options, progress=progress
            )
        if probes:
            file = out / f"{safe}-probes.jsonl"
            with common.progress(f"probing {name}") as progress:
                tried = probing.run(folders, said[name], file, reward, **options, progress=progress)
            probed[name] = probing.measure(tried)
    matches = Matches()
    if isinstance(match, ModelMatcher):
        every = [item for judged in said.values() for item in judged]
        with common.progress("matching") as progress:
            matches = Matches.ask(every, match, match.name, workers=AT_A_SERVER, progress=progress)
    made = [
        make_card(name, judged, matches=matches, probes=probed.get(name))
        for name, judged in said.items()
    ]
    first, *others = said
    comparisons = [
        compare(first, said[first], other, said[other], matches=matches) for other in others
    ]
    if html is not None:
        page.write(
            html,
            made[0],
            files[first],
            worst(said[first], WORST, matches),
            folders,
            matches=matches,
            comparisons=comparisons,
        )
        typer.echo(f"wrote {html}", err=True)
    if as_json:
        compared = [one.row() for one in comparisons]
        common.print_json({"cards": [card.row() for card in made], "comparisons": compared})
    else:
        cards.show(made, comparisons)


@app.command()
def checked(
    runs: RunsArgument,
    *,
    by: Annotated[
        list[Path],
        typer.Option(
            "--by", metavar="CHECKS.json", help="What a person exported; again for another person."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="The benchmark; a new folder.")
    ],
    rows: RowsOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Turn what people checked in a report into a benchmark, in the published format.

    Give the runs that the page was made of. Items on which two people differ are left out and
    listed; with two, their agreement is printed.
    """
    from itertools import combinations

    from visual_erm.bench import checked as checking
    from visual_erm.cli.report import read_all
    from visual_erm.report import checks

    said = [checks.read(path) for path in by]
    built = checking.write(read_all(runs, rows or []), said, out)
    pairs = {
        f"{one.annotator} and {other.annotator}": checking.agreement(one, other)
        for one, other in combinations(said, 2)
    }
    if as_json:
        agreed = {who: found.row() for who, found in pairs.items()}
        common.print_json({"out": str(out), **vars(built), "agreement": agreed})
        return
    typer.echo(
        f"{built.rows} pairs with {built.errors} errors in {out}; {built.conflicts} left out as "
        f"people differ, {built.unchecked} not checked"
    )
    for who, found in pairs.items():
        typer.echo(f"{who}, {found.items} items, {found.kept.n} errors of the judge:")
        for words, value in (
            ("both keep or both reject", found.kept),
            ("Cohen's kappa of that", found.kappa),
            ("weighted kappa of severity", found.severity_kappa),
            ("Krippendorff's alpha of severity", found.alpha),
        ):
            typer.echo(f"  {words:<34}{common.interval(value)}")
        typer.echo(f"  {'errors that each of them added':<34}{found.missed[0]}, {found.missed[1]}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {error.strerror}") from None


@app.command()
def hacks(
    *,
    reward: Annotated[
        list[str] | None,
        typer.Option(
            *("--reward", "-r"),
            metavar="REWARD",
            help="visual, ssim, teds ..., dino:WEIGHTS ..., or module:function; again for more. "
            "All that need no weights, if none.",
        ),
    ] = None,
    judge: common.JudgeOption = "embedded",
    task: common.TaskOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="All packaged references, not only twelve.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the attacks.")] = 0,
    workers: common.WorkersOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Try to be paid without drawing the reference: success rates of attacks, by reward.

    An attack succeeds where it is paid at least as much as an honest attempt with mistakes. The
    exit code is 1 when an attack by source succeeds against "visual".
    """
    from visual_erm.bench import hacks as suite
    from visual_erm.bench.rewards import SHIPPED, make_reward
    from visual_erm.cli.rates import print_rates
    from visual_erm.rewards.visual import VisualReward

    common.import_from_here()
    rewards = [make_reward(name) for name in reward or SHIPPED]
    known = None if task is None else common.need_task(task)
    visual = VisualReward(judge, workers=workers)
    with common.progress("references") as progress:
        references = suite.cases(known, every=every)
        results = suite.run(references, rewards, seed=seed, visual=visual, progress=progress)
    if as_json:
        rates = suite.summary(results)
        rows = [{"attack": a, "reward": r, **vars(rate)} for (a, r), rate in rates.items()]
        each = [{**vars(result), "success": result.success} for result in results]
        common.print_json({"references": len(references), "rates": rows, "results": each})
    else:
        print_rates(results, [one.name for one in rewards], len(references))
    if any(r.success and r.reward == "visual" and r.level == "source" for r in results):
        raise typer.Exit(1)


@app.command("lint-reward")
def lint_reward(
    reward: Annotated[
        str,
        typer.Argument(metavar="REWARD", help="visual, ssim, teds ..., or module:function."),
    ],
    *,
    judge: common.JudgeOption = "embedded",
    task: common.TaskOption = None,
    examples: Annotated[
        int, typer.Option(min=1, metavar="N", help="Drawn for each task and rule.")
    ] = 15,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the examples.")] = 0,
    as_json: common.JsonOption = False,
) -> None:
    """Look for the smallest example that shows a reward unfit for training.

    Rules are bounds, order, monotony, NaN and None, chance, the batch, junk and faults. A function
    is called as TRL calls it, and has attributes low and high. The exit code is 1 when a rule is
    broken.
    """
    from visual_erm.bench.reward_lint import RULES, lint

    common.import_from_here()
    known = None if task is None else common.need_task(task)
    with common.progress("rules") as progress:
        findings = lint(
            reward, task=known, examples=examples, seed=seed, judge=judge, progress=progress
        )
    if as_json:
        common.print_json({"reward": reward, "findings": [vars(one) for one in findings]})
    else:
        broken = {one.rule: one for one in findings}
        for rule, meaning in RULES.items():
            typer.echo(f"{'BROKEN' if rule in broken else 'ok':<7} {rule}: {meaning}")
            if rule in broken:
                typer.echo(f"        {broken[rule].message}")
                typer.echo(f"        smallest example found: {broken[rule].example}")
    if findings:
        raise typer.Exit(1)


def _print(name: str, official: Report, strict: Report) -> None:
    from rich import box
    from rich.table import Table

    from visual_erm.bench.vc_reward_bench import PUBLISHED

    out = common.console()
    read = official.items - official.unread
    line = f"{name}: {official.items} pairs, {read} with a verdict"
    if official.unmatched:
        codes = ", ".join(f"{n} {code}" for code, n in sorted(official.failures.items()))
        line += f", {official.unmatched} whose matching failed ({codes})"
    out.print(line, markup=False)
    table = Table(box=box.SIMPLE_HEAD if out.color_system else None, pad_edge=False)
    table.add_column("x100")
    for head in ("n", "hard F1", "soft F1", "severity r"):
        table.add_column(head, justify="right")
    for report in (official, strict):
        for part, score in (("all", report.overall), *report.tasks.items()):
            table.add_row(
                f"{report.mode}, {part}",
                str(score.n),
                *(_percent(value) for value in (score.f1_hard, score.f1_soft, score.severity)),
            )
    for model, figures in PUBLISHED.items():
        table.add_row(f"published, {model}", "1335", *(f"{value:.1f}" for value in figures))
    out.print(table)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
