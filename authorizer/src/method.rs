//! The methods of requests, and sets of those that the edge can grant.

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Read.
    Get,
    /// Read all but the body.
    Head,
    /// Write.
    Put,
    /// Ask what a page may do.
    Options,
    /// Never granted.
    Post,
    /// Nor any of these.
    Other,
}

impl Method {
    /// Method names are case-sensitive (RFC 9110 §9.1).
    pub fn parse(name: &str) -> Self {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "PUT" => Method::Put,
            "OPTIONS" => Method::Options,
            "POST" => Method::Post,
            _ => Method::Other,
        }
    }

    /// What a rule may allow. DELETE and POST are missing on purpose: nobody may do them through the
    /// edge.
    pub(crate) fn is_granted(self) -> bool {
        self.bit() != 0
    }

    fn bit(self) -> u8 {
        match self {
            Method::Get => 0b001,
            Method::Head => 0b010,
            Method::Put => 0b100,
            _ => 0,
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

    pub(crate) fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Whether every method of `other` is in here too.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn to_bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Methods(bits)
    }
}
