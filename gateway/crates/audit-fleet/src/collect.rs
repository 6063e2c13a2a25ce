//! The trails out of the database again, each node's in a folder of its own, and whether each verifies.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use marshal_audit::proof::Vkey;
use marshal_audit::{
    Bad, QueryError, Report, Trust, chain_folders, each_record, segment_file, trail_folder,
    verify_with,
};
use postgres::fallible_iterator::FallibleIterator;

use crate::fleet::{Fleet, failed};

/// What there is of a node.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Its name.
    pub node: String,
    /// The folder in which its trail lies now.
    pub folder: std::path::PathBuf,
    /// What verifying it found.
    pub report: Report,
}

impl Fleet {
    /// Writes every node's trail into a folder of its own below `dir`, and verifies it. `dir` must be empty or not there.
    ///
    /// # Errors
    /// If the database cannot be read, or `dir` not be written.
    pub fn collect(&self, dir: &Path, trust: &Trust) -> Result<Vec<Collected>, QueryError> {
        let nodes = self.reading(|client| {
            if std::fs::read_dir(dir).is_ok_and(|mut there| there.next().is_some()) {
                return Err(io::Error::other(format!(
                    "{} is not empty; name a folder that is not there yet",
                    dir.display()
                )));
            }
            // It takes as long as it takes.
            client
                .batch_execute("SET statement_timeout = 0")
                .map_err(failed)?;
            let mut nodes: BTreeMap<String, std::path::PathBuf> = BTreeMap::new();
            let none: [&str; 0] = [];
            let mut rows = client
                .query_raw(
                    "SELECT node, chain, segment, line FROM marshal_records ORDER BY node, chain, segment, \"offset\"",
                    none,
                )
                .map_err(failed)?;
            let mut open: Option<((String, String, i32), BufWriter<File>)> = None;
            while let Some(row) = rows.next().map_err(failed)? {
                let at: (String, String, i32) = (row.get(0), row.get(1), row.get(2));
                if open.as_ref().is_none_or(|(of, _)| *of != at) {
                    if let Some((_, mut file)) = open.take() {
                        file.flush()?;
                    }
                    let folder = dir.join(name(&at.0));
                    let chain = trail_folder(&folder).join(name(&at.1));
                    std::fs::create_dir_all(&chain)?;
                    let number = u32::try_from(at.2).unwrap_or(1);
                    let file = File::create_new(chain.join(segment_file(number)))?;
                    nodes.insert(at.0.clone(), folder);
                    open = Some((at, BufWriter::new(file)));
                }
                if let Some((_, file)) = &mut open {
                    file.write_all(row.get::<_, &str>(3).as_bytes())?;
                    file.write_all(b"\n")?;
                }
            }
            if let Some((_, mut file)) = open {
                file.flush()?;
            }
            Ok(nodes)
        })?;
        Ok(nodes
            .into_iter()
            .map(|(node, folder)| {
                let mut report = verify_with(&folder, &of_node(trust, &node));
                if report.ok
                    && let Some(bad) = of_another(&node, &folder)
                {
                    report.ok = false;
                    report.first_bad = Some(bad);
                }
                Collected {
                    report,
                    node,
                    folder,
                }
            })
            .collect())
    }
}

/// What was kept of the other nodes says nothing of this one.
fn of_node(trust: &Trust, node: &str) -> Trust {
    let mut own = trust.clone();
    own.checkpoints.retain(|kept| {
        let origin = kept.origin.rsplit_once('/');
        origin.is_some_and(|(name, _)| name == node)
    });
    own
}

/// A chain that another node signed: each signs under its own name.
fn of_another(node: &str, folder: &Path) -> Option<Bad> {
    let trail = trail_folder(folder);
    for chain in chain_folders(&trail).ok()? {
        let mut signed = None;
        let read = each_record(&trail, &chain, &mut |_, line| {
            signed = serde_json::from_slice::<serde_json::Value>(line)
                .ok()
                .and_then(|start| start["vkey"].as_str().and_then(Vkey::parse));
            false
        });
        let due = format!("{node}/{chain}");
        if read.is_err() || signed.is_some_and(|vkey| vkey.name != due) {
            return Some(Bad {
                file: format!("{chain}/{}", segment_file(1)),
                line: 1,
                why: format!("the chain is not signed under the name {due}: another node wrote it"),
            });
        }
    }
    None
}

/// A node's or a chain's name as the name of one folder; no name has the sign that stands for what a folder cannot have.
fn name(of: &str) -> String {
    let plain = of.replace('/', "=");
    if plain.starts_with('.') {
        format!("={plain}")
    } else {
        plain
    }
}
