//! What a rule asks of a token's claims.

use crate::claim::Claim;
use crate::claims::Claims;
use crate::compiled::{Fields, List};
use crate::json::Value;
use crate::permission;

/// What has to be one of the texts: a claim that is a text, …
pub(crate) const TEXT: u8 = 0;
/// … an item of a claim that is a list, …
pub(crate) const LIST: u8 = 1;
/// … `org_permission`, what the user holds in the active organization, …
pub(crate) const PERMISSION: u8 = 2;
/// … `feature`, what has been paid for, …
pub(crate) const FEATURE: u8 = 3;
/// … a claim that is true or false, …
pub(crate) const FLAG: u8 = 4;
/// … or for whom the token is meant, which is a text or a list of them (RFC 7519 §4.1.3).
pub(crate) const AUDIENCE: u8 = 5;
/// The claim is there, whatever it is.
pub(crate) const PRESENT: u8 = 6;
/// The subject is the client that this claim names, with one of the texts behind it (RFC 9068 §2.2).
pub(crate) const CLIENT: u8 = 7;
/// The claim is one of the texts, or has one of them in it, or is neither text nor list.
pub(crate) const SUSPECT: u8 = 8;
/// With one of these: it is not so.
pub(crate) const NOT: u8 = 0x80;

/// Something that has to be one of a few texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requirement<'a> {
    subject: u8,
    claim: Claim<'a>,
    any_of: List<'a>,
}

impl<'a> Requirement<'a> {
    pub(crate) fn read(item: &'a [u8]) -> Self {
        let mut fields = Fields { rest: item };
        Requirement {
            subject: fields.byte(),
            claim: Claim::read(fields.text()),
            any_of: fields.list(),
        }
    }

    #[inline(never)]
    pub(crate) fn met(&self, claims: &Claims) -> bool {
        // Found once: a custom claim is found by reading all of them.
        let value = self.claim.value(claims);
        let list = value.and_then(Value::list);
        let not = self.subject & NOT != 0;
        let holds = self.any_of.iter().any(|wanted| match self.subject & !NOT {
            TEXT => value.is_some_and(|value| self.claim.means(value, wanted)),
            LIST => list.is_some_and(|list| list.contains(wanted)),
            PERMISSION => permission::holds(claims, wanted),
            FEATURE => permission::has_feature(claims, wanted),
            FLAG => value.is_some_and(|value| value.text().is_none() && value.raw == wanted),
            AUDIENCE => claims.is_for(wanted),
            PRESENT => value.is_some(),
            CLIENT => value.is_some_and(|value| claims.is_client(value, wanted)),
            SUSPECT => value.is_some_and(|value| match list {
                Some(list) => list.contains(wanted),
                None => value.text().is_none() || self.claim.means(value, wanted),
            }),
            _ => not,
        });
        holds != not
    }
}
