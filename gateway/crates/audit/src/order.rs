//! The order of chains: each after those that its `start` links, and by time where links do not say.
//!
//! Time alone would not do: clocks are set back, and links are not.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::event::Link;
use crate::layout::{chain_folders, segment_file};

/// No first record is longer: it has a few hundred bytes for each chain that it links.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What a chain's first record says of others. It is not checked here: a scan does that.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) name: String,
    /// The record's time as text; empty if there is no such record.
    pub(crate) began: String,
    pub(crate) links: Vec<Link<'static>>,
}

/// The names of the chains in a trail, each after those that it links. No folder is no chain.
///
/// # Errors
/// If the trail or a chain's beginning cannot be read.
pub fn chains_in_order(trail: &Path) -> io::Result<Vec<String>> {
    names_in_order(trail, &chain_folders(trail)?)
}

/// The names of the chains that a chain's `start` links.
///
/// # Errors
/// If its beginning cannot be read.
pub fn chain_links(trail: &Path, name: &str) -> io::Result<Vec<String>> {
    let links = head(trail, name)?.links;
    Ok(links.into_iter().map(|link| link.instance.into()).collect())
}

/// As [`chains_in_order`], of these chains alone.
pub(crate) fn names_in_order(trail: &Path, names: &[String]) -> io::Result<Vec<String>> {
    let heads: Vec<Head> = names
        .iter()
        .map(|name| head(trail, name))
        .collect::<Result<_, _>>()?;
    let of: Vec<_> = heads
        .iter()
        .map(|head| (&*head.name, &*head.began, &*head.links))
        .collect();
    Ok(order(&of).into_iter().map(|at| names[at].clone()).collect())
}

/// Reads a chain's first record, if it has one.
pub(crate) fn head(trail: &Path, name: &str) -> io::Result<Head> {
    #[derive(Default, Deserialize)]
    struct First {
        time: String,
        previous: Vec<Link<'static>>,
    }
    let mut line = Vec::new();
    match File::open(trail.join(name).join(segment_file(1))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        file => drop(BufReader::new(file?.take(LONGEST)).read_until(b'\n', &mut line)?),
    }
    let first: First = serde_json::from_slice(&line).unwrap_or_default();
    Ok(Head {
        name: name.to_owned(),
        began: first.time,
        links: first.previous,
    })
}

/// Of chains by name, time of their beginning and links: their places, in order.
pub(crate) fn order(chains: &[(&str, &str, &[Link<'static>])]) -> Vec<usize> {
    let at: HashMap<&str, usize> = (0..).zip(chains).map(|(at, chain)| (chain.0, at)).collect();
    let mut waits = vec![0_usize; chains.len()];
    let mut followers = vec![Vec::new(); chains.len()];
    for (this, (_, _, links)) in chains.iter().enumerate() {
        for before in links.iter().filter_map(|link| at.get(&*link.instance)) {
            waits[this] += 1;
            followers[*before].push(this);
        }
    }
    let key = |at: usize| (chains[at].1, chains[at].0, at);
    let mut left: BTreeSet<_> = (0..chains.len()).map(key).collect();
    let mut ready: BTreeSet<_> = left
        .iter()
        .filter(|(.., at)| waits[*at] == 0)
        .copied()
        .collect();
    let mut ordered = Vec::with_capacity(chains.len());
    // Chains that link each other in a ring were not written by a gateway: the earliest goes first.
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        left.remove(&next);
        ordered.push(next.2);
        for follower in followers[next.2].drain(..) {
            waits[follower] -= 1;
            if waits[follower] == 0 && left.contains(&key(follower)) {
                ready.insert(key(follower));
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use marshal_types::Digest;

    use super::*;

    fn links(to: &[&'static str]) -> Vec<Link<'static>> {
        to.iter()
            .map(|name| Link {
                hash: Digest([0; 32]),
                instance: (*name).into(),
                live: false,
                seq: 1,
            })
            .collect()
    }

    #[test]
    fn chains_come_after_those_they_link_whatever_the_clock_said() {
        let (none, a, ab, ring) = (links(&[]), links(&["a"]), links(&["a", "b"]), links(&["r"]));
        let chains = [
            ("c", "1", &*ab),
            ("b", "3", &*a),
            ("a", "9", &*none),
            ("d", "2", &*a),
            ("gone", "0", &links(&["nobody"])),
            ("r", "5", &*ring),
        ];
        let names: Vec<&str> = order(&chains).into_iter().map(|at| chains[at].0).collect();
        assert_eq!(names, ["gone", "a", "d", "b", "c", "r"]);
    }
}
