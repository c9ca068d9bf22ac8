//! The exit codes, all of them.

/// What a command ended with. README.md documents the numbers: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed; the message says whether to run it again.
    Failed = 1,
    /// Wrong usage (clap exits with the same number) or a configuration that cannot be used.
    Usage = 2,
    /// `plan --exit-code`: there are changes.
    Changes = 3,
    /// Unfinished: the same command, run again, goes on.
    Unfinished = 4,
    /// Refused: not approved, too risky, not ours, used by others, not empty, or by the edge that `explain`
    /// stands for.
    Refused = 5,
}
