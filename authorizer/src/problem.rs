//! Everything that can be wrong with a configuration, and the words for it.

use core::fmt;

use crate::fields::Kind;
use crate::json_reader::{Malformed, Why};
use crate::weakness::Weakness;

/// One reason to refuse rules or keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Problem<'a> {
    Json(Malformed),
    Missing(&'static str),
    Unknown(&'a str),
    Wrong(&'static str, Kind),
    Issuer,
    AuthorizedParty(&'a str),
    CorsOrigin(&'a str),
    Cookie(&'a str),
    CookieParties,
    Provider(&'a str),
    Algorithms,
    Audience(&'a str),
    NoAudience,
    ClerkAudience,
    OnlyClerk(&'static str),
    ClerkRule,
    NotOfOrganization,
    JwksUrl,
    LogAllows,
    Leeway,
    Lifetime,
    ForeignLifetime,
    UploadSize,
    NoContentTypes,
    ContentType(&'a str),
    NoRules,
    TooManyRules,
    NotARule,
    NoMethods,
    Method(&'a str),
    NoUploads,
    PublicUpload,
    PublicClaims,
    Tokens(&'a str),
    TokensAudience,
    SessionAudience,
    PathStart,
    RestNotLast,
    Wildcard(&'a str),
    Placeholder(&'a str),
    Segment(&'a str),
    Claim(&'a str),
    Permission(&'a str),
    RequiredValues(&'a str),
    Shadowed(usize, &'a str),
    KeyCount,
    NotAKey,
    Private(&'static str),
    KeyType,
    Curve,
    Coordinate(&'static str),
    OffCurve,
    Algorithm,
    Use,
    Operations,
    Kid,
    RepeatedKid,
    Exponent,
    Modulus,
    LeadingZero,
    Bits(usize),
    Weak(Weakness),
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::Unexpected => "this is not JSON",
            Why::Trailing => "there is something after the end of the value",
            Why::Repeated => "a member name is repeated",
            Why::Deep => "lists and objects are nested too deeply",
            Why::Large => "there are too many values",
            Why::Number => "a number is malformed or too long",
            Why::Escape => "an escape in a string is malformed or names no character",
        };
        write!(out, "{why} (at byte {})", self.at)
    }
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Json(malformed) => malformed.fmt(out),
            Problem::Missing(name) => write!(out, "`{name}` is missing"),
            Problem::Unknown(name) => write!(out, "unknown field {name:?}"),
            Problem::Wrong(name, kind) => write!(out, "`{name}` has to be {}", kind.description()),
            Problem::Private(name) => {
                write!(
                    out,
                    "`{name}` is part of a PRIVATE key; remove it everywhere and replace the key"
                )
            }
            Problem::Bits(bits) => {
                write!(out, "the modulus has {bits} bits; it needs 2048 to 4096")
            }
            Problem::Coordinate(name) => {
                write!(out, "`{name}` has to be 32 bytes in canonical base64url")
            }
            Problem::Provider(name) => {
                write!(out, "`provider` cannot be {name:?}; it is clerk or oidc")
            }
            Problem::Audience(audience) => {
                write!(out, "audience {audience:?} has to have 1 to 255 characters")
            }
            Problem::OnlyClerk(name) => {
                write!(out, "`{name}` asks for what only Clerk puts into tokens")
            }
            Problem::AuthorizedParty(party) => {
                write!(
                    out,
                    "authorized party {party:?} has to be an origin, such as https://app.example.com"
                )
            }
            Problem::CorsOrigin(origin) => {
                write!(
                    out,
                    "CORS origin {origin:?} has to be https://host or http://localhost, with a port if need be"
                )
            }
            Problem::ContentType(kind) => {
                write!(
                    out,
                    "content type {kind:?} is not a plain image type; SVG can carry scripts and is never accepted"
                )
            }
            Problem::Method(name) => {
                write!(
                    out,
                    "method {name:?} cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST"
                )
            }
            Problem::Wildcard(segment) => {
                write!(out, "in segment {segment:?} the wildcard has to stand alone")
            }
            Problem::Placeholder(segment) => {
                write!(
                    out,
                    "segment {segment:?} is not a placeholder; one is a whole segment, such as {{sub}}"
                )
            }
            Problem::Segment(segment) => {
                write!(
                    out,
                    "segment {segment:?} is in no canonical path, so the rule could never match"
                )
            }
            Problem::Cookie(name) => {
                write!(out, "cookie {name:?} has to be __session, or __session_ and a suffix")
            }
            Problem::Tokens(name) => {
                write!(out, "`tokens` cannot be {name:?}; it is session, template or machine")
            }
            Problem::Permission(name) => {
                write!(out, "permission {name:?} has to be written as in org:photos:read")
            }
            Problem::Claim(name) => write!(out, "{name:?} is not the name of a claim with a text"),
            Problem::RequiredValues(name) => {
                write!(out, "claim {name:?} needs a value, or a list of values that is not empty")
            }
            Problem::Shadowed(position, path) => {
                write!(
                    out,
                    "never reached, as rule {position} ({path}) decides about all that it is about"
                )
            }
            plain => out.write_str(plain.sentence()),
        }
    }
}

impl Problem<'_> {
    /// The problems that need no more than a sentence.
    fn sentence(&self) -> &'static str {
        match self {
            Problem::Issuer => {
                "`issuer` has to be an https:// address without query, fragment or final slash"
            }
            Problem::CookieParties => {
                "`cookies` needs `authorized_parties`: browsers send cookies for every page"
            }
            Problem::NoAudience => {
                "tokens of this issuer need `audiences` or `require`: it may serve others, too"
            }
            Problem::ClerkAudience => {
                "`audiences` and `require` are for other issuers; a rule can ask for claims of Clerk's"
            }
            Problem::ClerkRule => {
                "a rule asks for what only Clerk has: `tokens`, `org_permission` or `feature`"
            }
            Problem::NotOfOrganization => {
                "`org_id`, `org_slug` and `org_role` cannot be asked what they are `not`"
            }
            Problem::Algorithms => "`algorithms` has to be RS256, ES256 or both",
            Problem::JwksUrl => {
                "`jwks_url` has to be an https:// address, or one of 127.0.0.1, without query and fragment"
            }
            Problem::LogAllows => "`log_allows` has to be between 0 and 1",
            Problem::PublicUpload => "a public rule cannot allow PUT: anybody could upload",
            Problem::PublicClaims => {
                "a public rule asks for no token, so it cannot depend on claims or tokens"
            }
            Problem::TokensAudience => {
                "tokens that are no session's need `aud`, and `max_lifetime_seconds` of 1 to 86400"
            }
            Problem::SessionAudience => {
                "`aud` and `max_lifetime_seconds` need `tokens` to be template or machine"
            }
            Problem::Leeway => "`leeway_seconds` has to be 30 at most",
            Problem::Lifetime => "`max_lifetime_seconds` has to be between 1 and 3600",
            Problem::ForeignLifetime => "`max_lifetime_seconds` has to be between 1 and 86400",
            Problem::UploadSize => {
                "`max_size` has to be between 1 byte and 5 GB, what S3 takes in one PUT"
            }
            Problem::NoContentTypes => {
                "`content_types` is empty, so no upload could ever be accepted"
            }
            Problem::NoRules => "there are no rules, so nobody could do anything",
            Problem::TooManyRules => "there are more than 256 rules",
            Problem::NotARule => "a rule has to be an object",
            Problem::NoMethods => "`methods` is empty, so the rule could never match",
            Problem::NoUploads => "PUT needs `uploads`, the limits that uploads have to keep",
            Problem::PathStart => "`path` has to start with / and name something below it",
            Problem::RestNotLast => {
                "** stands for all that follows, so it has to be the last segment"
            }
            Problem::KeyCount => "there have to be 1 to 16 keys",
            Problem::NotAKey => "a key has to be an object",
            Problem::KeyType => "`kty` has to be RSA or EC",
            Problem::Algorithm => "`alg` has to be RS256, or ES256 where `kty` is EC",
            Problem::Use => "`use` has to be sig",
            Problem::Operations => "`key_ops` has to contain verify",
            Problem::Curve => "`crv` has to be P-256",
            Problem::OffCurve => "`x` and `y` are no point on P-256: no signature could be good",
            Problem::Kid => "`kid` has to be 1 to 128 letters, digits, - _ + / = . and :",
            Problem::RepeatedKid => "`kid` is repeated",
            Problem::Exponent => "`e` has to be AQAB, that is 65537",
            Problem::Modulus => "`n` is not canonical base64url",
            Problem::LeadingZero => "`n` begins with a zero byte",
            Problem::Weak(Weakness::Even) => "`n` is even",
            Problem::Weak(Weakness::SmallFactor) => "`n` has a small prime factor",
            Problem::Weak(Weakness::Roca) => {
                "`n` has the fingerprint of CVE-2017-15361 (ROCA): the key can be broken; replace it"
            }
            _ => "malformed",
        }
    }
}
