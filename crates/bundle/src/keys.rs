//! The names by which people tell public keys apart.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// One key of a JWK set (RFC 7517).
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey {
    pub kid: String,
    pub alg: String,
    /// The length of an RSA key's modulus in bits, or of the field of an elliptic curve.
    pub bits: usize,
    /// The key itself, whatever it is called: its SHA-256 thumbprint (RFC 7638) in base64url.
    pub thumbprint: String,
}

/// The keys of a set in its order. What is wrong with them is the authorizer's to say.
///
/// # Errors
/// It is no set of keys of RSA or of P-256.
pub fn public_keys(jwks: &str) -> Result<Vec<PublicKey>> {
    let set: Set = serde_json::from_str(jwks).context("the keys are no JWK set")?;
    Ok(set.keys.into_iter().map(PublicKey::from).collect())
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    alg: Option<String>,
    #[serde(flatten)]
    material: Material,
}

/// RFC 7518 §6.2.1 and §6.3.1.
#[derive(Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
}

impl Material {
    /// RFC 7638 §3.2: the required members alone, in this order and without blanks.
    fn members(&self) -> String {
        match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => {
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        }
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::Ec { .. } => "ES256",
        }
    }

    fn bits(&self) -> usize {
        let Self::Rsa { n, .. } = self else { return 256 };
        let modulus = BASE64_URL_SAFE_NO_PAD.decode(n).unwrap_or_default();
        let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
        (modulus.len() * 8).saturating_sub(unused)
    }
}

impl From<Jwk> for PublicKey {
    fn from(Jwk { kid, alg, material }: Jwk) -> Self {
        Self {
            kid,
            alg: alg.unwrap_or_else(|| material.alg().to_owned()),
            bits: material.bits(),
            thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(material.members())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L\
                 6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ\
                 5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD\
                 08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEg\
                 U8awapJzKnqDKgw";
        let jwks = format!(
            r#"{{"keys":[{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"RS256","kid":"2011-04-29"}}]}}"#
        );
        let [key] = public_keys(&jwks).unwrap().try_into().unwrap();
        assert_eq!(key.thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!((key.kid.as_str(), key.alg.as_str(), key.bits), ("2011-04-29", "RS256", 2048));
        assert!(public_keys("{}").is_err());
    }

    #[test]
    fn a_key_of_a_curve_has_one_too() {
        // RFC 7517, appendix A.1; the thumbprint by jose 6 (calculateJwkThumbprint).
        let jwks = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
            "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
        let [key] = public_keys(jwks).unwrap().try_into().unwrap();
        assert_eq!(key.thumbprint, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
        assert_eq!((key.alg.as_str(), key.bits), ("ES256", 256));
    }
}
