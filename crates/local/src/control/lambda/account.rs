//! What an account may hold, and what it does.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>

use axum::response::Response;
use serde_json::json;

use crate::control::lambda::Call;
use crate::control::quota::CODE_STORAGE;
use crate::control::reply;

/// The default quotas, in bytes and in invocations at a time.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const CODE_SIZE_UNZIPPED: u64 = 262_144_000;
const CODE_SIZE_ZIPPED: u64 = 52_428_800;
const CONCURRENT_EXECUTIONS: u64 = 1000;

impl Call<'_> {
    pub(super) fn account_settings(&self) -> Response {
        let (count, size, reserved) = self.control.store.read(|cloud| {
            let here = || cloud.functions.values().filter(|it| it.region == self.region);
            let versions = here().flat_map(|it| it.versions.iter().chain([&it.latest]));
            let size: usize = versions.map(|it| it.code.size).sum();
            (here().count(), size, here().filter_map(|it| it.reserved).sum::<u64>())
        });
        reply::json(
            200,
            &json!({
                "AccountLimit": {
                    "TotalCodeSize": CODE_STORAGE.most,
                    "CodeSizeUnzipped": CODE_SIZE_UNZIPPED,
                    "CodeSizeZipped": CODE_SIZE_ZIPPED,
                    "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
                    "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
                },
                "AccountUsage": {"TotalCodeSize": size, "FunctionCount": count},
            }),
        )
    }
}
