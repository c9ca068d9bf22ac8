//! What processes have in memory, in MiB, where the system tells (`proc_pid_status(5)`).

/// The most that this process had at once, since [`forget_peak`].
pub(super) fn peak() -> Option<u64> {
    field("self", "VmHWM:")
}

/// What this process has now.
pub(super) fn resident() -> Option<u64> {
    field("self", "VmRSS:")
}

/// What some processes have now, together.
pub(super) fn of(pids: &[u32]) -> Option<u64> {
    pids.iter().map(|it| field(&it.to_string(), "VmRSS:")).sum()
}

/// Starts the peak anew (`proc_pid_clear_refs(5)`). Where that is not possible, the peak is too high.
pub(super) fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn field(process: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}
