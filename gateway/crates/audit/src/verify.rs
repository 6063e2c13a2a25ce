//! The whole trail: every chain by itself, then what chains say of each other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::event::Link;
use crate::layout::{chain_folders, trail_folder};
use crate::order::{head, order};
use crate::proof::{Checkpoint, PublicKey, Tree};
use crate::scan::{Bad, ChainScan, Spot, Torn, Wanted, scan};

/// What a verification found. Serialises as `marshal audit verify` prints it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// How many records count.
    pub records: u64,
    /// How many of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// How many signed checkpoints were checked.
    pub checkpoints: u64,
    /// The first thing wrong, chains taken in order: each after those that it links.
    pub first_bad: Option<Bad>,
    /// How many chains there are.
    pub chains: u64,
    /// How many segments they have.
    pub segments: u64,
    /// Attempts that have not ended, in chains that nobody has taken over yet.
    pub open: u64,
    /// Ends that were cut off in writing; no failure.
    pub torn: Vec<Torn>,
    /// Bytes that were declared void after a failed write; no failure.
    pub void_bytes: u64,
    /// Records that no checkpoint covers yet; those of the last second in a trail that is written, no failure.
    pub unsigned: u64,
    /// The public keys that sign, in base64, the oldest first. Compare them with what the operator published.
    pub keys: Vec<String>,
}

/// What a verifier knows from elsewhere. Without it, a trail that was rewritten whole and signed anew looks good.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The only keys that may sign; none for any.
    pub keys: Vec<PublicKey>,
    /// Checkpoints that somebody kept: the trail has to contain what they sign.
    pub checkpoints: Vec<Checkpoint>,
}

/// Verifies the trail in `dir`: a data folder, its `audit` folder, or a copy of one.
#[must_use]
pub fn verify(dir: &Path) -> Report {
    verify_with(dir, &Trust::default())
}

/// As [`verify`], against what is known from elsewhere.
#[must_use]
pub fn verify_with(dir: &Path, trust: &Trust) -> Report {
    let nested = trail_folder(dir);
    let trail = if nested.is_dir() {
        nested
    } else {
        dir.to_path_buf()
    };
    match read_all(&trail, trust) {
        Ok(chains) => judge(chains, trust),
        Err((file, error)) => Report {
            first_bad: Some(Bad {
                file: file.display().to_string(),
                line: 0,
                why: format!("cannot be read: {error}"),
            }),
            ..Report::default()
        },
    }
}

/// A gateway's first deed is to write a record: a trail without any was removed, or is elsewhere.
fn nothing(trail: &Path) -> (PathBuf, io::Error) {
    let why = io::Error::other("no audit trail is here");
    (trail.to_path_buf(), why)
}

/// All chains, each after those that it links.
fn read_all(trail: &Path, trust: &Trust) -> Result<Vec<ChainScan>, (PathBuf, io::Error)> {
    let names = chain_folders(trail).map_err(|error| (trail.to_path_buf(), error))?;
    if names.is_empty() {
        return Err(nothing(trail));
    }
    let mut heads = names
        .iter()
        .map(|name| head(trail, name).map_err(|error| (trail.join(name), error)))
        .collect::<Result<Vec<_>, _>>()?;
    // What chains say of others is known before any is read, so that one that is still being written has, when it is
    // read, all that is said of it. Which ones the newest links may be written only now: it is read first.
    heads.sort_by_key(|head| !head.began.is_empty());
    let mut wanted: HashMap<String, Wanted> = HashMap::new();
    for checkpoint in &trust.checkpoints {
        let sizes = &mut wanted.entry(instance_of(checkpoint)).or_default().sizes;
        sizes.push(checkpoint.size);
    }
    let want = |links: &[Link<'static>], wanted: &mut HashMap<String, Wanted>| {
        for link in links {
            let of = wanted.entry(link.instance.to_string()).or_default();
            of.records.push(link.seq);
        }
    };
    for head in &heads {
        want(&head.links, &mut wanted);
    }
    let mut chains = Vec::new();
    for head in &heads {
        let of_chain = wanted.remove(&head.name).unwrap_or_default();
        let path = || trail.join(&head.name);
        let chain = scan(trail, &head.name, &of_chain).map_err(|error| (path(), error))?;
        if head.began.is_empty() {
            want(&chain.previous, &mut wanted);
        }
        chains.push(chain);
    }
    if chains.iter().all(ChainScan::is_empty) {
        return Err(nothing(trail));
    }
    let began: Vec<String> = chains.iter().map(ChainScan::began).collect();
    let ordered = order(
        &chains
            .iter()
            .zip(&began)
            .map(|(chain, began)| (&*chain.instance, &**began, &*chain.previous))
            .collect::<Vec<_>>(),
    );
    let mut chains: Vec<Option<ChainScan>> = chains.into_iter().map(Some).collect();
    Ok(ordered
        .into_iter()
        .filter_map(|at| chains[at].take())
        .collect())
}

fn judge(mut chains: Vec<ChainScan>, trust: &Trust) -> Report {
    links(&mut chains);
    endings(&mut chains);
    keys(&mut chains, trust);
    let first_bad = anchored(&mut chains, trust);
    if first_bad.is_none() && chains.iter().all(|chain| chain.bad.is_none()) {
        one_end(&mut chains);
    }
    let mut report = Report {
        first_bad,
        ..Report::default()
    };
    for chain in chains {
        report.chains += 1;
        report.segments += u64::from(chain.segments);
        report.records += chain.records;
        report.void_bytes += chain.void_bytes;
        report.open += chain.open.len() as u64;
        report.checkpoints += chain.checkpoints;
        report.unsigned += chain.unsigned;
        let key = chain.vkey.as_ref().map(|vkey| STANDARD.encode(vkey.key));
        report
            .keys
            .extend(key.filter(|key| !report.keys.contains(key)));
        for (kind, count) in chain.kinds {
            *report.kinds.entry(kind).or_default() += count;
        }
        report.torn.extend(chain.torn);
        report.first_bad = report.first_bad.or(chain.bad);
    }
    report.ok = report.first_bad.is_none();
    report
}

/// The chain that a checkpoint is of.
fn instance_of(checkpoint: &Checkpoint) -> String {
    let name = checkpoint.origin.rsplit('/').next();
    name.unwrap_or_default().to_owned()
}

/// Chains are signed, by keys that are trusted; only those from before there was a key are not.
fn keys(chains: &mut [ChainScan], trust: &Trust) {
    let mut signed = false;
    let any = chains.iter().any(|chain| chain.vkey.is_some());
    for chain in chains.iter_mut().filter(|chain| chain.records > 0) {
        let start = Spot {
            segment: 1,
            line: 1,
        };
        match &chain.vkey {
            Some(vkey) if !trust.keys.is_empty() && !trust.keys.contains(&vkey.key) => {
                let why = format!(
                    "the chain is signed by {}, which is no key that is trusted here",
                    STANDARD.encode(vkey.key)
                );
                chain.bad_at(start, why);
            }
            Some(_) => signed = true,
            None if signed || !any && !trust.keys.is_empty() => {
                chain.bad_at(start, "the chain is not signed: it names no key");
            }
            None => {}
        }
    }
}

/// Whether the trail has what kept checkpoints sign. What it lacks whole has no file to name but its folder.
fn anchored(chains: &mut [ChainScan], trust: &Trust) -> Option<Bad> {
    let mut missing = None;
    for checkpoint in &trust.checkpoints {
        let instance = instance_of(checkpoint);
        let Some(chain) = chains.iter_mut().find(|chain| chain.instance == instance) else {
            missing.get_or_insert(Bad {
                file: instance.clone(),
                line: 0,
                why: format!(
                    "a kept checkpoint speaks of the chain {instance}, whose folder is missing"
                ),
            });
            continue;
        };
        let empty = (checkpoint.size == 0).then(|| Tree::default().root());
        match chain.roots.get(&checkpoint.size).copied().or(empty) {
            Some(root) if root == checkpoint.root => {}
            Some(_) => {
                let why = format!(
                    "the first {} records of the chain are not those that a kept checkpoint signs: it was rewritten",
                    checkpoint.size
                );
                let start = Spot {
                    segment: 1,
                    line: 1,
                };
                chain.bad_at(start, why);
            }
            None => {
                let why = format!(
                    "the chain ends with record {}, but a kept checkpoint speaks of {}: records are missing",
                    chain.records, checkpoint.size
                );
                let end = chain.end;
                chain.bad_at(end, why);
            }
        }
    }
    missing
}

/// Each link leads to what it says, and only the first chain has none.
fn links(chains: &mut [ChainScan]) {
    let index: HashMap<String, usize> = chains
        .iter()
        .enumerate()
        .map(|(at, chain)| (chain.instance.clone(), at))
        .collect();
    let mut first = true;
    for at in 0..chains.len() {
        let start = Spot {
            segment: 1,
            line: 1,
        };
        if chains[at].records == 0 {
            continue;
        }
        if chains[at].previous.is_empty() && !first {
            chains[at].bad_at(
                start,
                "the chain links to none before it: a chain was added or the links were removed",
            );
        }
        first = false;
        let instance = chains[at].instance.clone();
        for link in chains[at].previous.clone() {
            match index.get(&*link.instance) {
                None => chains[at].bad_at(
                    start,
                    format!(
                        "the chain links to {}, whose folder is missing",
                        link.instance
                    ),
                ),
                Some(to) => chains[*to].linked(&instance, &link),
            }
        }
    }
}

/// Only the newest chain is linked by none. Where something else is wrong already, a link may be missing for that.
fn one_end(chains: &mut [ChainScan]) {
    let linked: HashSet<String> = chains
        .iter()
        .flat_map(|chain| chain.previous.iter().map(|link| link.instance.to_string()))
        .collect();
    let mut ends: Vec<&mut ChainScan> = chains
        .iter_mut()
        .filter(|chain| chain.records > 0 && !linked.contains(&chain.instance))
        .collect();
    // The newest of those that are signed may be the end.
    ends.sort_by_key(|chain| chain.checkpoints > 0);
    ends.pop();
    for chain in ends {
        let start = Spot {
            segment: 1,
            line: 1,
        };
        chain.bad_at(
            start,
            "no later chain links this one, though it is not the newest: it was added, or the one that followed it was removed",
        );
    }
}

impl ChainScan {
    /// When it began, as text; empty without a record.
    fn began(&self) -> String {
        self.started
            .map(|time| time.to_string())
            .unwrap_or_default()
    }

    /// Checks this chain against what `by` says of it.
    fn linked(&mut self, by: &str, link: &Link<'_>) {
        let end = self.tail.map_or(0, |tail| tail.seq.0);
        if end < link.seq {
            let why = format!(
                "the chain ends with record {end}, but {by} links to its record {}: records are missing",
                link.seq
            );
            return self.bad_at(self.end, why);
        }
        match self.wanted.get(&link.seq).copied() {
            Some((hash, _)) if hash == link.hash => {}
            Some((_, spot)) => {
                let why = format!("{by} links to this record with another hash: it was replaced");
                return self.bad_at(spot, why);
            }
            None => {
                let why = format!("{by} links to a record {} that is none", link.seq);
                return self.bad_at(self.end, why);
            }
        }
        if !link.live && end > link.seq {
            let why = format!(
                "the chain goes on after record {}, which {by} took over as its end",
                link.seq
            );
            self.bad_at(self.end, why);
        }
    }
}

/// Each `interrupted` ends an open intent, and a chain that was taken over has none left.
fn endings(chains: &mut [ChainScan]) {
    let index: HashMap<String, usize> = chains
        .iter()
        .enumerate()
        .map(|(at, chain)| (chain.instance.clone(), at))
        .collect();
    let mut taken_over = HashSet::new();
    for at in 0..chains.len() {
        for one in std::mem::take(&mut chains[at].interruptions) {
            let ended = index
                .get(&one.instance)
                .and_then(|of| chains[*of].open.remove(&one.attempt));
            // A chain that is bad itself may have lost the intent: say that once, there.
            let excused = index
                .get(&one.instance)
                .is_some_and(|of| chains[*of].bad.is_some());
            if ended.is_none() && !excused {
                let (call, attempt) = one.attempt;
                chains[at].bad_at(one.spot, format!("attempt {attempt} of call {call} is ended here, but {} has no open intent of it", one.instance));
            }
        }
        if chains[at].past_recovery {
            let ended = chains[at].previous.iter().filter(|link| !link.live);
            taken_over.extend(ended.filter_map(|link| index.get(&*link.instance).copied()));
        }
    }
    for at in taken_over {
        let chain = &mut chains[at];
        if let Some(((call, attempt), spot)) = chain
            .open
            .iter()
            .min_by_key(|(_, spot)| **spot)
            .map(|(a, b)| (*a, *b))
        {
            chain.bad_at(spot, format!("attempt {attempt} of call {call} has no ending, though the chain was taken over"));
        }
    }
}
