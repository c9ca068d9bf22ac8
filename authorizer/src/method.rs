//! The methods the edge can grant, and sets of them.

/// What a rule may allow. DELETE and POST are missing on purpose: nobody may do them through the edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Method {
    Get,
    Head,
    Put,
}

impl Method {
    /// Method names are case-sensitive (RFC 9110 §9.1).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "GET" => Some(Method::Get),
            "HEAD" => Some(Method::Head),
            "PUT" => Some(Method::Put),
            _ => None,
        }
    }

    fn bit(self) -> u8 {
        match self {
            Method::Get => 0b001,
            Method::Head => 0b010,
            Method::Put => 0b100,
        }
    }
}

/// A set of methods; GET brings HEAD along, which answers with a part of what GET answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Methods(u8);

impl Methods {
    pub(crate) fn insert(&mut self, method: Method) {
        self.0 |= method.bit();
        if method == Method::Get {
            self.insert(Method::Head);
        }
    }

    pub(crate) fn to_bits(self) -> u64 {
        self.0.into()
    }

    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        u8::try_from(bits).ok().map(Methods)
    }

    pub(crate) fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Whether every method of `other` is in here too.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
