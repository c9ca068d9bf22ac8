//! What a token was issued for.

/// Clerk signs all of them with the same key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A signed-in user, for a minute.
    Session,
    /// Whatever a JWT template says, for as long as it says, also after signing out.
    Template,
    /// A machine.
    Machine,
}

impl Kind {
    /// The kinds that no rule accepts unless it says so.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "session" => Some(Kind::Session),
            "template" => Some(Kind::Template),
            "machine" => Some(Kind::Machine),
            _ => None,
        }
    }

    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Kind::Session => 0,
            Kind::Template => 1,
            Kind::Machine => 2,
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Kind::Session,
            1 => Kind::Template,
            _ => Kind::Machine,
        }
    }
}
