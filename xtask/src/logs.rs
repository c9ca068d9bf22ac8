//! `logs`: where the function at the edge writes its lines. Nobody is asked.

use crate::exit::Exit;
use crate::output::{BOLD, say};
use anyhow::Result;
use clap::Args;
use config::{Config, Names};
use std::path::PathBuf;

/// Show where the function's logs are, and the commands that follow them
#[derive(Args)]
pub(crate) struct LogsArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    config: PathBuf,
    /// Only the commands for these regions, near to your viewers
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Vec<String>,
}

/// Those with a regional edge cache, where functions run (AWS, "Amazon CloudFront Key Features", "Global
/// Edge Network"). All are older than March 2019, so no account has to opt in to them (AWS Account
/// Management, "Enable or disable AWS Regions in your account"); that each has `CloudWatch` Logs, botocore's
/// own data say (`tests/conformance/regions.py`). AWS may add some: the command that finds the groups
/// goes through all regions that the account has.
const REGIONS: [&str; 13] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
];

/// It becomes part of a command that somebody pastes into a shell.
fn region(text: &str) -> Result<String, String> {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let is_region = !text.is_empty() && text.bytes().all(plain);
    is_region.then(|| text.to_owned()).ok_or_else(|| "expected a name like eu-west-1".to_owned())
}

pub(crate) fn run(args: &LogsArgs) -> Result<Exit> {
    let config = Config::load(&args.config)?;
    // No account is part of the function's name.
    let group = group(&Names::new(&config, ""));
    say!("{BOLD}log group{BOLD:#}  {group}");
    say!("           in the region nearest to each viewer, and only where there were viewers");
    say!("{BOLD}retention{BOLD:#}  never expires, unless you set it, region by region:");
    say!("           aws logs put-retention-policy --log-group-name {group} \\");
    say!("             --retention-in-days 30 --region REGION");
    say!("{BOLD}find{BOLD:#}       in which regions there are lines, and how long they are kept:");
    say!("           for region in $(aws ec2 describe-regions --query 'Regions[].RegionName' \\");
    say!("             --output text); do aws logs describe-log-groups --region $region \\");
    say!("             --log-group-name-prefix {group} --output text \\");
    say!("             --query 'logGroups[].[arn,retentionInDays]'; done");
    say!("{BOLD}follow{BOLD:#}     ResourceNotFoundException means: no viewers there yet");
    let asked: Vec<&str> = args.region.iter().map(String::as_str).collect();
    for region in if asked.is_empty() { &REGIONS } else { asked.as_slice() } {
        say!("  aws logs tail {group} --region {region} --since 1h --follow");
    }
    Ok(Exit::Done)
}

/// Lambda@Edge puts the region of the original before the function's name, in every region
/// (CloudFront developer guide, "Edge function logs").
pub(crate) fn group(names: &Names) -> String {
    format!("/aws/lambda/us-east-1.{}", names.function)
}
