//! The pretend users of the local Clerk.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Somebody who can be signed in without a password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Clerk's form is `user_…`; it becomes the token's `sub`.
    pub id: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    /// Further claims of the user's tokens, such as `{"o": {"id": …, "slg": …, "rol": …}}`.
    #[serde(default)]
    pub claims: Map<String, Value>,
}

impl User {
    fn new(name: [&str; 3], organization: &Value) -> Self {
        let [id, first, last] = name;
        let organization = organization.as_object().map(|it| ("o".to_owned(), json!(it)));
        Self {
            id: id.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: format!("{}@example.com", first.to_lowercase()),
            claims: organization.into_iter().collect(),
        }
    }

    /// The three who are always there: two of one organization, and one of none.
    fn first() -> Vec<Self> {
        let role = |role: &str| json!({"id": "org_engine", "slg": "engine", "rol": role});
        vec![
            Self::new(["user_ada", "Ada", "Lovelace"], &role("admin")),
            Self::new(["user_grace", "Grace", "Hopper"], &role("member")),
            Self::new(["user_alan", "Alan", "Turing"], &Value::Null),
        ]
    }

    /// The resource that `clerk-js` reads.
    pub(crate) fn resource(&self, now: u64) -> Value {
        let address = format!("idn_{}", self.id);
        json!({
            "object": "user", "id": self.id, "username": null,
            "first_name": self.first_name, "last_name": self.last_name,
            "has_image": false, "image_url": "", "primary_email_address_id": address,
            "email_addresses": [{
                "object": "email_address", "id": address, "email_address": self.email,
                "linked_to": [], "verification": {"status": "verified", "strategy": "ticket"},
            }],
            "phone_numbers": [], "web3_wallets": [], "external_accounts": [], "passkeys": [],
            "saml_accounts": [], "enterprise_accounts": [],
            "organization_memberships": self.memberships(now),
            "public_metadata": {}, "unsafe_metadata": {}, "password_enabled": false,
            "two_factor_enabled": false, "totp_enabled": false, "backup_code_enabled": false,
            "created_at": now, "updated_at": now, "last_sign_in_at": now,
        })
    }

    fn memberships(&self, now: u64) -> Value {
        let Some(id) = self.organization() else { return json!([]) };
        let held = &self.claims["o"];
        json!([{
            "object": "organization_membership", "id": format!("orgmem_{}", self.id),
            "role": format!("org:{}", held["rol"].as_str().unwrap_or("member")),
            "permissions": [], "public_metadata": {}, "created_at": now, "updated_at": now,
            "organization": {
                "object": "organization", "id": id, "name": held["slg"], "slug": held["slg"],
                "image_url": "", "has_image": false, "public_metadata": {},
                "members_count": 1, "pending_invitations_count": 0, "admin_delete_enabled": false,
                "max_allowed_memberships": 5, "created_at": now, "updated_at": now,
            },
        }])
    }

    /// The organization that is active in the user's sessions.
    pub(crate) fn organization(&self) -> Option<&str> {
        self.claims.get("o")?.get("id")?.as_str()
    }
}

/// Everybody who can be signed in.
pub(crate) struct People(Mutex<Vec<User>>);

impl Default for People {
    fn default() -> Self {
        Self(Mutex::new(User::first()))
    }
}

impl People {
    pub(crate) fn all(&self) -> Vec<User> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds somebody, or changes who has that id already.
    pub(crate) fn put(&self, user: User) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(|it| it.id != user.id);
        users.push(user);
    }

    /// By id or by address of mail.
    pub(crate) fn find(&self, name: &str) -> Option<User> {
        self.all().into_iter().find(|it| it.id == name || it.email == name)
    }
}
