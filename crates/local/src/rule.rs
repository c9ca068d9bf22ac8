//! Rules of AWS that other clouds of this kind do not have, so that nothing else would notice a
//! deployer that breaks them. Each can be suspended, to see that a test fails without it.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rule {
    /// An association names a published version.
    AssociationIsVersion,
    /// … of a function in us-east-1 …
    AssociationRegion,
    /// … that exists …
    AssociationExists,
    /// … whose role `edgelambda` may assume …
    AssociationTrust,
    /// … without environment variables …
    AssociationEnvironment,
    /// … for `x86_64`.
    AssociationArchitecture,
    /// An origin names an access control that exists.
    AccessControlExists,
    /// A behavior names a cache policy that exists.
    CachePolicyExists,
    /// Minimum, default and maximum stand in that order.
    TtlOrder,
    /// A caller reference is for life.
    CallerReference,
    /// What a distribution names is not deleted: an origin access control …
    AccessControlInUse,
    /// … a cache policy …
    CachePolicyInUse,
    /// … a response headers policy.
    HeadersPolicyInUse,
    /// A distribution that is disabled is deleted only when every edge knows.
    DisabledEverywhere,
    /// A version with replicas at the edge is not deleted.
    ReplicatedFunction,
    /// A bucket's policy is about that bucket.
    PolicyOfThisBucket,
    /// A role trusts only services that exist.
    KnownPrincipal,
}
