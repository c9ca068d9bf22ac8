//! A local issuer of session tokens in the shape of Clerk's, so that nobody needs an account to try.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::control::reply;
use crate::failed::Failed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::store;

/// Where the key and its names are kept, of an algorithm.
fn files(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::Rs256 => ("issuer.pkcs8", "issuer.json"),
        Algorithm::Es256 => ("issuer-es256.pkcs8", "issuer-es256.json"),
    }
}

/// The categories Clerk puts into the header of its tokens.
const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";
const TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";
const MACHINE_CATEGORY: &str = "cl_B7d4PD333AAA";

/// Signs tokens with a key that stays in the state folder.
pub struct Issuer {
    key: SigningKey,
    names: Names,
}

/// What a rotation leaves beside the key.
#[derive(Default, Serialize, Deserialize)]
struct Names {
    kid: String,
    /// Public keys whose tokens are still good, as they stand in the key set.
    retired: Vec<Value>,
}

/// By which id the key that a rotation makes is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Its own; the old key stays in the set until the next rotation.
    NewKid,
    /// The old key's, which is gone: Clerk's `kid` is the id of the instance.
    SameKid,
}

impl Issuer {
    /// Opens the issuer of a state folder, which signs as Clerk does; makes its key on first use.
    pub fn open(state: &Path) -> Result<Self> {
        Self::open_for(state, Algorithm::default())
    }

    /// Opens one that signs with another algorithm.
    pub fn open_for(state: &Path, algorithm: Algorithm) -> Result<Self> {
        let (key, names) = files(algorithm);
        let (path, names) = (state.join(key), state.join(names));
        let der = match fs::read(&path) {
            Ok(der) => der,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                create(state, &path, algorithm)?
            }
            Err(error) => {
                let hint = "choose a folder that can be read and written, with --state DIR";
                let failed = Failed::new(format!("cannot read {}", path.display()), hint);
                return Err(error).context(failed);
            }
        };
        let key = SigningKey::from_pkcs8(algorithm, &der).map_err(|error| {
            let hint = format!("rm {} makes a new key, and old tokens invalid", path.display());
            error.context(Failed::new(format!("cannot read {}", path.display()), hint))
        })?;
        let names = match fs::read(&names) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("cannot read {}", names.display()))?,
            Err(_) => Names { kid: key.fingerprint(), retired: Vec::new() },
        };
        Ok(Self { key, names })
    }

    /// An issuer that leaves nothing behind.
    ///
    /// # Errors
    /// There is no randomness to make a key from.
    pub fn ephemeral(algorithm: Algorithm) -> Result<Self> {
        let (key, _) = SigningKey::generate(algorithm)?;
        let names = Names { kid: key.fingerprint(), retired: Vec::new() };
        Ok(Self { key, names })
    }

    /// Puts a new key in the place of the present one.
    ///
    /// # Errors
    /// The state folder cannot be written to.
    pub fn rotate(state: &Path, algorithm: Algorithm, rotation: Rotation) -> Result<Self> {
        let old = Self::open_for(state, algorithm)?;
        let (key, der) = SigningKey::generate(algorithm)?;
        let (place, known) = files(algorithm);
        let names = match rotation {
            Rotation::NewKid => Names { kid: key.fingerprint(), retired: vec![old.jwk()] },
            Rotation::SameKid => Names { kid: old.names.kid, retired: Vec::new() },
        };
        // A crash in between leaves the old key under the new name, which is a key set like any other.
        store::save(&state.join(known), &serde_json::to_vec(&names)?)?;
        let path = state.join(place);
        let draft = state.join(format!("issuer.{}", reply::request_id()));
        let write = || -> std::io::Result<()> {
            let mut file = private(&draft)?;
            file.write_all(&der)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { key, names })
    }

    /// The id by which tokens name the key.
    pub fn kid(&self) -> &str {
        &self.names.kid
    }

    /// The public keys, as `/.well-known/jwks.json` has them.
    pub fn jwks(&self) -> Value {
        let mut keys = vec![self.jwk()];
        keys.extend(self.names.retired.iter().cloned());
        json!({"keys": keys})
    }

    fn jwk(&self) -> Value {
        let mut jwk = self.key.jwk();
        jwk["use"] = json!("sig");
        jwk["kid"] = json!(self.names.kid);
        jwk["alg"] = json!(self.key.algorithm().name());
        jwk
    }

    /// A signed token with exactly these claims: a session's, or without `sid` a template's, or of a
    /// `mch_` subject a machine's.
    ///
    /// # Panics
    ///
    /// Never with a key that [`Issuer::open`] has accepted.
    pub fn mint(&self, claims: &Map<String, Value>) -> String {
        let algorithm = self.key.algorithm().name();
        let header =
            json!({"alg": algorithm, "cat": category(claims), "kid": self.names.kid, "typ": "JWT"});
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn category(claims: &Map<String, Value>) -> &'static str {
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    match (subject.starts_with("mch_"), claims.contains_key("sid")) {
        (true, _) => MACHINE_CATEGORY,
        (false, true) => SESSION_CATEGORY,
        (false, false) => TEMPLATE_CATEGORY,
    }
}

/// Makes a key; of two processes that do so at once, both use the one that was first.
fn create(state: &Path, path: &Path, algorithm: Algorithm) -> Result<Vec<u8>> {
    let (_, der) = SigningKey::generate(algorithm)?;
    let write = || -> std::io::Result<Vec<u8>> {
        fs::create_dir_all(state)?;
        let draft = state.join(format!("issuer.{}", reply::request_id()));
        let mut file = private(&draft)?;
        file.write_all(&der)?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => fs::read(path),
        }
    };
    write().with_context(|| {
        let hint = "choose a folder that can be written to, with --state DIR";
        Failed::new(format!("cannot write {}", path.display()), hint)
    })
}

/// A new file that only its owner can read.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    #[test]
    fn tokens_verify_with_the_published_key() {
        let dir = tempfile::tempdir().unwrap();
        let issuer = Issuer::open(dir.path()).unwrap();
        let claims = json!({"sub": "user_1", "sid": "sess_1"});
        let token = issuer.mint(claims.as_object().unwrap());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let jwks = Issuer::open(dir.path()).unwrap().jwks();
        let part = |name: &str| decode(jwks["keys"][0][name].as_str().unwrap());
        let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &decode(signature)).unwrap();
        let header: Value =
            serde_json::from_slice(&decode(message.split_once('.').unwrap().0)).unwrap();
        assert_eq!(header["kid"], issuer.kid());
        assert_eq!(header["cat"], SESSION_CATEGORY);
    }

    #[test]
    fn a_rotation_takes_a_new_key_and_either_id() {
        let dir = tempfile::tempdir().unwrap();
        let first = Issuer::open(dir.path()).unwrap();
        let renamed = Issuer::rotate(dir.path(), Algorithm::Rs256, Rotation::NewKid).unwrap();
        assert_ne!(first.kid(), renamed.kid());
        assert_eq!(renamed.jwks()["keys"][1], first.jwks()["keys"][0], "the old key stays");
        let replaced = Issuer::rotate(dir.path(), Algorithm::Rs256, Rotation::SameKid).unwrap();
        assert_eq!(replaced.kid(), renamed.kid());
        let keys = Issuer::open(dir.path()).unwrap().jwks();
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
        assert_ne!(keys["keys"][0]["n"], renamed.jwks()["keys"][0]["n"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        Issuer::open(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join("issuer.pkcs8")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
