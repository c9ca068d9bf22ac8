"""botocore's own data say in which regions there are logs."""
import subprocess

import boto3


def lint(xtask, workspace):
    """A line for each region that `logs` names and that has none."""
    command = [xtask, "logs", "--config", workspace / "edgegate.toml"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    named = {line.split("--region ")[1].split()[0] for line in told.splitlines() if "logs tail" in line}
    known = set(boto3.Session().get_available_regions("logs"))
    if len(named) < 10:
        return [f"logs names {len(named)} regions"]
    return [f"logs names {it}, which has no CloudWatch Logs" for it in sorted(named - known)]
