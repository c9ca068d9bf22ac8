//! What others attach to the bucket: it is shown, and left where it is.

use crate::tree::sorted;
use aws_sdk_s3::operation::get_bucket_logging::GetBucketLoggingOutput;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::operation::get_bucket_replication::GetBucketReplicationOutput;
use std::collections::BTreeMap;

pub(super) fn of(
    logging: GetBucketLoggingOutput,
    replication: Option<GetBucketReplicationOutput>,
    events: GetBucketNotificationConfigurationOutput,
) -> BTreeMap<String, String> {
    let log =
        logging.logging_enabled.map(|it| format!("{}/{}", it.target_bucket, it.target_prefix));
    let rules = replication.and_then(|it| it.replication_configuration).map(|it| it.rules);
    let copies =
        rules.unwrap_or_default().into_iter().filter_map(|it| Some(it.destination?.bucket));
    let all = [
        ("access log", log.unwrap_or_default()),
        ("replication", sorted(copies).join(", ")),
        ("events", receivers(events).join(", ")),
    ];
    let there = all.into_iter().filter(|(_, what)| !what.is_empty());
    there.map(|(name, what)| (name.to_owned(), what)).collect()
}

fn receivers(events: GetBucketNotificationConfigurationOutput) -> Vec<String> {
    let topics = events.topic_configurations.into_iter().flatten().map(|it| it.topic_arn);
    let queues = events.queue_configurations.into_iter().flatten().map(|it| it.queue_arn);
    let functions = events.lambda_function_configurations.into_iter().flatten();
    let functions = functions.map(|it| it.lambda_function_arn);
    let bridge = events.event_bridge_configuration.map(|_| "EventBridge".to_owned());
    sorted(topics.chain(queues).chain(functions).chain(bridge))
}
