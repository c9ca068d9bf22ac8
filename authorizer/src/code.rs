//! The reasons for a refusal: stable codes that a client can act upon.
//!
//! About tokens they are the reasons Clerk's own SDK gives, which its users already know.

/// Why a request was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Code {
    /// There is no bearer token.
    TokenMissing,
    /// Credentials are repeated or malformed, or a read carries a body.
    InvalidRequest,
    /// The token has more than 8,192 bytes.
    TokenTooLarge,
    /// The token is not a compact JWS in its canonical spelling, or uses an unknown extension.
    TokenInvalid,
    /// The token is signed with another algorithm than its issuer's.
    TokenInvalidAlgorithm,
    /// The token is not a session token: a template's, a machine's, an OAuth access token.
    TokenTypeMismatch,
    /// No key has the token's `kid`.
    JwkKidMismatch,
    /// The signature is not one of the key it names.
    TokenInvalidSignature,
    /// A claim that has to be there is missing or has the wrong type.
    TokenVerificationFailed,
    /// `exp` is in the past.
    TokenExpired,
    /// `nbf` is in the future.
    TokenNotActiveYet,
    /// `iat` is in the future.
    TokenIatInTheFuture,
    /// The token lives longer than the policy accepts.
    TokenLifetime,
    /// `iss` is not the policy's issuer.
    TokenInvalidIssuer,
    /// `azp` is not one of the policy's authorized parties.
    TokenInvalidAuthorizedParties,
    /// The user has signed in but not yet finished what the instance demands.
    SessionPending,
    /// No rule grants this method on this path to this user.
    InsufficientScope,
    /// The method is never granted.
    MethodNotAllowed,
    /// The path has another, canonical spelling, or names no object.
    PathNotCanonical,
    /// An upload has a query string.
    QueryNotAllowed,
    /// An upload has an `x-amz-…` header.
    HeaderNotAllowed,
    /// An upload does not say its length, or is chunked.
    LengthRequired,
    /// An upload is larger than the policy accepts.
    UploadTooLarge,
    /// An upload's type is not one of the policy's.
    ContentTypeNotAllowed,
}

impl Code {
    /// All of them, in the order of their [`Code::number`]s.
    pub(crate) const ALL: [Code; 24] = [
        Code::TokenMissing,
        Code::InvalidRequest,
        Code::TokenTooLarge,
        Code::TokenInvalid,
        Code::TokenInvalidAlgorithm,
        Code::TokenTypeMismatch,
        Code::JwkKidMismatch,
        Code::TokenInvalidSignature,
        Code::TokenVerificationFailed,
        Code::TokenExpired,
        Code::TokenNotActiveYet,
        Code::TokenIatInTheFuture,
        Code::TokenLifetime,
        Code::TokenInvalidIssuer,
        Code::TokenInvalidAuthorizedParties,
        Code::SessionPending,
        Code::InsufficientScope,
        Code::MethodNotAllowed,
        Code::PathNotCanonical,
        Code::QueryNotAllowed,
        Code::HeaderNotAllowed,
        Code::LengthRequired,
        Code::UploadTooLarge,
        Code::ContentTypeNotAllowed,
    ];

    /// The position among [`Code::ALL`].
    pub(crate) fn number(self) -> u8 {
        match self {
            Code::TokenMissing => 0,
            Code::InvalidRequest => 1,
            Code::TokenTooLarge => 2,
            Code::TokenInvalid => 3,
            Code::TokenInvalidAlgorithm => 4,
            Code::TokenTypeMismatch => 5,
            Code::JwkKidMismatch => 6,
            Code::TokenInvalidSignature => 7,
            Code::TokenVerificationFailed => 8,
            Code::TokenExpired => 9,
            Code::TokenNotActiveYet => 10,
            Code::TokenIatInTheFuture => 11,
            Code::TokenLifetime => 12,
            Code::TokenInvalidIssuer => 13,
            Code::TokenInvalidAuthorizedParties => 14,
            Code::SessionPending => 15,
            Code::InsufficientScope => 16,
            Code::MethodNotAllowed => 17,
            Code::PathNotCanonical => 18,
            Code::QueryNotAllowed => 19,
            Code::HeaderNotAllowed => 20,
            Code::LengthRequired => 21,
            Code::UploadTooLarge => 22,
            Code::ContentTypeNotAllowed => 23,
        }
    }

    /// The HTTP status (RFC 9110 §15, RFC 6750 §3.1).
    pub fn status(self) -> u16 {
        match self {
            Code::InvalidRequest
            | Code::TokenTooLarge
            | Code::PathNotCanonical
            | Code::QueryNotAllowed
            | Code::HeaderNotAllowed => 400,
            Code::SessionPending | Code::InsufficientScope => 403,
            Code::MethodNotAllowed => 405,
            Code::LengthRequired => 411,
            Code::UploadTooLarge => 413,
            Code::ContentTypeNotAllowed => 415,
            _ => 401,
        }
    }

    /// The value of `error` in the body.
    pub fn name(self) -> &'static str {
        self.texts().0
    }

    /// One sentence for the person who reads the client's log. It repeats nothing of the request.
    pub fn message(self) -> &'static str {
        self.texts().1
    }

    /// Whether the same request with a fresh token, or a moment later, can succeed.
    pub fn retry(self) -> bool {
        matches!(self, Code::TokenExpired | Code::TokenNotActiveYet | Code::TokenIatInTheFuture)
    }

    /// The value of `WWW-Authenticate`: no error code when no credentials came (RFC 6750 §3.1).
    pub(crate) fn challenge(self) -> Option<&'static str> {
        match self {
            Code::TokenMissing => Some(r#"Bearer realm="edgegate""#),
            Code::InvalidRequest | Code::TokenTooLarge => {
                Some(r#"Bearer realm="edgegate", error="invalid_request""#)
            }
            Code::SessionPending | Code::InsufficientScope => {
                Some(r#"Bearer realm="edgegate", error="insufficient_scope""#)
            }
            _ if self.status() == 401 => Some(r#"Bearer realm="edgegate", error="invalid_token""#),
            _ => None,
        }
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Code::TokenMissing => ("token-missing", "a session token is needed"),
            Code::InvalidRequest => ("invalid_request", "the request is malformed"),
            Code::TokenTooLarge => ("token-too-large", "the token is too large"),
            Code::TokenInvalid => ("token-invalid", "the token is malformed"),
            Code::TokenInvalidAlgorithm => {
                ("token-invalid-algorithm", "the token is signed with another algorithm")
            }
            Code::TokenTypeMismatch => ("token-type-mismatch", "this is not a session token"),
            Code::JwkKidMismatch => ("jwk-kid-mismatch", "the token's key is unknown"),
            Code::TokenInvalidSignature => ("token-invalid-signature", "the signature is wrong"),
            Code::TokenVerificationFailed => {
                ("token-verification-failed", "a claim is missing, malformed or not for this")
            }
            Code::TokenExpired => ("token-expired", "the token has expired"),
            Code::TokenNotActiveYet => ("token-not-active-yet", "the token is not active yet"),
            Code::TokenIatInTheFuture => {
                ("token-iat-in-the-future", "the token is from the future")
            }
            Code::TokenLifetime => ("token-lifetime", "the token lives too long"),
            Code::TokenInvalidIssuer => {
                ("token-invalid-issuer", "the token is from another issuer")
            }
            Code::TokenInvalidAuthorizedParties => {
                ("token-invalid-authorized-parties", "the token was issued for another application")
            }
            Code::SessionPending => ("session-pending", "the session is not complete yet"),
            Code::InsufficientScope => ("insufficient_scope", "no rule allows this"),
            Code::MethodNotAllowed => ("method-not-allowed", "this method is never allowed"),
            Code::PathNotCanonical => ("path-not-canonical", "the path is not in canonical form"),
            Code::QueryNotAllowed => ("query-not-allowed", "an upload takes no query string"),
            Code::HeaderNotAllowed => ("header-not-allowed", "an upload takes no x-amz- headers"),
            Code::LengthRequired => ("length-required", "an upload needs a content-length"),
            Code::UploadTooLarge => ("upload-too-large", "the upload is too large"),
            Code::ContentTypeNotAllowed => {
                ("content-type-not-allowed", "this content type is not accepted")
            }
        }
    }
}
