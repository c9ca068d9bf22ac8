//! What time it is, and how long AWS takes to do what it has already said yes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub(crate) type Millis = u64;

/// A time after which AWS's own work on something is visible.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay(Duration);

/// IAM is eventually consistent; a new role becomes assumable after 5 to 15 seconds.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub(crate) const ROLE_USABLE: Delay = Delay(Duration::from_secs(8));
/// `State: Pending` of a new function. <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
pub(crate) const FUNCTION_PENDING: Delay = Delay(Duration::from_secs(3));
/// `State: Pending` of a new version, which `CloudFront` refuses to associate meanwhile.
pub(crate) const VERSION_PENDING: Delay = Delay(Duration::from_secs(4));
/// `LastUpdateStatus: InProgress` after new code or configuration.
pub(crate) const UPDATE_IN_PROGRESS: Delay = Delay(Duration::from_secs(3));
/// `Status: InProgress` of a distribution: three to six minutes are typical.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToUpdateDistribution.html>
pub(crate) const DISTRIBUTION_IN_PROGRESS: Delay = Delay(Duration::from_secs(200));
/// The name of a deleted bucket is free again after "a few minutes"; people report up to an hour.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html>
pub(crate) const BUCKET_NAME_FREE: Delay = Delay(Duration::from_mins(2));
/// "Typically deleted within a few hours"; half an hour is what people report.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-delete-replicas.html>
pub(crate) const REPLICAS_DRAIN: Delay = Delay(Duration::from_mins(30));

/// The clock everything in this crate reads, and the scale at which AWS's delays pass.
#[derive(Clone)]
pub(crate) struct Clock {
    now: Arc<dyn Fn() -> Millis + Send + Sync>,
    /// How far it was moved ahead by hand.
    ahead: Arc<AtomicU64>,
    scale: f64,
}

impl Clock {
    /// The computer's clock.
    pub(crate) fn system(scale: f64) -> Self {
        Self { now: Arc::new(system_millis), ahead: Arc::default(), scale }
    }

    /// A clock that a test moves.
    #[cfg(test)]
    pub(crate) fn manual(now: Arc<AtomicU64>) -> Self {
        let now = Arc::new(move || now.load(Ordering::SeqCst));
        Self { now, ahead: Arc::default(), scale: 1.0 }
    }

    pub(crate) fn now(&self) -> Millis {
        self.wall().saturating_add(self.ahead.load(Ordering::SeqCst))
    }

    /// What clients take for the time, however far this cloud was moved ahead: signatures name it.
    pub(crate) fn wall(&self) -> Millis {
        (self.now)()
    }

    /// Lets that much time pass at once.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// When something that starts now is done.
    pub(crate) fn after(&self, delay: Delay) -> Millis {
        self.now().saturating_add(millis(delay.0.mul_f64(self.scale)))
    }
}

fn system_millis() -> Millis {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-11-24T03:58:20.123Z`, as the XML and JSON APIs write times.
pub(crate) fn iso8601(at: Millis) -> String {
    let nanos = i128::from(at) * 1_000_000;
    let format = time::format_description::well_known::Iso8601::DEFAULT;
    let text = time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|it| it.format(&format).ok())
        .unwrap_or_default();
    // Nine digits of a second are more than any AWS API writes.
    match text.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}Z", fraction.get(..3).unwrap_or("000")),
        None => text,
    }
}

/// `20261124T035820Z`, the time a `SigV4` signature names, as milliseconds.
pub(crate) fn from_amz_date(text: &str) -> Option<Millis> {
    let format =
        time::format_description::parse_borrowed::<2>("[year][month][day]T[hour][minute][second]Z")
            .ok()?;
    let at = time::PrimitiveDateTime::parse(text, &format).ok()?.assume_utc();
    u64::try_from(at.unix_timestamp()).ok().map(|it| it * 1000)
}

/// `Tue, 24 Nov 2026 03:58:20 GMT`, as HTTP writes times.
pub(crate) fn http_date(at: Millis) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(at))
}

/// The reverse of [`http_date`].
pub(crate) fn from_http_date(text: &str) -> Option<Millis> {
    let at = httpdate::parse_http_date(text).ok()?;
    Some(millis(at.duration_since(UNIX_EPOCH).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let at = from_amz_date("20261124T035820Z").unwrap();
        assert_eq!(iso8601(at + 123), "2026-11-24T03:58:20.123Z");
        assert_eq!(http_date(at), "Tue, 24 Nov 2026 03:58:20 GMT");
        assert_eq!(from_http_date(&http_date(at)), Some(at));
    }

    #[test]
    fn delays_shrink_with_the_scale() {
        let mut clock = Clock::manual(Arc::new(AtomicU64::new(1000)));
        assert_eq!(clock.after(ROLE_USABLE), 9000);
        clock.scale = 0.0;
        assert_eq!(clock.after(REPLICAS_DRAIN), 1000);
    }

    #[test]
    fn time_moved_by_hand_leaves_signatures_alone() {
        let clock = Clock::manual(Arc::new(AtomicU64::new(1000)));
        clock.clone().advance(Duration::from_secs(5));
        assert_eq!((clock.now(), clock.wall()), (6000, 1000));
    }
}
