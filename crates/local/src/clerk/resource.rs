//! The documents of Clerk's Frontend API, with every field that `clerk-js` reads while it loads.

use serde_json::{Value, json};

/// `GET /v1/environment`: what the instance allows and where its pages are.
pub(crate) fn environment(url: &str) -> Value {
    let sign_in = format!("{url}/sign-in");
    json!({
        "object": "environment", "id": "env_local", "maintenance_mode": false,
        "client_debug_mode": false,
        "auth_config": {
            "object": "auth_config", "id": "aconf_local", "single_session_mode": true,
            "reverification": false, "claimed_at": null, "url_based_session_syncing": true,
        },
        "display_config": {
            "object": "display_config", "id": "display_local", "application_name": "edgegate",
            "instance_environment_type": "development", "branded": false, "theme": {},
            "home_url": "/", "sign_in_url": sign_in, "sign_up_url": sign_in,
            "after_sign_in_url": "/", "after_sign_up_url": "/", "after_sign_out_one_url": "/",
            "after_sign_out_all_url": "/", "preferred_sign_in_strategy": "password",
            "captcha_public_key": null,
        },
        "user_settings": {
            "attributes": {}, "social": {}, "password_settings": {}, "passkey_settings": {},
            "username_settings": {}, "saml": {"enabled": false},
            "enterprise_sso": {"enabled": false},
            "actions": {"delete_self": false, "create_organization": false},
            "sign_in": {"second_factor": {"required": false}},
            "sign_up": {
                "captcha_enabled": false, "mode": "public", "progressive": true,
                "custom_action_required": false, "legal_consent_enabled": false,
            },
        },
        "organization_settings": {
            "enabled": true, "domains": {"enabled": false, "enrollment_modes": []},
            "max_allowed_memberships": 5, "actions": {},
        },
        "commerce_settings": {"billing": {}},
        "api_keys_settings": {"enabled": false},
    })
}

/// The client: one browser, and who is signed in there.
pub(crate) fn client(id: &str, sessions: &[Value], now: u64) -> Value {
    let active = sessions.last().and_then(|it| it.get("id"));
    json!({
        "object": "client", "id": id, "sign_in": null, "sign_up": null, "sessions": sessions,
        "last_active_session_id": active, "cookie_expires_at": null, "captcha_bypass": true,
        "created_at": now, "updated_at": now,
    })
}

/// A finished sign-in.
pub(crate) fn sign_in(session: &str, identifier: &str) -> Value {
    json!({
        "object": "sign_in", "id": format!("sia_{session}"), "status": "complete",
        "identifier": identifier, "created_session_id": session, "user_data": null,
        "supported_identifiers": ["email_address"], "supported_first_factors": [],
        "supported_second_factors": [], "first_factor_verification": null,
        "second_factor_verification": null, "abandon_at": null,
    })
}

/// Clerk's form of an error.
pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({"errors": [{"code": code, "message": message, "long_message": message, "meta": {}}]})
}
