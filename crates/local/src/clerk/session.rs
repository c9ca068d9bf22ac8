//! Who is signed in where: a client is one browser, a session one user in it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::clerk::people::User;
use crate::control::reply;

/// Of a session token at Clerk.
/// <https://clerk.com/docs/backend-requests/resources/session-tokens>
const LIFETIME: u64 = 60;
/// Clerk dates `nbf` back by this much, so that a clock that is slow does not refuse a new token.
const BACKDATED: u64 = 10;
/// Seven days, Clerk's default.
const SESSION_MILLIS: u64 = 7 * 24 * 3600 * 1000;

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: User,
}

impl Session {
    /// The claims of a token (version 2): `origin` is the page that asked, which Clerk calls the
    /// authorized party; `now` is in seconds.
    pub(crate) fn claims(
        &self,
        issuer: &str,
        origin: Option<&str>,
        now: u64,
    ) -> Map<String, Value> {
        let own = json!({
            "v": 2, "iss": issuer, "sub": self.user.id, "sid": self.id, "sts": "active",
            "azp": origin, "jti": reply::request_id(), "fva": [0, -1],
            "iat": now, "nbf": now.saturating_sub(BACKDATED), "exp": now + LIFETIME,
        });
        let mut claims = self.user.claims.clone();
        claims.extend(own.as_object().cloned().unwrap_or_default());
        claims.retain(|_, value| !value.is_null());
        claims
    }

    /// The resource that `clerk-js` reads; `now` is in milliseconds.
    pub(crate) fn resource(&self, token: &str, now: u64) -> Value {
        let User { id, first_name, last_name, email, .. } = &self.user;
        json!({
            "object": "session", "id": self.id, "status": "active",
            "expire_at": now + SESSION_MILLIS, "abandon_at": now + 4 * SESSION_MILLIS,
            "last_active_at": now, "last_active_organization_id": self.user.organization(),
            "actor": null, "tasks": null, "factor_verification_age": [0, -1],
            "user": self.user.resource(now),
            "public_user_data": {
                "user_id": id, "identifier": email, "first_name": first_name,
                "last_name": last_name, "image_url": "", "has_image": false,
            },
            "last_active_token": {"object": "token", "jwt": token},
            "created_at": now, "updated_at": now,
        })
    }
}

/// The sessions of all clients.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Vec<Session>>>);

impl Sessions {
    pub(crate) fn of(&self, client: &str) -> Vec<Session> {
        self.lock().get(client).cloned().unwrap_or_default()
    }

    pub(crate) fn find(&self, client: &str, id: &str) -> Option<Session> {
        self.of(client).into_iter().find(|it| it.id == id)
    }

    /// Signs a user in, in place of whoever was: the instance allows one session in a browser.
    pub(crate) fn start(&self, client: &str, user: User) -> Session {
        let session =
            Session { id: format!("sess_{}", reply::request_id().replace('-', "")), user };
        self.lock().insert(client.to_owned(), vec![session.clone()]);
        session
    }

    /// Ends one session, or all of them.
    pub(crate) fn end(&self, client: &str, id: Option<&str>) {
        if let Some(sessions) = self.lock().get_mut(client) {
            sessions.retain(|it| id.is_some_and(|id| it.id != id));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
