"""Runs every client against the local cloud, and the same calls against its peers.

It prints a table of operations and clients, and what differs. It ends with 0 only when nothing does,
or everything that does is explained in differences.tsv.
"""
import argparse
import csv
import pathlib
import tempfile
from collections import defaultdict
from contextlib import ExitStack

import peers
import regions
from byhand import ByHand
from cli import Cli
from cloud import Cloud
from deployed import Deployed
from probe import Probe
from watch import Watch
from workflows import lint

HERE = pathlib.Path(__file__).parent
LEDGER = HERE / "differences.tsv"
COLUMNS = ["step", "peer", "ours", "theirs", "right", "source"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="a local cloud whose time is moved by hand")
    parser.add_argument("--instant", required=True, help="a local cloud in which nothing takes time")
    parser.add_argument("--xtask", required=True, type=pathlib.Path)
    parser.add_argument("--workspace", required=True, type=pathlib.Path)
    parser.add_argument("--peers", type=pathlib.Path, help="the folder with their programs")
    parser.add_argument("--write", action="store_true", help="write the differences down; look at each")
    return parser.parse_args()


class Report:
    def __init__(self):
        self.cells = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        self.problems, self.clients = [], []

    def add(self, client, rows, findings=()):
        if client not in self.clients:
            self.clients.append(client)
        for row in rows:
            good = row.outcome == row.expected
            self.cells[row.operation][client][0 if good else 1] += 1
            if not good:
                self.problems.append(f"{client}: {row.name}: expected {row.expected}, got {row.outcome}")
        for operation, text in sorted(set(findings)):
            self.cells[operation][client][1] += 1
            self.problems.append(f"{client}: {operation}: {text}")

    def agree(self, peer, operation, same):
        if peer not in self.clients:
            self.clients.append(peer)
        self.cells[operation][peer][0 if same else 1] += 1

    def table(self, judges):
        print(f"{'operation':44}" + "".join(f"{it:>14}" for it in self.clients))
        total = defaultdict(lambda: [0, 0])
        for operation in sorted(self.cells):
            line = f"{operation:44}"
            for client in self.clients:
                good, bad = self.cells[operation].get(client, (0, 0))
                total[client][0] += good
                total[client][1] += bad
                line += f"{cell(good, bad, client in judges):>14}"
            print(line)
        print(f"{'in all':44}" + "".join(f"{cell(*total[it], it in judges):>14}" for it in self.clients))


def cell(good, bad, judge):
    if good + bad == 0:
        return "-"
    # A client is satisfied or not; a peer agrees so many times out of so many.
    return f"{good}/{good + bad}" if not judge else f"{good} ok" if bad == 0 else f"{bad} WRONG"


def compare(report, name, ours, theirs):
    """Each step that a peer answers otherwise."""
    answers = {row.name: row for row in theirs}
    found = []
    for row in ours:
        other = answers.get(row.name)
        if other is None:
            continue
        report.agree(name, row.operation, other.outcome == row.outcome)
        if other.outcome != row.outcome:
            found.append({"step": row.name, "peer": name, "ours": row.outcome, "theirs": other.outcome})
    return found


def source(step):
    """The page that says what AWS does."""
    service, rest = step.split(":", 1)
    operation = rest.split(":", 1)[0]
    if "InvalidLambdaFunctionAssociation" in step or "replic" in step:
        return "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html"
    if "wrong secret" in step or "unknown access key" in step:
        return "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"
    base = {"s3": "https://docs.aws.amazon.com/AmazonS3/latest/API/API_", "iam": "https://docs.aws.amazon.com/IAM/latest/APIReference/API_",
            "sts": "https://docs.aws.amazon.com/STS/latest/APIReference/API_", "lambda": "https://docs.aws.amazon.com/lambda/latest/api/API_",
            "cloudfront": "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_"}[service]
    return f"{base}{operation}.html"


def explain(found, report, write):
    key = lambda it: (it["step"], it["peer"], it["ours"], it["theirs"])
    known = {}
    if LEDGER.exists():
        with LEDGER.open(newline="") as file:
            known = {key(it): it for it in csv.DictReader(file, delimiter="\t")}
    if write:
        with LEDGER.open("w", newline="") as file:
            out = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
            out.writeheader()
            for it in found:
                hint = f"{it['step']} {it['ours']}"
                out.writerow(known.get(key(it), {**it, "right": "ours", "source": source(hint)}))
        return
    for it in found:
        if key(it) not in known:
            report.problems.append(f"{it['peer']}: {it['step']}: ours {it['ours']}, theirs {it['theirs']}: not in {LEDGER.name}")
    for gone in known.keys() - {key(it) for it in found}:
        report.problems.append(f"{gone[1]}: {gone[0]}: is in {LEDGER.name}, and there is no difference any more")


def main():
    options, report = arguments(), Report()
    with ExitStack() as stack:
        temporary = lambda: pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        watch = Watch()
        ours = Probe(Cloud("ours", options.ours, watch)).run()
        report.add("boto3", ours, watch.findings)
        watch = Watch()
        report.add("aws CLI", Cli(Cloud("ours", options.ours, watch), temporary()).run(), watch.findings)
        watch = Watch()
        instant = Cloud("instant", options.instant, watch)
        report.add("edgegate", Deployed(instant, options.xtask, options.workspace, temporary()).run(), watch.findings)
        watch = Watch()
        instant = Cloud("instant", options.instant, watch)
        report.add("adopted", ByHand(instant, options.xtask, options.workspace, temporary()).run(), watch.findings)
        judges = list(report.clients)
        found = []
        for name in ("ministack", "moto") if options.peers else ():
            url = stack.enter_context(getattr(peers, name)(options.peers, temporary()))
            # The deployer comes first, into an account with nothing in it.
            if name == "ministack":
                rows = Deployed(Cloud("ministack", url, Watch()), options.xtask, options.workspace, temporary()).run()
                judges.append("on ministack")
                report.add("on ministack", rows)
            found += compare(report, name, ours, Probe(Cloud(name, url, Watch())).run())
        if options.peers:
            explain(found, report, options.write)
    report.problems += lint(options.workspace)
    report.problems += regions.lint(options.xtask, options.workspace)
    report.table(judges)
    for problem in report.problems:
        print(f"! {problem}")
    print(f"{len(found)} differences from the peers, {len(report.problems)} unexplained")
    return 1 if report.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
