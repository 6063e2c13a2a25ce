//! What the kernel tells of a program and of a core: CPU time and memory.

use std::fs;

/// A program and all that it started, itself first.
pub(super) fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    all.extend(descendants(pid));
    all
}

/// All that a program started and that still runs.
pub(super) fn descendants(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return found;
    };
    for task in tasks.flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children
            .split_whitespace()
            .filter_map(|child| child.parse().ok())
        {
            found.push(child);
            found.extend(descendants(child));
        }
    }
    found
}

/// User and system time of a program's tree, all threads, in seconds.
pub(super) fn cpu_seconds(pid: u32) -> f64 {
    tree(pid).into_iter().map(own_cpu_seconds).sum()
}

/// Memory in use by a program's tree, in KiB (what two processes share counts twice).
pub(super) fn resident_kib(pid: u32) -> u64 {
    tree(pid)
        .into_iter()
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/status")).ok())
        .filter_map(|status| resident(&status))
        .sum()
}

/// Busy time of one core since the start, in seconds; 0 where it cannot be told.
pub(super) fn core_seconds(core: usize) -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    seconds(busy_ticks(&stat, core).unwrap_or(0))
}

fn own_cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    seconds(own_ticks(&stat).unwrap_or(0))
}

/// Fields 14 and 15, counted behind the name, which may hold anything.
fn own_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// All but idle and waiting for disks: user, nice, system, irq, softirq, steal.
fn busy_ticks(stat: &str, core: usize) -> Option<u64> {
    let name = format!("cpu{core} ");
    let line = stat.lines().find_map(|line| line.strip_prefix(&name))?;
    let fields: Vec<u64> = line
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    let busy = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| fields.get(*at));
    Some(busy.sum())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ticks of a machine's life are far below 2^52"
)]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read_whatever_a_program_is_called() {
        let stat = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0 20 0 8 0 1 2";
        assert_eq!(own_ticks(stat), Some(730));
        assert_eq!(resident("Name:\tx\nVmRSS:\t  2048 kB\n"), Some(2048));
        let cores = "cpu  9 9\ncpu0 1 2 3 100 50 4 5 6 0 0\ncpu1 1 0 0 0 0 0 0 0\n";
        assert_eq!(busy_ticks(cores, 0), Some(21));
        assert_eq!(busy_ticks(cores, 1), Some(1));
        assert_eq!(busy_ticks(cores, 2), None);
    }

    #[test]
    fn this_program_has_memory_and_a_tree() {
        let me = std::process::id();
        assert_eq!(tree(me)[0], me);
        assert!(resident_kib(me) > 100);
    }
}
