//! Gateways that confirm each other's checkpoints (C2SP tlog-witness): who signs that a log only grew, remembers what it
//! signed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_audit::proof::{
    Checkpoint, Cosigner, Hash, Note, PublicKey, Signer, Tree, Vkey, consistency, leaf_hash,
    verify_consistency,
};
use marshal_audit::{each_record, trail_folder};
use marshal_config::Peer;
use marshal_state::{LockedDir, write_atomic};
use marshal_types::Clock;

use super::{Anchors, ask, instance};

/// Asks a witness to confirm the newest checkpoint, and keeps what it says.
pub(super) async fn confirm(
    anchors: Arc<Anchors>,
    url: String,
    vkey: String,
    note: Arc<str>,
    checkpoint: Checkpoint,
) -> Result<(), String> {
    let vkey =
        Vkey::parse(&vkey).ok_or("audit.anchors: vkey is none of a witness: name+id+base64")?;
    let kept = format!(
        "{}.{}.txt",
        instance(&checkpoint).as_str(),
        file_name(&vkey.name)
    );
    let before = std::fs::read_to_string(anchors.data.join("anchors").join(&kept)).ok();
    let old = before.and_then(|note| Checkpoint::read(&note).ok().map(|(old, _)| old));
    let address = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let size = old.as_ref().map_or(0, |old| old.size);
    let asking = Asking {
        anchors: &anchors,
        address: &address,
        note: &note,
        checkpoint: &checkpoint,
    };
    let (mut status, mut answer) = asking.of(size).await?;
    if status == 409
        && let Ok(knows) = answer.trim().parse()
    {
        // It confirmed one that we have no answer of: from there on, then.
        (status, answer) = asking.of(knows).await?;
    }
    if status != 200 {
        return Err(format!(
            "{address} answered with status {status}: {}",
            answer.trim()
        ));
    }
    let confirmed = format!("{note}{answer}");
    let signed = Note::parse(&confirmed).is_some_and(|note| note.is_signed_by(&vkey));
    if !signed {
        return Err(format!(
            "{address} did not sign with the key that is configured for it"
        ));
    }
    anchors.keep(&kept, confirmed.as_bytes())
}

struct Asking<'a> {
    anchors: &'a Anchors,
    address: &'a str,
    note: &'a str,
    checkpoint: &'a Checkpoint,
}

impl Asking<'_> {
    /// Shows that the log grew from so many records on; status and answer.
    async fn of(&self, size: u64) -> Result<(u16, String), String> {
        let (trail, new) = (trail_folder(&self.anchors.data), self.checkpoint.clone());
        let proved = tokio::task::spawn_blocking(move || growth(&trail, size, &new));
        let proof = proved.await.map_err(|error| error.to_string())??;
        let mut body = format!("old {size}\n");
        for hash in proof {
            body.push_str(&STANDARD.encode(hash));
            body.push('\n');
        }
        body.push('\n');
        body.push_str(self.note);
        let transport = self.anchors.transport.clone();
        let address = self.address.to_owned();
        let (status, answer) = ask(transport, address, "text/plain", body.into_bytes()).await?;
        Ok((status, String::from_utf8_lossy(&answer).into_owned()))
    }
}

/// The proof that the first `size` records of the chain are still its beginning.
fn growth(trail: &Path, size: u64, new: &Checkpoint) -> Result<Vec<Hash>, String> {
    if size == 0 {
        return Ok(Vec::new());
    }
    let mut tree = Tree::default();
    each_record(trail, instance(new).as_str(), &mut |_, line| {
        tree.push(leaf_hash(line));
        tree.size() < size
    })
    .map_err(|error| error.to_string())?;
    let old = Checkpoint::of(&new.origin, &tree);
    let growth = consistency(trail, &old, new).map_err(|error| error.to_string())?;
    Ok(growth.proof)
}

fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// This gateway as a witness of others.
pub(crate) struct Witness {
    peers: Vec<(String, PublicKey)>,
    cosigner: Cosigner,
    clock: Arc<dyn Clock>,
    state: PathBuf,
}

/// What was confirmed last, by origin: size and root.
type Seen = BTreeMap<String, (u64, String)>;

const SEEN: &str = "witness.json";
const LOCK: &str = "witness.lock";

impl Witness {
    /// # Errors
    /// A sentence if a peer's key is none, or what was confirmed cannot be read.
    pub(crate) fn open(
        peers: &[Peer],
        name: &str,
        key: Arc<Signer>,
        state: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let public = |peer: &Peer| {
            let key = STANDARD.decode(&peer.key).ok();
            key.and_then(|key| PublicKey::try_from(key).ok())
                .map(|key| (format!("{}/", peer.name), key))
                .ok_or_else(|| {
                    format!("audit.witness_for: the key of {} is no public key: `marshal audit key` prints one", peer.name)
                })
        };
        seen(&state)?;
        Ok(Self {
            peers: peers.iter().map(public).collect::<Result<_, _>>()?,
            cosigner: Cosigner {
                name: name.to_owned(),
                key,
            },
            clock,
            state,
        })
    }

    /// The line that confirms, or the status and words that do not.
    fn add(&self, asked: &str) -> Result<String, (StatusCode, String)> {
        let wrong = |why: &str| (StatusCode::BAD_REQUEST, format!("{why}\n"));
        let (head, note) = asked
            .split_once("\n\n")
            .ok_or_else(|| wrong("no checkpoint follows the proof"))?;
        let mut lines = head.split('\n');
        let old: u64 = lines
            .next()
            .and_then(|line| line.strip_prefix("old ")?.parse().ok())
            .ok_or_else(|| wrong("the first line is not `old SIZE`"))?;
        let hash = |line: &str| Hash::try_from(STANDARD.decode(line).ok()?).ok();
        let proof: Vec<Hash> = lines
            .map(hash)
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("a line of the proof is no hash"))?;
        let (new, signed) = Checkpoint::read(note).map_err(|error| wrong(&error.to_string()))?;
        let peer = self
            .peers
            .iter()
            .find(|(name, _)| new.origin.starts_with(name.as_str()));
        let Some((_, key)) = peer else {
            return Err((
                StatusCode::NOT_FOUND,
                "the log is not known here\n".to_owned(),
            ));
        };
        if !signed.is_signed_by(&Vkey::of_log(&new.origin, *key)) {
            return Err((
                StatusCode::FORBIDDEN,
                "the checkpoint is not signed by its log\n".to_owned(),
            ));
        }
        // Two processes at a hand-over confirm one history.
        let internal = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n"));
        let _alone =
            LockedDir::lock(&self.state, LOCK).map_err(|error| internal(error.to_string()))?;
        let mut seen = seen(&self.state).map_err(internal)?;
        let (size, root) = seen.get(&new.origin).cloned().unwrap_or((0, String::new()));
        if old != size {
            return Err((StatusCode::CONFLICT, format!("{size}\n")));
        }
        let known: Option<Hash> = STANDARD
            .decode(&root)
            .ok()
            .and_then(|root| root.try_into().ok());
        let grew = match known {
            None => proof.is_empty(),
            Some(root) => verify_consistency((size, &root), (new.size, &new.root), &proof),
        };
        if !grew {
            return Err((
                StatusCode::UNPROCESSABLE_ENTITY,
                "the log did not grow from what was confirmed before\n".to_owned(),
            ));
        }
        // Remembered before it is said: what was confirmed is never confirmed otherwise.
        seen.insert(new.origin.clone(), (new.size, STANDARD.encode(new.root)));
        let text = serde_json::to_vec(&seen).map_err(|error| internal(error.to_string()))?;
        write_atomic(&self.state, SEEN, &text).map_err(|error| internal(error.to_string()))?;
        Ok(self.cosigner.line(signed.text, self.clock.now().as_secs()))
    }
}

fn seen(state: &Path) -> Result<Seen, String> {
    let file = state.join(SEEN);
    match std::fs::read(&file) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| format!("{} is not as it was written: {error}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Seen::new()),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
    }
}

/// `POST /witness/add-checkpoint`, open to whoever reaches the control plane: a peer's signature is the ticket.
pub(crate) fn router(witness: Arc<Witness>) -> Router {
    if witness.peers.is_empty() {
        return Router::new();
    }
    Router::new()
        .route("/witness/add-checkpoint", post(add))
        .with_state(witness)
}

async fn add(State(witness): State<Arc<Witness>>, asked: String) -> Response {
    let answered = tokio::task::spawn_blocking(move || witness.add(&asked)).await;
    match answered {
        Ok(Ok(line)) => line.into_response(),
        Ok(Err((status, why))) => (status, why).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
