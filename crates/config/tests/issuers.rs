//! `[issuer]`: what becomes of it, and what is said of one that cannot be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use config::{Config, KeyRefresh};
use serde_json::Value;

const STACK: &str = "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n";
/// What the authorizer's tests judge tokens of these issuers by.
const TABLES: &str = include_str!("../../../authorizer/proof/issuers.json");

fn parse(issuer: &str) -> Config {
    Config::parse(&format!("{STACK}[issuer]\n{issuer}")).unwrap()
}

fn refused(issuer: &str) -> String {
    let error = Config::parse(&format!("{STACK}[issuer]\n{issuer}")).unwrap_err();
    let message = error.to_string();
    format!("{}\nhint: {}\n", message.lines().last().unwrap(), error.hint)
}

#[test]
fn tokens_are_judged_by_what_the_tables_of_threats_say() {
    let tables: Vec<Value> = serde_json::from_str(TABLES).unwrap();
    for table in tables {
        let config = parse(table["toml"].as_str().unwrap());
        let rules: Value = serde_json::from_str(&config.rules_json()).unwrap();
        let members = [
            "issuer",
            "provider",
            "algorithms",
            "audiences",
            "require",
            "authorized_parties",
            "leeway_seconds",
            "max_lifetime_seconds",
        ];
        for name in members {
            assert_eq!(rules[name], table["policy"][name], "{name} of {}", table["issuer"]);
        }
        assert_eq!(rules.get("allow_missing_azp"), None);
        assert_eq!(config.issuer.key_refresh, KeyRefresh::OnMiss);
    }
}

#[test]
fn keys_are_where_each_provider_publishes_them() {
    let urls = [
        "provider = \"auth0\"\nurl = \"https://login.example.com/\"\naudience = \"a\"",
        "provider = \"cognito\"\nurl = \"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a\"\naudience = \"a\"",
        "provider = \"firebase\"\nurl = \"https://securetoken.google.com/gallery-1\"",
        "provider = \"supabase\"\nurl = \"https://auth.example.com/auth/v1\"",
        "provider = \"oidc\"\nurl = \"https://id.example.com:8443/realms/a\"\naudience = [\"a\", \"b\"]\njwks_url = \"https://id.example.com:8443/realms/a/certs\"",
    ];
    let shown: Vec<_> = urls.iter().map(|it| parse(it).issuer.jwks_url).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    https://login.example.com/.well-known/jwks.json
    https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a/.well-known/jwks.json
    https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com
    https://auth.example.com/auth/v1/.well-known/jwks.json
    https://id.example.com:8443/realms/a/certs
    "#);
}

#[test]
fn what_a_provider_asks_for_can_be_asked_for_otherwise() {
    let url = "url = \"https://a.supabase.co/auth/v1\"\n";
    let rules = |rest: &str| -> Value {
        let config = parse(&format!("provider = \"supabase\"\n{url}{rest}"));
        serde_json::from_str(&config.rules_json()).unwrap()
    };
    assert_eq!(rules("")["require"], serde_json::json!({"client_id": null, "is_anonymous": false}));
    let own = rules(
        "require = { is_anonymous = true, client_id = \"app_1\", \"app_metadata.plan\" = { not = \"free\" } }",
    );
    let expected = serde_json::json!({
        "app_metadata.plan": {"not": ["free"]}, "client_id": ["app_1"], "is_anonymous": true
    });
    assert_eq!(own["require"], expected);
    let rsa =
        rules("algorithms = [\"RS256\", \"ES256\"]\nmax_lifetime_seconds = 600\naudience = \"x\"");
    assert_eq!(rsa["algorithms"], serde_json::json!(["RS256", "ES256"]));
    assert_eq!(rsa["max_lifetime_seconds"], 600);
    assert_eq!(rsa["audiences"], serde_json::json!(["x"]));
}

#[test]
fn an_issuer_that_cannot_be_is_refused() {
    let cognito =
        "provider = \"cognito\"\nurl = \"https://cognito-idp.eu-west-1.amazonaws.com/p\"\n";
    let supabase = "provider = \"supabase\"\nurl = \"https://a.supabase.co/auth/v1\"\n";
    let oidc = "provider = \"oidc\"\nurl = \"https://id.example.com\"\n";
    let wrong = [
        "provider = \"okta\"\nurl = \"https://a\"".to_owned(),
        "provider = \"clerk\"\nurl = \"https://a\"".to_owned(),
        "url = \"https://a\"".to_owned(),
        "provider = \"auth0\"\nurl = \"https://a.eu.auth0.com\"\naudience = \"a\"".to_owned(),
        "provider = \"auth0\"\nurl = \"https://a.eu.auth0.com/\"".to_owned(),
        "provider = \"auth0\"\nurl = \"http://a.eu.auth0.com/\"\naudience = \"a\"".to_owned(),
        "provider = \"cognito\"\nurl = \"https://login.example.com\"\naudience = \"a\"".to_owned(),
        cognito.to_owned(),
        format!("{cognito}audience = \"\""),
        format!("{cognito}audience = \"a\"\nrequire = {{ token_use = \"id\" }}"),
        "provider = \"cognito\"\nurl = \"https://cognito-idp.eu-west-1.amazonaws.com/p/\"\naudience = \"a\"".to_owned(),
        "provider = \"auth0\"\nurl = \"https://a.eu.auth0.com/authorize/\"\naudience = \"a\"".to_owned(),
        "provider = \"firebase\"\nurl = \"https://securetoken.google.com/p/\"".to_owned(),
        format!("{cognito}audience = \"a\"\ntoken_use = \"refresh\""),
        "provider = \"firebase\"\nurl = \"https://securetoken.google.com/\"".to_owned(),
        "provider = \"supabase\"\nurl = \"https://a.supabase.co\"".to_owned(),
        format!("{supabase}token_use = \"id\""),
        format!("{supabase}algorithms = [\"HS256\"]"),
        format!("{supabase}max_lifetime_seconds = 90000"),
        format!("{supabase}require = {{ feature = \"a\" }}"),
        format!("{supabase}cookies = true"),
        format!("{supabase}require = {{ a = {{ contains = \"b\", not = \"c\" }} }}"),
        format!("{oidc}audience = \"a\""),
        format!("{oidc}jwks_url = \"https://id.example.com/keys\""),
        format!("{supabase}[clerk]\nissuer = \"https://clerk.example.com\""),
        format!(
            "{supabase}[[rules]]\nmethods = [\"GET\"]\npath = \"/**\"\ntokens = \"template\"\naud = \"a\"\nmax_lifetime_seconds = 60"
        ),
    ];
    let shown: Vec<_> = wrong.iter().map(|it| refused(it)).collect();
    insta::assert_snapshot!(shown.join(""), @r#"
    unknown variant `okta`, expected one of `auth0`, `cognito`, `firebase`, `supabase`, `oidc`
    hint: README.md has the table of all keys and their defaults
    unknown variant `clerk`, expected one of `auth0`, `cognito`, `firebase`, `supabase`, `oidc`
    hint: README.md has the table of all keys and their defaults
    missing field `provider`
    hint: README.md has the table of all keys and their defaults
    issuer.url is not as tokens of this provider have it: "https://a.eu.auth0.com"
    hint: write it as in https://TENANT.REGION.auth0.com/, slash included
    [issuer] has no audience, so tokens for other applications would count
    hint: write the identifier of your API: audience = "https://api.example.com"
    issuer.url is no https:// URL of a DNS name: "http://a.eu.auth0.com/"
    hint: write issuer.url as tokens have it in `iss`
    issuer.url is not as tokens of this provider have it: "https://login.example.com"
    hint: write it as in https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID
    [issuer] has no audience, so tokens for other applications would count
    hint: write the id of your app client: audience = "1example23456789"
    [issuer] has no audience, so tokens for other applications would count
    hint: write the id of your app client: audience = "1example23456789"
    issuer.require cannot ask for token_use of Cognito's tokens
    hint: issuer.audience has the app clients, issuer.token_use the kind of token
    issuer.url is not as tokens of this provider have it: "https://cognito-idp.eu-west-1.amazonaws.com/p/"
    hint: write it as in https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID
    issuer.url is not as tokens of this provider have it: "https://a.eu.auth0.com/authorize/"
    hint: write it as in https://TENANT.REGION.auth0.com/, slash included
    issuer.url is not as tokens of this provider have it: "https://securetoken.google.com/p/"
    hint: write it as in https://securetoken.google.com/PROJECT
    unknown variant `refresh`, expected `access` or `id`
    hint: README.md has the table of all keys and their defaults
    issuer.url is not as tokens of this provider have it: "https://securetoken.google.com/"
    hint: write it as in https://securetoken.google.com/PROJECT
    issuer.url is not as tokens of this provider have it: "https://a.supabase.co"
    hint: write it as in https://PROJECT.supabase.co/auth/v1
    issuer.token_use is for Cognito, which issues two kinds of tokens
    hint: remove it; issuer.audience tells tokens apart
    `algorithms` has to be RS256, ES256 or both
    hint: README.md explains every key, and what [[rules]] can say
    issuer.max_lifetime_seconds cannot be 90000
    hint: nobody can take a token back before it expires; choose 60 to 86400
    `require` asks for what only Clerk puts into tokens
    hint: README.md explains every key, and what [[rules]] can say
    unknown field `cookies`, expected one of `provider`, `url`, `jwks_url`, `keys`, `algorithms`, `audience`, `token_use`, `require`, `leeway_seconds`, `max_lifetime_seconds`, `key_refresh`
    hint: README.md has the table of all keys and their defaults
    expected a string, a list of strings, true, false, { contains = … } or { not = … }
    hint: README.md has the table of all keys and their defaults
    [issuer] has no jwks_url
    hint: copy `jwks_uri` from the issuer's /.well-known/openid-configuration
    [issuer] has no audience, so tokens for other applications would count
    hint: write what `aud` of your tokens has: audience = "…"
    there are both [clerk] and [issuer]
    hint: remove one: tokens come from one issuer
    a rule asks for what only Clerk has: `tokens`, `org_permission` or `feature`
    hint: README.md explains every key, and what [[rules]] can say
    "#);
}

#[test]
fn what_works_but_deserves_a_second_look_is_said() {
    let firebase = "provider = \"firebase\"\nurl = \"https://securetoken.google.com/gallery-1\"\n";
    let origins = "[cors]\norigins = [\"https://app.example.com\"]\n";
    let doubts = parse(firebase).doubts();
    assert_eq!(doubts, ["cors.origins is empty: no web page can fetch the images"]);
    assert_eq!(parse(&format!("{firebase}{origins}")).doubts(), [""; 0]);
}
