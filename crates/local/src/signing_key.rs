//! The private keys that tokens are signed with (RFC 7518 §3.3 and §3.4).

use anyhow::{Result, anyhow};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// What tokens are signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// As Clerk does.
    #[default]
    Rs256,
    Es256,
}

impl Algorithm {
    /// By its name in tokens (RFC 7518 §3.1).
    pub fn named(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Es256].into_iter().find(|it| it.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

pub(crate) enum SigningKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// A new key, and how it is kept (PKCS #8).
    pub(crate) fn generate(algorithm: Algorithm) -> Result<(Self, Vec<u8>)> {
        let refused = |_| anyhow!("cannot make a key");
        let der = match algorithm {
            Algorithm::Rs256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
                AsDer::<Pkcs8V1Der>::as_der(&key).map_err(refused)?.as_ref().to_vec()
            }
            Algorithm::Es256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                key.and_then(|key| key.to_pkcs8v1()).map_err(refused)?.as_ref().to_vec()
            }
        };
        Ok((Self::from_pkcs8(algorithm, &der)?, der))
    }

    pub(crate) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self> {
        let key = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Self::Rsa),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::P256)
            }
        };
        key.map_err(|error| anyhow!("{error}"))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
        }
    }

    /// The public key as a JWK, but for what it is called (RFC 7518 §6.2.1 and §6.3.1).
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let public = key.public_key();
                json!({
                    "kty": "RSA",
                    "n": encode(public.modulus().big_endian_without_leading_zero()),
                    "e": encode(public.exponent().big_endian_without_leading_zero()),
                })
            }
            // SEC 1 §2.3.3: 4, then both coordinates.
            Self::P256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
        }
    }

    /// A name that nobody gave it.
    pub(crate) fn fingerprint(&self) -> String {
        let public = match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::P256(key) => key.public_key().as_ref(),
        };
        format!("ins_{}", hex::encode(&digest::digest(&digest::SHA256, public).as_ref()[..10]))
    }

    /// # Panics
    ///
    /// Never: the key was checked when it was read.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = rand::SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("an RSA key that was read can sign");
                signature
            }
            Self::P256(key) => {
                let signature = key.sign(&random, message);
                signature.expect("a P-256 key that was read can sign").as_ref().to_vec()
            }
        }
    }
}
